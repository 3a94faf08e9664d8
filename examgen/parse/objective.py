"""Questions with a key: options and the marked letter, true or false, gaps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from examgen.model import Blank, Kind, Option
from examgen.parse.asking import ends_asking
from examgen.parse.marks import fold

LETTERS = "ABCDEFGH"
# An option: A. …  B、…  (C) …  - [x] D) …  *E. …   A star, tick or ticked box marks the right one.
OPTION = re.compile(
    r" *(?:[-+] +|\* +)?(?:\[(?P<box>[ xX√✓])\] *)?(?P<star>[*✓√✔]?) *(?:\*\*|__)?"
    r"(?P<open>[(\[【]?) *(?P<letter>[A-Ha-h]) *(?P<end>[)\]】]|[.、:])(?:\*\*|__)? *"
)
# - [x] without a letter, as quizzes in Markdown mark the right option.
BOXED_OPTION = re.compile(r" *[-*+] +\[(?P<box>[ xX√✓])\] +(?=\S)")
# Letters without a mark behind them count only where a whole row of them stands.
BARE_OPTION = re.compile(r" *(?P<box>)(?P<star>)(?P<open>)(?P<letter>[A-H])(?P<end> ) *(?=\S)")
INLINE_OPTION = re.compile(r"(?<=[\s;,。])[(\[]?(?P<letter>[A-H]) *[)\].、:] *")
# The first of the options that stand behind their question: 栈的特点是？ A. 先进先出 B. 后进先出 C. 都不对
FIRST_OPTION = re.compile(r"(?<=[\s?:。,)_])[(\[]?A *[)\].、:] *(?=\S)")
MIN_OPTIONS_ON_LINE = 3
TICK_BEHIND = re.compile(r"(?:[√✓✔]|[（(](?:正确|√|✓|correct|正确答案)[）)])\s*$", re.IGNORECASE)
KEY = re.compile(
    r"\s*(?:(?:应?选择?|是|为|选项|option|choice) *)?[(\[【]?\s*"
    r"(?P<letters>[A-H](?:[\s,、;/&+和与及]*[A-H])*|[a-h])\s*[)\]】]?(?P<end>$|[\s.。,;:、]+|(?=[(\[]))"
)
KEY_BEFORE_TEXT = re.compile(r"\s*(?P<letters>[A-H])(?P<end>)(?=[\u4e00-\u9fff])")
STEM_KEY = re.compile(r"[（(]\s*(?P<letters>[A-Ha-h](?:\s*[,，、]?\s*[A-Ha-h])*)\s*[)）]")
STEM_TRUTH = re.compile(
    r"[（(]\s*(?P<word>√|✓|✔|×|✗|✘|对|错|正确|错误|T|F|True|False)\s*[)）]\s*[。.]?\s*$", re.IGNORECASE
)
BREAK_TAG = re.compile(r"<br */?>", re.IGNORECASE)
GAP = re.compile(r"_{2,}|﹍{2,}|[（(][ \t\u3000]*[)）]|\[[ \t\u3000]{2,}\]")
ENTRY_NUMBER = re.compile(r"\s*(?:[（(]?\d{1,2}[.、)）:：]|[①-⑳]|第[一二三四五六七八九十\d]+空[:：]?)\s*")
MAX_BLANK_CHARS = 60
# A question with more lines than this has no options that anybody could choose from.
MAX_QUESTION_LINES = 400

TRUE = {"对", "正确", "是", "真", "√", "✓", "✔", "t", "true", "yes", "right", "correct"}
FALSE = {"错", "错误", "否", "假", "×", "✗", "✘", "不对", "不正确", "f", "false", "no", "wrong", "incorrect"}
VERDICT = re.compile(
    r"\s*(?P<word>正确|错误|不正确|不对|对|错|是|否|真|假|√|✓|✔|×|✗|✘|true|false|yes|no|correct|incorrect|right|wrong|[TF])"
    r"(?:的)?\s*(?P<end>$|[。.,，;；:：!！\s])",
    re.IGNORECASE,
)

# Words by which a document names a kind of question: in a section heading, a tag or a column.
_HINTS: tuple[tuple[Kind, str], ...] = (
    ("multiple_choice", r"多选|多项选择|不定项|复选|multiple[ _-]?(?:response|select|answer)s?|select all"),
    ("single_choice", r"单选|单项选择|选择题|choice|mcq"),
    ("true_false", r"判断|是非|对错|正误|true[ _/-]*(?:or[ _-]*)?false|boolean|t/f"),
    ("fill_in", r"填空|fill[ _-]?in|blank|cloze"),
    ("short_answer", r"简答|问答|论述|名词解释|主观|开放|short[ _-]?answer|essay|open|subjective"),
)
HINTS = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _HINTS)
TAG = re.compile(
    r"\s*[【\[（(]\s*(?P<words>(?:单选|多选|单项选择|多项选择|不定项选择|选择|判断|填空|简答|问答|论述|名词解释)题?"
    r"(?:[，,、\s]*[\d.]+\s*分)?)\s*[】\])）]\s*"
)


@dataclass(frozen=True)
class OptionLine:
    """An option as printed."""

    letter: str
    text: str
    marked: bool


@dataclass(frozen=True)
class Choices:
    """The options in a run of lines, and which of the lines they took."""

    options: tuple[OptionLine, ...]
    lines: frozenset[int]
    lettered: bool = True


def find_options(lines: Sequence[str], *, boxes: bool = True) -> Choices:
    """Find the options A, B, … in the lines of a question.

    Args:
        boxes: Whether ticked boxes may be options; else they are a list of things to do.

    Returns:
        At least two options in the order of their letters; none where the
        lines do not count from A without a gap. Boxes without letters are
        options where some are ticked and some are not.
    """
    lines = lines[:MAX_QUESTION_LINES]
    for pattern, at_least in ((OPTION, 2), (BARE_OPTION, 3)):
        for start, line in enumerate(lines):
            if (found := pattern.match(fold(line))) and found["letter"].upper() == "A":
                choices = _from(lines, start, pattern)
                if len(choices.options) >= (at_least if found["letter"].isupper() else 3):
                    return choices
    return _boxed(lines) if boxes else Choices((), frozenset())


def _boxed(lines: Sequence[str]) -> Choices:
    options: list[OptionLine] = []
    taken: set[int] = set()
    for at, line in enumerate(lines):
        if (found := BOXED_OPTION.match(line)) and len(options) < len(LETTERS):
            options.append(_option(LETTERS[len(options)], line[found.end() :], found["box"] != " "))
            taken.add(at)
        elif options and line.strip():
            break
    if len({option.marked for option in options}) < 2:
        return Choices((), frozenset())
    return Choices(tuple(options), frozenset(taken), lettered=False)


def _from(lines: Sequence[str], start: int, pattern: re.Pattern[str]) -> Choices:
    options: list[OptionLine] = []
    taken: set[int] = set()
    gap = False
    for at in range(start, len(lines)):
        line = lines[at]
        if not line.strip():
            gap = True
            continue
        found = pattern.match(fold(line))
        wanted = LETTERS[len(options)] if len(options) < len(LETTERS) else ""
        if found and found["letter"].upper() == wanted:
            taken |= set(range(max(taken, default=at), at + 1))
            marked = bool(found["star"]) or found["box"] in ("x", "X", "√", "✓")
            options += _split(line[found.end() :], wanted, marked)
        elif options and not gap and not (found and found["letter"].upper() == "A"):
            last = options[-1]
            options[-1] = OptionLine(last.letter, f"{last.text}\n{line.strip()}", last.marked)
            taken.add(at)
        else:
            break
        gap = False
    return Choices(tuple(options), frozenset(taken))


def _split(text: str, letter: str, marked: bool) -> list[OptionLine]:
    """The options that share a line: ``A. 对  B. 错``."""
    options = []
    folded = fold(text)
    start = 0
    for found in INLINE_OPTION.finditer(folded):
        following = LETTERS.find(letter) + 1
        if following < len(LETTERS) and found["letter"] == LETTERS[following]:
            options.append(_option(letter, text[start : found.start()], marked))
            letter, start, marked = LETTERS[following], found.end(), False
    options.append(_option(letter, text[start:], marked))
    return options


def options_on_line(text: str) -> tuple[str, tuple[OptionLine, ...]]:
    """The question of a line that holds its options, too, and the options; none where there are fewer than three."""
    first = FIRST_OPTION.search(fold(text))
    options = _split(text[first.end() :], "A", marked=False) if first else []
    if first is None or len(options) < MIN_OPTIONS_ON_LINE or ends_asking(options[-1].text):
        return text, ()
    return text[: first.start()].rstrip(), tuple(options)


def _option(letter: str, text: str, marked: bool) -> OptionLine:
    text = text.strip().rstrip(";；")
    if tick := TICK_BEHIND.search(text):
        return OptionLine(letter, text[: tick.start()].strip(), True)
    for bold in ("**", "__"):
        if text.startswith(bold) and text.endswith(bold) and len(text) > 4:
            text = text[2:-2].strip()
        elif text.endswith(bold) and text.count(bold) % 2:
            text = text[:-2].strip()
    return OptionLine(letter, text.strip(), marked)


def read_key(reference: str, options: Sequence[OptionLine]) -> tuple[str, str] | None:
    """The letters of the right options and what the answer says beyond them, or None where it names none."""
    letters = {option.letter for option in options}
    reference = BREAK_TAG.sub("", reference)
    folded = fold(reference).replace("**", "  ")
    found = KEY.match(folded) or KEY_BEFORE_TEXT.match(folded)
    if found:
        chosen = "".join(sorted(set(re.sub(r"[^A-H]", "", found["letters"].upper()))))
        rest = reference[found.end() :].strip().strip("*_ ")
        if set(chosen) <= letters:
            texts = [option.text for option in options if option.letter in chosen]
            if len(chosen) == 1 and texts[0] and fold(rest).startswith(fold(texts[0])):
                rest = rest[len(texts[0]) :]
            elif found.re is KEY_BEFORE_TEXT:
                return None
            return chosen, rest.lstrip(" 。.，,;；:：、*_—–-\n")
    same = [
        option.letter
        for option in options
        if option.text and fold(option.text).strip() == fold(reference).strip(" 。.")
    ]
    return (same[0], "") if len(same) == 1 else None


def hint(text: str) -> Kind | None:
    """The kind of question that a few words name."""
    return next((kind for kind, pattern in HINTS if pattern.search(text)), None)


def read_truth(reference: str) -> tuple[bool, str] | None:
    """The verdict that an answer begins with and what it says beyond it, or None where it gives none."""
    found = VERDICT.match(reference.strip().strip("（()）*_ "))
    if not found:
        return None
    word = found["word"].lower()
    rest = reference.strip().strip("（()）*_ ")[found.end() :].strip()
    return (word in TRUE, rest) if word in TRUE | FALSE else None


def choice_options(options: Sequence[OptionLine], correct: str) -> tuple[Option, ...]:
    """Options with the right ones marked. An option without text keeps its letter as text."""
    return tuple(
        Option(id=option.letter, text=option.text or option.letter, correct=option.letter in correct)
        for option in options
    )


def fill_gaps(question: str, reference: str, *, sure: bool) -> tuple[str, tuple[Blank, ...]] | None:
    """The stem with its gaps as ``____`` and the blanks' answers, or None where they do not go together.

    Args:
        sure: Whether the document itself calls this a fill-in question.
    """
    gaps = list(GAP.finditer(question))
    if not gaps or not reference or (not sure and not any("_" in gap[0] for gap in gaps)):
        return None
    for separator in (r"\n+", r"[;；|]", r"[、,，]", r"\s+"):
        entries = [ENTRY_NUMBER.sub("", part, count=1).strip(" 。.") for part in re.split(separator, reference.strip())]
        entries = [entry for entry in entries if entry]
        if len(entries) == len(gaps) and all(len(entry) <= MAX_BLANK_CHARS for entry in entries):
            blanks = tuple(Blank(answers=_alternatives(entry)) for entry in entries)
            return GAP.sub("____", question), blanks
        if len(gaps) == 1:
            break
    return None


def _alternatives(entry: str) -> tuple[str, ...]:
    """The accepted spellings of one gap: ``召回率/查全率``, ``召回率 或 recall``."""
    parts = [part.strip() for part in re.split(r"\s*(?:/|／|\bor\b|或者?)\s*", entry)]
    return tuple(dict.fromkeys(part for part in parts if part)) or (entry,)
