"""What a reader of the marks should know about an answer, apart from its content."""

from __future__ import annotations

import re
from collections import Counter

from examgen.scorers.lexical import grams, recall
from examgen.text import HIDDEN, fold, language, sentences

# Words that speak to whoever marks the answer, in both languages; an answer about prompt injection may use them too,
# which is why they raise a flag and never lower a mark.
INJECTION = re.compile(
    r"(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rubric|rule|above|previous|criteria)"
    r"|(?:full|maximum|max|perfect|highest|100%?|10/10)\s*(?:marks?|points?|scores?|credit|grade)"
    r"|(?:give|award|assign|grant)\b.{0,30}\b(?:marks?|points?|scores?|credit|grade)\b"
    r"|\b(?:as|you are)\s+(?:an?|the)\s+(?:grader|examiner|ai|assistant|language model|marker|teacher)\b"
    r"|\b(?:system|assistant|developer)\s*(?:prompt|message|:)|<\|?/?(?:system|im_start|im_end|inst)\b"
    r"|(?:忽略|无视|忘记|忘掉|不要理会|跳过).{0,16}(?:指令|指示|要求|提示|规则|标准|以上|上述|前面|评分)"
    r"|(?:请|务必|直接|应当|应该|必须|麻烦).{0,12}(?:给|打|判|评|算).{0,8}(?:满分|高分|分数|通过|正确|全对|\d+\s*分)"
    r"|(?:满分|最高分|全部得分|全部给分)(?:答案|处理|即可|评定|吧|[。！!])"
    r"|(?:阅卷|评分|打分|批改|判卷)(?:老师|人员|系统|模型|助手|员|者|ai|程序)"
    r"|你是.{0,10}(?:评分|阅卷|助手|模型|老师)|系统(?:提示|消息|指令)\s*[:：]"
)
# Shares of the answer's text above which it is called copied from the question, or repeating itself.
COPIED, REPEATED = 0.75, 0.5
LONG = 8000


def find_flags(answer: str, question: str, lang: str) -> tuple[str, ...]:
    """Name what is unusual about an answer. A flag never changes the mark.

    Returns:
        Of these, in this order: ``injection`` (it speaks to the grader),
        ``question_copied``, ``repetition`` (half of its sentences were there
        before), ``keywords`` (terms without sentences), ``invisible`` (hidden
        characters), ``long``, ``other_language``.
    """
    text = fold(answer)
    pieces = [fold(answer[span.start : span.end]) for span in sentences(answer)]
    checks = {
        "injection": INJECTION.search(text) is not None,
        "question_copied": bool(grams(question)) and recall(answer, question) >= COPIED,
        "repetition": len(pieces) > 2
        and sum((Counter(pieces) - Counter(set(pieces))).values()) >= REPEATED * len(pieces),
        "keywords": is_keyword_list(answer),
        "invisible": HIDDEN.search(answer) is not None,
        "long": len(answer) > LONG,
        "other_language": bool(text) and language(answer) != lang and sum(char.isalpha() for char in text) >= 8,
    }
    return tuple(name for name, found in checks.items() if found)


def injected(answer: str) -> bool:
    """Whether a stretch of an answer speaks to the grader."""
    return INJECTION.search(fold(answer)) is not None


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
