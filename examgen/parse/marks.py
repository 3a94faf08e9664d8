"""How a line of a question document begins: heading, number, label.

All is read from a folded copy of the line's beginning in which every character
stands for one character of the line, so offsets fit both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from examgen.parse.vocabulary import CERTAIN, KEYWORDS, STANDS_ALONE, TAKES_LETTERS, UNCERTAIN, Role

# Full-width forms become half-width, and the traditional characters that stand in labels become simplified.
_TRADITIONAL = "題問參確釋說標準講詳選項難類識點號單斷簡論練習試測驗節對錯優評綱據庫舉證實關鍵詞來級範擇編計應"
_SIMPLIFIED = "题问参确释说标准讲详选项难类识点号单断简论练习试测验节对错优评纲据库举证实关键词来级范择编计应"
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
# Longer beginnings hold no label or number; the cuts keep hostile lines cheap.
HEAD_CHARS = 64
INLINE_CHARS = 4000


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
    stars: str
    """The emphasis that the line begins with: ``**``, or nothing."""
    whole_bold: bool
    indent: int
    quoted: bool
    bullet: bool
    start: int
    """Offset of the text behind heading marks, bullet and number."""
    numbering: Numbering | None
    label: Label | None
    next_label: int
    """Offset of a second label in the same line, or 0."""
    folds: bool = False
    """The line is what a web page shows of a part that is folded away."""

    @property
    def indented(self) -> bool:
        return self.indent > 1

    def text_behind(self, text: str) -> str:
        """The words of the line behind its number and label, without what is left of the emphasis around them."""
        start = self.label.start if self.label else self.start
        rest = text[start:].strip()
        if self.level:
            rest = rest.rstrip("#").rstrip()
        elif self.numbering:
            rest = HASHES.sub("", rest)
        if self.stars and text.count(self.stars, 0, start) < 2 and self.stars in rest:
            inside, _, behind = rest.partition(self.stars)
            rest = inside.rstrip() + behind
        elif rest.startswith("**") and rest.endswith("**") and len(rest) > 4 and "**" not in rest[2:-2]:
            rest = rest[2:-2]
        return rest.strip()


DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER = r"[零〇一二三四五六七八九十百千两]{1,7}"
_NUMBER = rf"(?:\d{{1,4}}|{_HAN_NUMBER})"
_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)} | {chr(0x2474 + n): n + 1 for n in range(20)}
_CIRCLED |= {chr(0x2488 + n): n + 1 for n in range(20)} | {chr(0x2776 + n): n + 1 for n in range(10)}

# Emoji and dingbats that decorate headings and labels; circled numbers and ticks say something and are none.
SYMBOL = (
    r"[\u2190-\u21ff\u2300-\u23ff\u25a0-\u25ff\u2600-\u26ff\u2700-\u2712\u2728-\u2775\u2795-\u27bf\u2b00-\u2bff"
    r"\U0001f000-\U0001faff]"
)
# What may stand behind one and belongs to it: variants, joined signs, as in 🙋‍♂️.
SYMBOL_PARTS = r"\ufe0e\ufe0f\u200d\u2640\u2642\U0001f000-\U0001faff"
PREFIX = re.compile(
    r"(?P<indent> *)(?P<quote>(?:> ?)*)(?P<bullet>(?:[-*+•●▪] +)?)(?P<hashes>(?:#{1,6}(?: +|(?=[^#\s!]))|))"
    rf"(?:{SYMBOL}[\ufe0e\ufe0f\u200d]* *){{0,4}}(?P<stars>\*{{0,3}}) *(?:{SYMBOL}[\ufe0e\ufe0f\u200d]* *){{0,4}}"
)
_KEYWORD = "|".join(sorted(map(re.escape, KEYWORDS), key=len, reverse=True))
_END = r" *\*{0,3} *\\?[.:、),\-—–|]+ *\*{0,3} *"
NUMBERED = [
    # 题目 1：  Q7.  【问题三】  Question 12 -  Q1（概念）：
    re.compile(
        rf"[\[【(〔]? *(?P<word>{_KEYWORD}) *[#№.\-_]? *(?P<num>{_NUMBER}) *题? *[\]】)〕]?"
        rf"(?P<end>{_END}| +|$|(?=\*\*)|(?=\()|(?<=[\]】)〕]))",
        re.IGNORECASE,
    ),
    # 第 3 题：
    re.compile(rf"[\[【(〔]? *(?P<word>第) *(?P<num>{_NUMBER}) *(?:道?题|问) *[\]】)〕]?(?P<end>{_END}| +|)"),
    # （1） [2]
    re.compile(r"(?P<word>[\[【(〔]) *(?P<num>\d{1,4}) *[\]】)〕](?P<end>[.:、]? *)"),
    # （一）
    re.compile(rf"(?P<word>[\[【(〔]) *(?P<num>{_HAN_NUMBER}) *[\]】)〕](?P<end>[.:、]? *)"),
    # 1.  2、  3)  1.2、  **4**.
    re.compile(r"(?P<word>)(?P<num>\d{1,4}(?:\.\d{1,3}){0,3})(?P<end> *(?:\*\*)?\\?(?:[.、):](?!\d)|,(?! *\d)) *)"),
    # 一、
    re.compile(rf"(?P<word>)(?P<num>{_HAN_NUMBER}) *(?P<end>[.、):] *)"),
    # ①
    re.compile(rf"(?P<word>)(?P<num>[{''.join(_CIRCLED)}])(?P<end>[.、]? *)"),
]
# A heading inside a numbered list: 1. ### What is Redis?
HASHES = re.compile(r"^#{1,6} +(?=\S)")
# In headings a number may be followed by a space alone: ## 1 什么是过拟合
SPACED = re.compile(r"(?P<word>)(?P<num>\d{1,4}(?:\.\d{1,3}){0,3})(?P<end> +)(?=\S)")

_WORDS = {**CERTAIN, **UNCERTAIN}
_WORD = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))
LABEL = re.compile(
    rf"(?P<open>[\[【〖「(]?) *(?P<word>{_WORD}) *(?P<num>(?:[#№]? *\d{{1,4}}|[一二三四五六七八九十]{{1,3}})?)"
    r"(?P<note> ?(?:\([^()]{0,24}\))?) *(?P<close>[\]】〗」)]?) *(?P<colon>:?) *(?P<unbold>\*{0,3}) *(?P<colon2>:?) *",
    re.IGNORECASE,
)
LETTERS_ALONE = re.compile(r"[(\[]?[A-H](?:[\s,、]*[A-H])*[)\]]?\.?\s*$|[√×✓✗]\s*$")
DOT = re.compile(r"[.、] *\*{0,3} *")
# A second label further on in a line: 1. 首都是哪里？ 答案：北京 解析：…
INLINE = re.compile(
    r"(?<=[?。.!;)\s\]】*_？！；）])(?:\*\*)?[\[【(（]?"
    r"(?:[参參]考(?:答案|回答)|正[确確]答案|标准答案|標準答案|答案解析|答案|回答|答|解析|"
    r"Correct answer|Answer|Ans|Explanation|Solution)"
    r" *[\]】)）]?(?: *\*\*)? *[:：]"
    r"|【(?:[参參]考答案|正[确確]答案|标准答案|答案解析|答案|答|解析|解答|详解|分析|点评)】"
)
# Behind a question that is labelled Q, a lone A labels its answer: Q: Define a mutex. A: A lock. Options come with a B.
LONE_A = re.compile(r"(?<=[?。.!;\s？！；])A\d{0,3} *[:：]")
LONE_B = re.compile(r"(?<=[?。.!;\s？！；])B *[:：.]")
TAGS = re.compile(r"<[^<>]{0,100}>")
SHOWS = re.compile(
    r"点击|单击|点我|展开|查看|显示|折叠|这里|^看|"
    r"click|here|tap|(?:to )?(?:see|show|view|reveal|expand|toggle)|\bthe\b",
    re.IGNORECASE,
)

_INDENT = " \t\u3000\u00a0"
_BULLETS = tuple(">-+*•●▪")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_BEGINNINGS = {*_WORDS, *KEYWORDS}
_FIRST_WORDS = {found[0] for word in _BEGINNINGS if (found := _LATIN_WORD.match(word))}
_HAN_STARTERS = {word[0] for word in _BEGINNINGS} | set("零〇一二三四五六七八九十百千两第")
_STARTERS = _HAN_STARTERS | {old for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if new in _HAN_STARTERS}
_STARTERS |= set("#*[【〖「(〔>0123456789") | set(_CIRCLED) | {chr(code) for code in range(0xFF01, 0xFF5F)}


def fold(text: str) -> str:
    """A copy of the same length in which widths and the traditional characters of labels do not matter."""
    return text if text.isascii() and "\t" not in text else text.translate(FOLD)


def _may_mark(text: str) -> bool:
    """A quick look at the first character: most lines of a document begin with none that could matter."""
    start = text[:HEAD_CHARS].lstrip(_INDENT)
    while start[:1] in _BULLETS and start[1:2] in (" ", "\t", "\u3000"):
        start = start[2:].lstrip(_INDENT)
    first = start[:1]
    if "a" <= first <= "z" or "A" <= first <= "Z":
        word = _LATIN_WORD.match(start)
        return word is not None and word[0].lower() in _FIRST_WORDS
    return first in _STARTERS or "\u2190" <= first <= "\u2bff" or first >= "\U0001f000"


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
    prefix = PREFIX.match(head)
    if not prefix or (prefix["hashes"].endswith("#") and not _heading_without_space(head, prefix)):
        return None
    level = level or len(prefix["hashes"].rstrip())
    at, stars = prefix.end(), prefix["stars"]
    label = _label(head, at, text, stars=stars, heading=level > 0, bullet=bool(prefix["bullet"]))
    numbering, start = _numbering(head, at, in_heading=level > 0 or bool(stars))
    if label and numbering and numbering.keyword not in ("", "第"):
        # 问题 1： is a number with a keyword, 答案 1： is a label.
        label = None if label.role is Role.QUESTION else label
    if label and numbering:
        numbering, start = None, at
    elif numbering and not numbering.keyword:
        label = _label_behind_number(head, start, text, stars=stars, heading=level > 0)
    if not (level or numbering or label or stars):
        return None
    behind = max(start, label.start if label else 0)
    return Mark(
        level=level,
        stars=stars,
        whole_bold=bool(stars) and text.rstrip().rstrip("#:： ").endswith(stars) and text.count("**") == 2,
        indent=len(prefix["indent"]),
        quoted=bool(prefix["quote"]),
        bullet=bool(prefix["bullet"]),
        start=start,
        numbering=numbering,
        label=label,
        next_label=second_label(text, behind, asked=_asks_as_q(numbering, label)) if numbering or label else 0,
    )


def label_alone(role: Role, word: str, start: int) -> Mark:
    """The mark of a line that shows nothing but a label."""
    label = Label(role, word, start, certain=True, has_han=True)
    return Mark(0, "", False, 0, False, False, 0, None, label, 0)


def read_summary(text: str) -> Mark | None:
    """Read the words that fold a part of a web page away: ``答案``, ``Click to see the solution``, or a question."""
    plain = SHOWS.sub("", TAGS.sub("", text)).strip(" :：。.!！")
    mark = read_mark(plain or text, level=6)
    if mark is None:
        return None
    if mark.label is None and plain:
        shown = read_mark(text, level=6)
        return replace(shown, level=0, folds=True, next_label=0) if shown else None
    # What is to be shown without a name, as in 点击展开, is an answer; the words alone do not tell where items begin.
    named = mark.label or Label(Role.ANSWER, "answer", 0, False, False)
    label = replace(named, start=len(text), certain=mark.label is not None)
    return replace(mark, level=0, stars="", start=len(text), numbering=None, label=label, next_label=0)


def _heading_without_space(head: str, prefix: re.Match[str]) -> bool:
    """Whether ``###1. 标题`` without a space is a heading; ``#include`` and ``#标签`` are not."""
    following = head[prefix.end() : prefix.end() + 1]
    deep = len(prefix["hashes"]) > 1
    return deep and (following.isdigit() or "\u4e00" <= following <= "\u9fff" or following in "【(Qq")


def _numbering(head: str, at: int, *, in_heading: bool) -> tuple[Numbering | None, int]:
    for pattern in [*NUMBERED, SPACED] if in_heading else NUMBERED:
        if (found := pattern.match(head, at)) and found["num"]:
            word = found["word"].lower()
            keyword = word if word not in ("", "[", "【", "(", "〔") else ""
            kind = "circled" if found["num"] in _CIRCLED else "arabic" if found["num"][0].isdigit() else "han"
            depth = found["num"].count(".")
            end = found["end"].strip(" *\\")[:1]
            style = keyword or f"{word}{kind}{depth or ''}{'' if in_heading else end}"
            return Numbering(number_value(found["num"]), found["num"], keyword, style), found.end()
    return None, at


def _label(head: str, at: int, text: str, *, stars: str, heading: bool, bullet: bool) -> Label | None:
    found = LABEL.match(head, at)
    if not found or (found["open"] and not found["close"]):
        return None
    word = re.sub(r" +", " ", found["word"].lower())
    role = _WORDS[word]
    # Emphasis behind the label ends what stands in front of it; what is more of it belongs to the text.
    more = len(found["unbold"]) > len(stars)
    end = found.start("unbold") + len(stars) if more else found.end()
    closed = bool(
        found["colon"]
        or (found["colon2"] and end == found.end())
        or (found["open"] in ("[", "【", "〖", "「") and found["close"])
    )
    rest = head[end:].strip(" *#") if end < len(head) else text[end:].strip()
    alone = not rest and (heading or (stars and found["unbold"]) or word in STANDS_ALONE)
    letters = word in TAKES_LETTERS and not closed and LETTERS_ALONE.match(rest)
    if role is Role.ANSWER and found["num"].strip() and not closed and (dot := DOT.match(head, end)):
        # A1. … under Q1. …
        closed, end = True, dot.end()
    # Bold type closes a label, too: **解** 移项得 x = 2。
    closes = (Role.ANSWER, Role.EXPLANATION, Role.RUBRIC)
    bold = bool(stars) and len(found["unbold"]) >= len(stars) and word in CERTAIN and role in closes
    if not (closed or alone or letters or bold) or (bullet and role in (Role.RUBRIC, Role.OPTIONS) and not heading):
        return None
    certain = word in CERTAIN or (bool(stars or heading or found["open"]) and role is not Role.METADATA)
    return Label(role, word, end, certain, any("\u4e00" <= char <= "\u9fff" for char in word))


def _label_behind_number(head: str, start: int, text: str, *, stars: str, heading: bool) -> Label | None:
    """The label of ``1. **题目：** …``, where the number counts items. Only questions are numbered so."""
    inside = len(head[start:]) - len(head[start:].lstrip("* "))
    own = stars or head[start : start + inside].strip()
    label = _label(head, start + inside, text, stars=own, heading=heading, bullet=True)
    return label if label and label.role is Role.QUESTION else None


def _asks_as_q(numbering: Numbering | None, label: Label | None) -> bool:
    """Whether a line begins with Q: or Q1."""
    return (numbering is not None and numbering.keyword == "q") or (label is not None and label.word == "q")


def second_label(text: str, start: int, *, asked: bool = False) -> int:
    """Offset of a label further on in a line, or 0.

    Args:
        asked: The line begins with Q, so a lone A labels the answer.
    """
    text = text[:INLINE_CHARS]
    found = INLINE.search(text, start + 1)
    if found is None and asked and not LONE_B.search(text, start + 1):
        found = LONE_A.search(text, start + 1)
    return found.start() if found else 0
