"""How a line of a question document begins: heading, number, label.

All is read from a folded copy of the line's beginning in which every character
stands for one character of the line, so offsets fit both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, auto

# Full-width forms become half-width, and the traditional characters that stand in labels become simplified.
_TRADITIONAL = "題問參確釋說標準講詳選項難類識點號單斷簡論練習試測驗節對錯優評綱據庫舉證實評關鍵詞來源級範"
_SIMPLIFIED = "题问参确释说标准讲详选项难类识点号单断简论练习试测验节对错优评纲据库举证实评关键词来源级范"
FOLD = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict(zip(map(ord, _TRADITIONAL), _SIMPLIFIED, strict=True)),
    0x3000: " ",
    0x00A0: " ",
    ord("\t"): " ",
    ord("｡"): "。",
    ord("﹕"): ":",
    ord("︰"): ":",
    ord("∶"): ":",
}
# Longer beginnings hold no label or number; the cut keeps hostile lines cheap.
HEAD_CHARS = 64
INLINE_CHARS = 4000


class Role(Enum):
    """What a label says about the text behind it."""

    QUESTION = auto()
    ANSWER = auto()
    EXPLANATION = auto()
    RUBRIC = auto()
    OPTIONS = auto()
    METADATA = auto()


@dataclass(frozen=True, slots=True)
class Numbering:
    """A printed number: ``第3题``, ``Q7.``, ``3、``, ``（二）``."""

    value: int
    printed: str
    keyword: str
    style: str
    """Keyword or kind of number, and what ends it: equal for numbers of one series."""


@dataclass(frozen=True, slots=True)
class Label:
    """A word that names a part of an item: ``答案：``."""

    role: Role
    word: str
    start: int
    """Offset of the text behind the label."""
    certain: bool
    """False for words that also stand inside answers, such as ``说明：``."""
    has_han: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """What the beginning of a line shows."""

    level: int
    """1 to 6 for a heading, else 0."""
    bold: bool
    """Whether the line begins in bold."""
    whole_bold: bool
    indented: bool
    quoted: bool
    bullet: bool
    start: int
    """Offset of the text behind heading marks, bullet and number."""
    numbering: Numbering | None
    label: Label | None
    next_label: int
    """Offset of a second label in the same line, or 0."""


def _optional(pattern: str) -> tuple[str, ...]:
    """The words that a pattern such as ``例题?`` stands for."""
    return (pattern[:-2], pattern[:-1]) if pattern.endswith("?") else (pattern,)


DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER = r"[零〇一二三四五六七八九十百千两]{1,7}"
_NUMBER = rf"(?:\d{{1,4}}|{_HAN_NUMBER})"
_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)} | {chr(0x2474 + n): n + 1 for n in range(20)}
_CIRCLED |= {chr(0x2488 + n): n + 1 for n in range(20)} | {chr(0x2776 + n): n + 1 for n in range(10)}

PREFIX = re.compile(
    r"(?P<indent> *)(?P<quote>(?:> ?)*)(?P<bullet>(?:[-*+•●▪] +)?)(?P<hashes>(?:#{1,6}(?: +|(?=[^#\s!]))|))"
    r"(?P<bold>(?:\*\*|__)?) *"
)
_KEYWORD = (
    r"面试题|思考题|练习题?|问答题|简答题|论述题|填空题|选择题|单选题|多选题|判断题|编程题|计算题|算法题|分析题|应用题|"
    r"案例题|例题?|习题|试题|考题|题目|问题|提问|小题|题|问|"
    r"questions?|problem|exercise|quiz|ques|item|task|q"
)
# Words that may stand in front of a number and say that an item begins.
KEYWORDS = frozenset(word for part in _KEYWORD.split("|") for word in _optional(part))
_END = r" *[.:、),\-—–|]+ *(?:\*\*|__)? *"
NUMBERED = [
    # 题目 1：  Q7.  【问题三】  Question 12 -
    re.compile(
        rf"[\[【(〔]? *(?P<word>{_KEYWORD}) *[#№.\-_]? *(?P<num>{_NUMBER}) *题? *(?P<bracket>[\]】)〕]?)"
        rf"(?P<end>{_END}| +|$|(?=\*\*|__)|(?<=\]|】|\)|〕))",
        re.IGNORECASE,
    ),
    # 第 3 题：
    re.compile(
        rf"[\[【(〔]? *(?P<word>第) *(?P<num>{_NUMBER}) *(?:道?题|问) *[\]】)〕]?(?P<end>{_END}| +|$|(?=\*\*|__)|)"
    ),
    # （1） [2]
    re.compile(r"(?P<word>[\[【(〔]) *(?P<num>\d{1,4}) *[\]】)〕](?P<end>[.:、]? *)"),
    # （一）
    re.compile(rf"(?P<word>[\[【(〔]) *(?P<num>{_HAN_NUMBER}) *[\]】)〕](?P<end>[.:、]? *)"),
    # 1.  2、  3)  1.2、
    re.compile(r"(?P<word>)(?P<num>\d{1,4}(?:\.\d{1,3}){0,3}) *(?P<end>[.、):](?!\d) *)"),
    # 一、
    re.compile(rf"(?P<word>)(?P<num>{_HAN_NUMBER}) *(?P<end>[.、):] *)"),
    # ①
    re.compile(rf"(?P<word>)(?P<num>[{''.join(_CIRCLED)}])(?P<end>[.、]? *)"),
]
# In headings a number may be followed by a space alone: ## 1 什么是过拟合
SPACED = re.compile(r"(?P<word>)(?P<num>\d{1,4}(?:\.\d{1,3}){0,3})(?P<end> +)(?=\S)")

_CERTAIN = {
    Role.QUESTION: "题目 问题 问 题干 面试题 提问 题目描述 问题描述 题目内容 试题 原题 question problem prompt q",
    Role.ANSWER: "答案 参考答案 标准答案 正确答案 答 解答 回答 参考回答 示例答案 答案示例 满分答案 标准回答 "
    "参考解答 参考解析 "
    "答案要点 参考要点 答题要点 回答要点 答案与解析 答案及解析 参考答案及解析 参考答案与解析 我的答案 推荐答案 "
    "answer|answers|ans|a|solution|reference answer|model answer|sample answer|correct answer|suggested answer|"
    "expected answer|ideal answer|answer key|official answer",
    Role.EXPLANATION: "解析 答案解析 题目解析 试题解析 举例解析 代码解析 解析说明 答案说明 详细解析 "
    "详解 解题思路 示例解析 "
    "explanation|rationale|explanations|answer explanation|detailed explanation",
    Role.RUBRIC: "评分标准 评分点 评分要点 得分点 采分点 给分点 评分细则 "
    "rubric|marking points|marking scheme|mark scheme|scoring points|grading criteria",
    Role.OPTIONS: "选项 备选项 备选答案 options|choices",
}
_UNCERTAIN = {
    Role.EXPLANATION: "解释 分析 讲解 说明 点评 思路 思路解析 分析与解答 analysis|reasoning|commentary|discussion|why",
    Role.METADATA: "难度 难度等级 难度系数 分值 分数 本题分值 考点 知识点 考查点 考察点 标签 "
    "分类 类别 题型 来源 关键词 主题 公司 "
    "difficulty|score|marks|tags|tag|topic|category|type|level|source|keywords",
}


def _words(table: dict[Role, str]) -> dict[str, Role]:
    words = {}
    for role, line in table.items():
        for part in line.split(" ") if "|" not in line else [w for p in line.split("|") for w in _split_han(p)]:
            words[part] = role
    return words


def _split_han(text: str) -> list[str]:
    """English labels hold spaces, Chinese ones do not: cut at spaces beside Han characters."""
    return [part for part in re.split(r"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])", text) if part]


CERTAIN, UNCERTAIN = _words(_CERTAIN), _words(_UNCERTAIN)
_WORD = "|".join(re.escape(word) for word in sorted({**CERTAIN, **UNCERTAIN}, key=len, reverse=True))
LABEL = re.compile(
    rf"(?P<open>[\[【〖「(]?) *(?P<word>{_WORD}) *(?P<num>(?:[#№]? *\d{{1,4}}|[一二三四五六七八九十]{{1,3}})?)"
    r"(?P<note> ?(?:\([^()]{0,24}\))?) *(?P<close>[\]】〗」)]?) *(?P<colon>:?) *"
    r"(?P<unbold>(?:\*\*|__)?) *(?P<colon2>:?) *",
    re.IGNORECASE,
)
# A second label further on in a line: 1. 首都是哪里？ 答案：北京 解析：…
INLINE = re.compile(
    r"(?<=[?。.!;)\s\]】*_？！；）])(?:\*\*|__)?[\[【(（]?"
    r"(?:[参參]考答案|正[确確]答案|标准答案|標準答案|答案解析|答案|答|解析|"
    r"Correct answer|Answer|Ans|Explanation|Solution)"
    r" *[\]】)）]?(?: *(?:\*\*|__))? *[:：]"
)
TAGS = re.compile(r"<[^<>]{0,100}>")
SHOWS = re.compile(
    r"点击|单击|点我|展开|查看|显示|折叠|这里|^看|click|here|tap|(?:to )?(?:see|show|view|reveal|expand|toggle)|\bthe\b",
    re.IGNORECASE,
)
STANDS_ALONE = {
    "答案",
    "参考答案",
    "标准答案",
    "正确答案",
    "解答",
    "回答",
    "参考回答",
    "解析",
    "答案解析",
    "详解",
    "题目",
    "问题",
}
STANDS_ALONE |= {
    "answer",
    "solution",
    "explanation",
    "question",
    "reference answer",
    "model answer",
    "rubric",
    "评分标准",
}
STANDS_ALONE |= {
    "答案与解析",
    "答案及解析",
    "参考答案及解析",
    "评分点",
    "得分点",
    "选项",
    "options",
    "answer key",
    "answers",
}


_INDENT = " \t\u3000\u00a0"
_BULLETS = tuple(">-+*•●▪")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_ALL_WORDS = {*CERTAIN, *UNCERTAIN, *KEYWORDS}
_FIRST_WORDS = {found[0] for word in _ALL_WORDS if (found := _LATIN_WORD.match(word))}
_HAN_STARTERS = {word[0] for word in _ALL_WORDS} | set("零〇一二三四五六七八九十百千两第")
_STARTERS = _HAN_STARTERS | {old for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if new in _HAN_STARTERS}
_STARTERS |= set("#*_[【〖「(〔>0123456789") | set(_CIRCLED) | {chr(code) for code in range(0xFF01, 0xFF5F)}


def fold(text: str) -> str:
    """A copy of the same length in which widths and the traditional characters of labels do not matter."""
    return text if text.isascii() and "\t" not in text else text.translate(FOLD)


def _may_mark(text: str) -> bool:
    """A quick look at the first character: most lines of a document begin with none that could matter."""
    start = text.lstrip(_INDENT)
    while start[:1] in _BULLETS and start[1:2] in (" ", "\t", "\u3000"):
        start = start[2:].lstrip(_INDENT)
    first = start[:1]
    if "a" <= first <= "z" or "A" <= first <= "Z":
        word = _LATIN_WORD.match(start)
        return word is not None and word[0].lower() in _FIRST_WORDS
    return first in _STARTERS


def number_value(text: str) -> int:
    """The value of a printed number; of ``2.3`` the last part."""
    if text in _CIRCLED:
        return _CIRCLED[text]
    if text[0].isdigit():
        return int(text.rpartition(".")[2])
    total = digit = 0
    for char in text:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = digit * 10 + DIGITS[char]
    return total + digit


def read_mark(text: str, level: int = 0) -> Mark | None:
    """Read how a line begins, or None where it shows nothing.

    Args:
        level: The heading level that the line's surroundings give it.
    """
    if not level and not _may_mark(text):
        return None
    head = fold(text[:HEAD_CHARS])
    if not (prefix := PREFIX.match(head)):
        return None
    hashes, bold = prefix["hashes"], bool(prefix["bold"])
    if hashes and len(hashes.rstrip()) == len(hashes) and not _no_space_heading(head, prefix.end(), len(hashes)):
        return None
    level = level or len(hashes.rstrip())
    at = prefix.end()
    label = _label(head, at, text, bold=bold, heading=level > 0, bullet=bool(prefix["bullet"]))
    numbering, start = _numbering(head, at, in_heading=level > 0 or bold)
    if numbering and numbering.keyword in ("答", "a"):
        numbering = None
    if label and numbering and (numbering.keyword not in ("", "第") or label.role is not Role.QUESTION):
        # 答案 1：is a label, 问题 1：is a number
        if label.role is Role.QUESTION:
            label = None
        else:
            numbering, start = None, at
    if label is None and numbering and numbering.keyword == "":
        # 1. 答案：… and 1. **题目：** … : the number counts items, the label names the part
        bold_inside = re.match(r"(?:\*\*|__)? *", head[start:])
        inner = start + (bold_inside.end() if bold_inside else 0)
        label = _label(head, inner, text, bold=inner > start or bold, heading=level > 0, bullet=True)
        if label and label.role is not Role.QUESTION:
            label = None
    if not (level or numbering or label or bold):
        return None
    stripped = text.strip().strip("#").strip()
    whole_bold = bold and len(stripped) > 4 and stripped.lstrip("> -+").rstrip(":：").endswith(("**", "__"))
    return Mark(
        level=level,
        bold=bold,
        whole_bold=whole_bold,
        indented=len(prefix["indent"]) > 1,
        quoted=bool(prefix["quote"]),
        bullet=bool(prefix["bullet"]),
        start=start,
        numbering=numbering,
        label=label,
        next_label=_inline_label(text, max(start, label.start if label else 0)) if numbering or label else 0,
    )


def read_summary(text: str) -> Mark | None:
    """Read the words that fold a part of a web page away: ``<b>答案</b>``, ``Click to see the solution``."""
    plain = SHOWS.sub("", TAGS.sub("", text)).strip(" :：。.!！")
    mark = read_mark(plain, level=6) if plain else None
    if mark is None or mark.label is None:
        return None
    label = replace(mark.label, start=len(text), certain=True)
    return replace(mark, level=0, start=len(text), label=label, next_label=0)


def _no_space_heading(head: str, at: int, hashes: int) -> bool:
    """Whether ``###1. 标题`` without a space is a heading; ``#include`` and ``#标签`` are not."""
    following = head[at : at + 1]
    return hashes > 1 and (following.isdigit() or "\u4e00" <= following <= "\u9fff" or following in "【(Qq")


def _numbering(head: str, at: int, *, in_heading: bool) -> tuple[Numbering | None, int]:
    for pattern in [*NUMBERED, SPACED] if in_heading else NUMBERED:
        if (found := pattern.match(head, at)) and found["num"]:
            word = found["word"].lower()
            keyword = word if word not in ("", "[", "【", "(", "〔") else ""
            kind = "circled" if found["num"] in _CIRCLED else "arabic" if found["num"][0].isdigit() else "han"
            depth = found["num"].count(".")
            end = found["end"].strip(" *_")[:1]
            style = keyword or f"{word}{kind}{depth or ''}{'' if in_heading else end}"
            return Numbering(number_value(found["num"]), found["num"], keyword, style), found.end()
    return None, at


def _label(head: str, at: int, text: str, *, bold: bool, heading: bool, bullet: bool) -> Label | None:
    found = LABEL.match(head, at)
    if not found:
        return None
    word = re.sub(r" +", " ", found["word"].lower())
    role = CERTAIN.get(word) or UNCERTAIN[word]
    rest = head[found.end() :].strip(" *_#") if len(head) == len(text) or found.end() < len(head) else "x"
    closed = bool(found["colon"] or found["colon2"]) or (found["open"] in tuple("[【〖「") and bool(found["close"]))
    alone = not rest and (heading or (bold and bool(found["unbold"])) or word in STANDS_ALONE)
    # 答案 B：a single letter may follow without a colon
    if not closed and not alone:
        return None
    if bullet and not heading and role not in (Role.ANSWER, Role.EXPLANATION, Role.QUESTION, Role.METADATA):
        return None
    if found["open"] and not found["close"]:
        return None
    start = found.end()
    if bold and not found["unbold"]:
        closing = head.find("**", start)
        if closing < 0 and not heading:
            start = found.end()
    certain = word in CERTAIN or ((bold or heading or bool(found["open"])) and role is not Role.METADATA)
    return Label(role, word, start, certain, any("\u4e00" <= char <= "\u9fff" for char in word))


def _inline_label(text: str, start: int) -> int:
    found = INLINE.search(text[:INLINE_CHARS], start + 1)
    return found.start() if found else 0
