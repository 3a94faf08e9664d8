"""The words of ``duplicates.html`` in its two languages.

Reasons are written in English where they arise; the page of a Chinese bank says them in Chinese.
"""

from __future__ import annotations

import functools
import re

from markupsafe import Markup

from examgen.questions import QUESTIONS

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Duplicates in {title}",
        "summary": "{items} items read, {questions} questions after merging: {merged} merged groups, "
        "{related} related pairs.",
        "to_review": "{review} decisions to review",
        "least_sure": ", least sure first.",
        "help": Markup(
            "Where a decision is wrong, run the command below it, with the folder of this page for BANK: it writes "
            "into <code>decisions.toml</code>, and the next <code>examgen bank build</code> or <code>bank add</code> "
            "follows it. <code>examgen bank decide BANK keep …</code> chooses whose wording is printed."
        ),
        "sure": "Sure enough",
        "same": "Same question",
        "related": "Related",
        "different": "Different",
        "confidence": "confidence",
        "review": "please review",
        "conflict": "The answers contradict each other ({why}).",
        "colon": ": ",
        "kept": "its wording is printed",
        "answer": "Answer",
        "why": "Why: {pairs} pairs",
        "nothing": "Nothing was merged and nothing is doubtful.",
    },
    "zh": {
        "title": "{title}：重复题",
        "summary": "读入 {items} 题，合并后 {questions} 题：合并 {merged} 组，相关题 {related} 对。",
        "to_review": "{review} 处待复核",
        "least_sure": "，把握最小的在前。",
        "help": Markup(
            "判断有误时，运行其下方的命令，并把 BANK 换成本页所在的文件夹：决定写入 <code>decisions.toml</code>，"
            "下次 <code>examgen bank build</code> 或 <code>bank add</code> 照此办理。"
            "<code>examgen bank decide BANK keep …</code> 选定采用哪一题的措辞。"
        ),
        "sure": "把握较大",
        "same": "同一题",
        "related": "相关题",
        "different": "不同题",
        "confidence": "置信度",
        "review": "请复核",
        "conflict": "答案互相矛盾（{why}）。",
        "colon": "：",
        "kept": "采用此题措辞",
        "answer": "答案",
        "why": "依据：{pairs} 对",
        "nothing": "没有合并的题，也没有存疑之处。",
    },
}

# In this order: what is more exact stands before what would fit as well.
_REASONS = (
    ("decided by an editor", "由编辑决定"),
    ("questions {} alike", "题干相似度 {}"),
    ("answers share {} to {}", "答案重合 {} 至 {}"),
    ("{} closer than their neighbours", "比各自的近邻更接近 {}"),
    ("{} less close than their neighbours", "不如各自的近邻接近，差 {}"),
    ("only the first says {}", "仅前者提到{}"),
    ("only the second says {}", "仅后者提到{}"),
    ("the subject terms are the same", "主题词相同"),
    ("they want to hear different things", "问的方面不同"),
    ("their answers have {} to {} of their words in common", "答案用词重合 {} 至 {}"),
    ("no third answer comes as near", "没有第三题的答案更接近"),
    ("read side by side, one question at {}", "并排阅读，{} 可能是同一题"),
    ("one answer is a part of the other", "一方的答案是另一方的一部分"),
    ("only one is about {}", "只有一方涉及{}"),
    ("each is about something else: {} / {}", "各有所指：{} / {}"),
    ("different kinds of question: {} / {}", "题型不同：{} / {}"),
    ("their keys differ, and no merged one serves both", "答案不同，合不成一个"),
    ("their keys are alike, but not what they ask", "答案相近，问的却不是一回事"),
    ("one is cut off, so what it asks is not known", "有一题残缺，不知所问"),
    ("different phases", "所处阶段不同"),
    ("one wants to hear the problems, the other what to do", "一题问有什么问题，另一题问怎么办"),
    ("one wants to hear {}, the other {}", "一题问{}，另一题问{}"),
    ("one asks about a second subject besides: {}", "一题还问了另一主题：{}"),
    ("opposites or siblings: {} / {}", "相反或并列：{} / {}"),
    ("one template, filled differently: {} / {}", "句式相同，所填不同：{} / {}"),
    ("two kinds of {}: {} / {}", "两种{}：{} / {}"),
    ("two names: {} / {}", "两个名称：{} / {}"),
    ("two things: {} / {}", "两种事物：{} / {}"),
    ("the other way round: {} / {}", "方向相反：{} / {}"),
    ("{}: the initials of {}", "{}：{} 的首字母"),
    ("one thing by {}", "同一事物，依据：{}"),
    ("far apart", "相去甚远"),
    ("different languages", "语言不同"),
)
_TERMS = {kind: rules.NAMES["zh"] for kind, rules in QUESTIONS.items()} | {
    "what": "是什么",
    "how": "怎么做",
    "effect": "影响",
    "role": "作用",
    "cause": "原因",
    "compare": "区别",
    "measure": "如何衡量",
    "problem": "难点",
    "cost": "代价",
}
"""What kinds of questions, and what they want to hear, are called."""


def in_language(reason: str, lang: str) -> str:
    """A reason in ``zh`` or ``en``; what is not known here, such as the words of another judge, stays as it is."""
    return reason if lang == "en" else "；".join(_in_chinese(said) for said in reason.split("; "))


def _in_chinese(said: str) -> str:
    for pattern, chinese in _patterns():
        if match := pattern.fullmatch(said):
            return chinese.format(*("/".join(_TERMS.get(term, term) for term in g.split("/")) for g in match.groups()))
    return said


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(re.escape(english).replace(r"\{\}", "(.+?)"), re.DOTALL), zh) for english, zh in _REASONS)
