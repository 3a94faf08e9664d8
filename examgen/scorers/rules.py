"""What is better read by rule than by likeness: a verdict, and a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from examgen.scorers.base import Case, Finding
from examgen.scorers.lexical import grams, share
from examgen.text import fold

# What a finding is worth where a rule is sure of it; the calibration has the last word.
SURE, UNLIKELY = 0.97, 0.03
NAMES = "说法|叙述|命题|观点|结论|判断|陈述|表述"
WORDS = (
    r"不正确|不对|不一定|不是|不能|不会|不成立|未必|并非|错误|错|否|不|×|✗|false|wrong|incorrect|not true|no\b"
    r"|完全正确|正确|没错|对|是的|是|成立|√|✓|true|correct|right|yes\b"
)
# A verdict stands where an opening or a sentence begins or behind what is judged, and ends there: not in 出错, 对于,
# 因为不同, 错误的数据, 'the right answer'. What denies a denial comes first.
_AT = (
    rf"(?:^\W*|[，,。；;：:]\s*|认为|觉得|答案?|{NAMES}|题|这|它|那)"
    rf"(?:个|种)?(?:{NAMES})?(?:是|为|完全|显然|当然|绝对|都)*"
)
_END = r"(?:的|了)?(?=[\s，。,.；;:：!！?？、)）]|因|由|$)"
_IS = r"(?:^\W*|(?:\b(?:is|are|was|be) |'s )(?:(?!not )\w+ )?)"
_UN = r"(?:\bnot |n't )"
VERDICT = re.compile(
    rf"(?P<right>{_AT}(?:没有?错误?|不错){_END}|{_UN}(?:wrong|false|incorrect)\b|\bno doubt\b)"
    rf"|(?P<no>{_AT}(?:(?:不正确|不对|不成立|错误?|否|×|✗|不){_END}|不一定|未必|并非|不是|不能|不会)"
    rf"|{_UN}(?:correct|right|true)\b|\b(?:untrue|incorrect|false)\b|{_IS}wrong\b|^\W*no\b)"
    rf"|(?P<yes>{_AT}(?:正确|对|成立|是|√|✓){_END}|\b(?:true|correct)\b(?! answer)|{_IS}right\b(?! answer)|^\W*yes\b)"
)
# A reference that opens with a verdict and then stops, such as '错误。' or 'False, because'.
OPENING = re.compile(
    r"\s*(?:答[:：])?(?:这个|该|此|这种)?(?:说法|叙述|命题|观点|结论|the statement)?(?:是|is\s)?\s*"
    rf"(?:{WORDS})的?\s*(?:[。.,，;；:：!！]|$)"
)
# So far into an answer its verdict is looked for.
REACH = 32
OPERAND = r"(?:[a-z]?\([^()\u4e00-\u9fff,，]{1,60}\)|[a-z0-9.]{1,40})"
FORMULA = re.compile(
    rf"(?<![a-z0-9.]){OPERAND}(?:\s*[-+*/^=<>!]+\s*{OPERAND})+|(?<![a-z0-9])[a-z]\([^()\u4e00-\u9fff]{{1,24}}\)"
)
# Letters that stand for numbers side by side, with or without a space: 'a x' is ax, but 'is a' is two words.
PRODUCT = re.compile(r"(?<![a-z.])([a-z]|[0-9]{1,6}) (?=[a-z](?![a-z]))")
SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "$": "", "≤": "<=", "≥": ">=", "≠": "!="})
# Words joined by a hyphen or a slash, and ranges of numbers, are no formulas: 'pre-trained', 'k-fold', 'and/or', '3-5'.
COMPOUND = re.compile(r"(?=.*[a-z]{2})[a-z0-9.]+(?:\s*[-/]+\s*[a-z0-9.]+)+|[\d.]+(?:\s*-\s*[\d.]+)+")


def with_rules(case: Case, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Correct findings where a rule is sure.

    - Where a point is a verdict on a statement, an answer with the opposite
      verdict covers nothing, whatever else it says, and one with the same
      verdict covers that point.
    - Where a point consists of formulas, it is covered as far as the answer
      holds them, in any spacing and in any of the usual signs.
    """
    wanted, given = _verdicts(case)
    if opposite_verdict(case):
        return tuple(replace(finding, covered=min(finding.covered, UNLIKELY)) for finding in found)
    same = wanted is not None and given == wanted
    return tuple(
        _with_formulas(case, point, _with_verdict(point, finding, same))
        for point, finding in zip(case.points, found, strict=True)
    )


def opposite_verdict(case: Case) -> bool:
    """Whether an answer calls right what the points call wrong, or the other way round."""
    wanted, given = _verdicts(case)
    return wanted is not None and given is not None and given != wanted


def _verdicts(case: Case) -> tuple[bool | None, bool | None]:
    """The verdict that the points want and the one that the answer gives; None where there is none."""
    wanted = next((verdict(point) for point in case.points if OPENING.match(fold(point))), None)
    return wanted, None if wanted is None else verdict(case.answer)


def _with_verdict(point: str, finding: Finding, same: bool) -> Finding:
    text = fold(point)
    opening = OPENING.match(text)
    alone = opening is not None and opening.end() == len(text)
    return replace(finding, covered=max(finding.covered, SURE)) if same and alone else finding


def verdict(text: str) -> bool | None:
    """Whether a text opens by calling something right; None where it opens with neither."""
    match = VERDICT.search(fold(text)[:REACH])
    return None if match is None else match["no"] is None


def formulas(text: str) -> list[str]:
    """The formulas of a text, without spaces, in one way of writing."""
    plain = fold(text).translate(SIGNS)
    plain = re.sub(r"\\frac\{([^{}]+)\}\{([^{}]+)\}", r"(\1)/(\2)", plain)
    plain = PRODUCT.sub(r"\1", re.sub(r"\\(?:leq?|geq?|neq?)\b", _comparison, plain).replace("\\", ""))
    return [same_form(match[0]) for match in FORMULA.finditer(plain) if not COMPOUND.fullmatch(match[0])]


def _comparison(match: re.Match[str]) -> str:
    return {"l": "<=", "g": ">=", "n": "!="}[match[0][1]]


def same_form(formula: str) -> str:
    """A formula without spaces, and without signs that change nothing: 2*n is 2n, (n) is n."""
    bare = re.sub(r"\s+", "", formula)
    bare = re.sub(r"(?<=[0-9a-z)])\*(?=[a-z(])", "", bare)
    return re.sub(r"(?<![a-z0-9])\(([a-z0-9]+)\)", r"\1", bare)


def _with_formulas(case: Case, point: str, finding: Finding) -> Finding:
    wanted = [each for each in dict.fromkeys(formulas(point)) if each not in formulas(case.question)]
    if not wanted:
        return finding
    held = _held(wanted, case.answer)
    words = {gram for gram in grams(point) - grams(case.question) if "\u4e00" <= gram[0] <= "\u9fff"}
    if held == 1 and len(words) <= 2:
        return replace(finding, covered=max(finding.covered, SURE))
    return replace(finding, covered=finding.covered * (0.25 + 0.75 * held))


def _held(wanted: Sequence[str], answer: str) -> float:
    held = formulas(answer)
    return sum(any(each == other or other.endswith("=" + each) for other in held) for each in wanted) / len(wanted)


def with_words(case: Case, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Tell of each finding how many of its point's words stand in the answer; those of the question never count."""
    asked, said = grams(case.question), grams(case.answer)
    wanted = [grams(point) - asked for point in case.points]
    return tuple(replace(finding, words=share(words, said)) for words, finding in zip(wanted, found, strict=True))
