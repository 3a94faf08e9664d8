"""The words of a report, in its two languages."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from examgen.model import Item

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "report": "Grading report",
        "overview": "Overview",
        "candidates": "Candidates",
        "candidate": "Candidate",
        "items": "Items",
        "item": "Item",
        "answers": "Answers",
        "answer": "Answer",
        "review_queue": "For a human",
        "graded": "Graded",
        "review": "To review",
        "ungraded": "Not graded",
        "score": "Marks",
        "of": "of",
        "colon": ": ",
        "share": "Share",
        "confidence": "Confidence",
        "facility": "Facility",
        "discrimination": "Discrimination",
        "alpha": "Cronbach's alpha",
        "distribution": "Candidates by share of the marks",
        "answer_distribution": "Answers by share of the marks",
        "points": "Rubric points",
        "found": "found",
        "partly": "partly",
        "hardly": "hardly",
        "missed": "missed",
        "similarity": "similarity",
        "credit": "Credit",
        "evidence": "evidence",
        "flags": "Flags",
        "reason": "Reason",
        "ruling": "Marked by a person",
        "machine": "machine",
        "judge": "Second opinion of",
        "believed": "taken into account",
        "doubted": "not believed",
        "unread": "no usable reply",
        "not_asked": "not asked",
        "marked_by": "Marked by",
        "empty": "(empty)",
        "provisional": "Provisional: a human still has to settle some marks",
        "nothing_waiting": "Nothing waits for a human.",
        "page": "Page",
        "status": "Status",
        "figures_help": "Facility: mean share of the marks. Discrimination: correlation with marks on the other items.",
        "no_text": "The grades hold no answer text, so evidence is listed with the points.",
    },
    "zh": {
        "report": "评分报告",
        "overview": "总览",
        "candidates": "考生",
        "candidate": "考生",
        "items": "题目",
        "item": "题目",
        "answers": "作答数",
        "answer": "作答",
        "review_queue": "待人工复核",
        "graded": "已评",
        "review": "待复核",
        "ungraded": "未评",
        "score": "得分",
        "of": "/",
        "colon": "：",
        "share": "得分率",
        "confidence": "置信度",
        "facility": "难度（得分率）",
        "discrimination": "区分度",
        "alpha": "克龙巴赫 α 系数",
        "distribution": "考生得分率分布",
        "answer_distribution": "答案得分率分布",
        "points": "得分点",
        "found": "命中",
        "partly": "部分命中",
        "hardly": "略有涉及",
        "missed": "未命中",
        "similarity": "相似度",
        "credit": "得分比例",
        "evidence": "依据",
        "flags": "标记",
        "reason": "原因",
        "ruling": "人工定分",
        "machine": "机评",
        "judge": "模型意见",
        "believed": "已采纳",
        "doubted": "未采信",
        "unread": "回复不可用",
        "not_asked": "未询问",
        "marked_by": "评分器",
        "empty": "（空白）",
        "provisional": "暂定分：部分答案尚待人工确认",
        "nothing_waiting": "没有待人工复核的答案。",
        "page": "页",
        "status": "状态",
        "figures_help": "难度为平均得分率；区分度为与其余题目得分的相关系数。",
        "no_text": "成绩文件不含作答原文，依据列在各得分点之后。",
    },
}

FLAGS = {
    "contradiction": ("contradicts a point", "与得分点相反"),
    "empty": ("empty", "空白"),
    "injection": ("speaks to the grader", "有写给阅卷人的话"),
    "invisible": ("hidden characters", "有看不见的字符"),
    "keywords": ("a list of keywords", "只列关键词"),
    "long": ("very long", "过长"),
    "near_miss": ("one slip away from the key", "与答案只差一字"),
    "order": ("points out of order", "得分点顺序不符"),
    "other_language": ("another language", "语言与题目不同"),
    "question_copied": ("copies the question", "照抄题干"),
    "repetition": ("repeats itself", "重复"),
    "uncalibrated": ("model not calibrated", "模型未经校准"),
    "unit": ("unit missing", "缺单位"),
    "unreadable": ("cannot be read", "无法识别"),
    "verdict": ("the opposite verdict", "结论相反"),
}
"""Flags of a grade in English and Chinese; docs/how-marks-are-made.md says what each means."""


def flag_words(flags: Iterable[str], lang: str) -> str:
    """Flags in words; one that is not known here, as grades of another version may have, stays as it is."""
    place = 1 if lang == "zh" else 0
    return ("、" if lang == "zh" else ", ").join(FLAGS.get(flag, (flag, flag))[place] for flag in flags)


def main_language(items: Collection[Item]) -> str:
    """``zh`` where at least half of the items are Chinese, else ``en``."""
    return "zh" if 2 * sum(item.lang == "zh" for item in items) >= len(items) else "en"
