"""What a reader of the marks should know about an answer, apart from its content."""

from __future__ import annotations

import functools
import re
from collections import Counter

from examgen.scorers.lexical import grams, recall
from examgen.scorers.spans import clauses
from examgen.text import HIDDEN, Span, fold, has_han, language, sentences

# Words that speak to whoever marks the answer, and claims of the answer about itself, in both languages. They are
# narrow, as answers speak of forgetting previous tasks, of highest scores, a teacher model and a system prompt too.
INJECTION_EN = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}"
    r"\b(?:instructions?|prompts?|rubrics?|criteria|(?:other|above|previous) rules?|the above)\b"
    r"|\b(?:ignore|disregard)\s+(?:all |any |everything |the )*(?:above|before|previous|prior)\b"
    r"(?! (?:task|input|state|token|step|context|information))"
    r"|\b(?:full|perfect|100%?|10/10)\s*(?:marks?|points|scores?|credit|grade)\b"
    r"|\b(?:max|maximum|highest)\s*(?:marks?|points|credit|grade)\b"
    r"|\b(?:give|award|assign|grant|record|deserves?)\s+"
    r"(?:me|this answer|(?:the )?(?:full|all|max|maximum|highest)|a (?:good|high)|\d+)\b.{0,30}"
    r"\b(?:marks?|points?|scores?|credit|grade)\b"
    r"|\b(?:score|grade|mark|rate|treat)\s+(?:me|my answer|this|the answer|every|each|all)\b.{0,30}"
    r"\b(?:full|max|maximum|highest|correct|perfect|met|yes|\d+)\b"
    r"|\b(?:as|you are)\s+(?:an?|the)\s+(?:\w+\s+)?(?:grader|examiner|marker)\b"
    r"|\byou are\s+(?:an?|the)\s+(?:\w+\s+)?(?:ai|teacher|assistant)\b"
    r"|\b(?:system|assistant|developer)\s*(?:prompt|message)\s*:|^(?:system|assistant|developer)\s*:"
    r"|<\|?/?(?:system|im_start|im_end|inst)\b"
    r"|\b(?:this (?:answer|response)|the candidate)\b.{0,40}"
    r"\b(?:cover|contain|satisf|meet|state|shown|demonstrat|complete|correct|equivalent)"
    r"|\bverdicts?\b.{0,16}\b(?:yes|pass|true)\b|\byes to (?:all|each|every)"
    r"|[\"'](?:verdict|score|grade)[\"']\s*:"
)
# A text without any of these speaks no English to the grader; they are faster to look for.
SIGNS = re.findall(
    "[a-z<]+",
    "ignore disregard forget override mark point score credit grade examiner you system assistant developer <"
    " this candidate verdict yes",
)
PLEASE = "(?:请|务必|直接|应当|应该|必须|麻烦)"
INJECTION_ZH = re.compile(
    r"(?:忽略|无视|忘记|忘掉|不要理会|跳过)"
    r".{0,12}(?:指令|指示|评分|(?:以上|上述|前面|上面|其他|所有).{0,8}(?:要求|提示|规则|标准|一切|文字))"
    rf"|{PLEASE}.{{0,12}}(?:给|打|判|评|算).{{0,8}}(?:满分|最?高分|点分|全对|全分|\d+\s*分(?![钟之类]))"
    rf"|{PLEASE}.{{0,12}}(?:判|评|算|视)(?:为|作|定为|成)?(?:全部|完全|都)?(?:正确|对|通过)"
    r"|(?:满分|最高分|全部得分|全部给分)(?:答案|处理|即可|评定|吧|[。！!])"
    r"|(?:阅卷|评分|打分|批改|判卷)(?:老师|人员|系统|模型|助手|员|者|ai|程序)"
    r"|你是.{0,10}(?:评分|阅卷|批改)|系统(?:提示|消息|指令)\s*[:：]"
    r"|(?:本题?|该|以上|上述|我的|这份)(?:作答|回答|答案|解答|考生).{0,24}"
    r"(?:覆盖|涵盖|包含|答全|答到|答出|命中|符合|满足|完整|正确|一致|掌握)"
    r"|(?:都|均|已|已经|全部)(?:答全|答到|答出|答对)|要点.{0,8}(?:掌握|覆盖|答)|得分点|判(?:为|定为)?\s*yes"
)
# Shares of the answer's text above which it is called copied from the question, or repeating itself.
COPIED, REPEATED = 0.75, 0.5
LONG = 8000


@functools.lru_cache(4096)
def injected(text: str) -> bool:
    """Whether a stretch of an answer speaks to the grader; kept, since an answer is asked about whole and in parts."""
    plain = fold(text)
    if any(sign in plain for sign in SIGNS) and INJECTION_EN.search(plain):
        return True
    return has_han(plain) and INJECTION_ZH.search(plain) is not None


def find_flags(answer: str, question: str, lang: str) -> tuple[str, ...]:
    """Name what is unusual about an answer. A flag never changes the mark.

    Returns:
        Of these, in this order: ``injection`` (it speaks to the grader),
        ``question_copied``, ``repetition`` (half of its sentences were there
        before), ``keywords`` (terms without sentences), ``invisible`` (hidden
        characters), ``long``, ``other_language``.
    """
    text = fold(answer)
    texts = [answer[span.start : span.end] for span in sentences(answer)]
    pieces = [fold(piece) for piece in texts]
    checks = {
        "injection": any(injected(piece) for piece in (answer, *texts)),
        "question_copied": bool(grams(question)) and recall(answer, question) >= COPIED,
        "repetition": len(pieces) > 2
        and sum((Counter(pieces) - Counter(set(pieces))).values()) >= REPEATED * len(pieces),
        "keywords": is_keyword_list(answer),
        "invisible": HIDDEN.search(answer) is not None,
        "long": len(answer) > LONG,
        "other_language": bool(text) and language(answer) != lang and sum(char.isalpha() for char in text) >= 8,
    }
    return tuple(name for name, found in checks.items() if found)


# What an item says whose honest answers use the words of those who mark, or quote words to a model: reward models give
# high scores, a response contains headers, a candidate must state its term.
ABOUT_MARKING = re.compile(
    r"提示|注入|越狱|指令|打分|评分|评测|评委|得分|分数|高分|满分|奖励|裁判|阅卷|批改|考生|考试"
    r"|prompt|jailbreak|instruction|reward|verdict|assistant"
    r"|\b(?:scor(?:e|es|ed|ing)|ratings?|grad(?:e|es|ed|er|ing)|judge[sd]?|rank(?:er|ing))\b"
    r"|\b(?:response|candidate|examiner|examination|rubric)s?\b"
)


def is_about_marking(text: str) -> bool:
    """Whether an item is about marks or about words to a model, so that what its answers say of them is an answer."""
    return ABOUT_MARKING.search(fold(text)) is not None


def spoken_to_the_grader(answer: str) -> list[Span]:
    """The stretches of an answer that speak to the grader and say nothing to the question.

    In a sentence that does, they begin with the first clause that does: what
    stands before it ("it avoids divergence, so give full marks") is an answer,
    what follows is what the grader is asked to believe. JSON that holds a
    verdict is one clause.
    """
    found = []
    for sentence in sentences(answer):
        text = answer[slice(*sentence)]
        if injected(text):
            parts = [Span(0, len(text))] if text.startswith(("{", "[")) else clauses(text)
            last = next((part.end for part in parts if injected(text[: part.end])), len(text))
            first = max(part.start for part in parts if injected(text[part.start : last]))
            found.append(Span(sentence.start + first, sentence.end))
    return found


# Words that tie terms together into a statement, as opposed to a list of terms.
LINKS_ZH = re.compile("[的是了在会能可把被使让用将为于对与因而由从到再则如若并以不就也都]")
LINKS_EN = re.compile(
    r"\b(?:is|are|was|were|be|the|an?|of|to|by|for|that|which|with|when|if|so|because|it|this|not|can|will|ha[sd]|have)\b"
)


def is_keyword_list(answer: str) -> bool:
    """Whether an answer is a heap of terms: many pieces, hardly a word that relates them."""
    text = fold(answer)
    terms = [term for term in re.split(r"[\s、，,;；。./|+]+", text) if any(char.isalpha() for char in term)]
    if language(text) == "en":
        return len(terms) >= 8 and len(LINKS_EN.findall(text)) * 16 <= len(terms)
    return len(terms) >= 6 and len(text) <= 8 * len(terms) and len(LINKS_ZH.findall(text)) * 25 <= len(text)
