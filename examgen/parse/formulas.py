"""Office Math to LaTeX, so that formulas of a Word document are text that can be set again.

The elements are those of ECMA-376 part 1, chapter 22.1. What has no rule is
read through, so its letters are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as Xml

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MAX_DEPTH = 40
# Characters that LaTeX takes for commands, and those for which it has a command of its own.
_WORDS = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
    "~": r"\sim ", "^": r"\hat{}", "−": "-", "±": r"\pm ", "∓": r"\mp ", "×": r"\times ", "÷": r"\div ", "⋅": r"\cdot ",
    "·": r"\cdot ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "≡": r"\equiv ", "∞": r"\infty ",
    "∈": r"\in ", "∉": r"\notin ", "⊂": r"\subset ", "⊆": r"\subseteq ", "∪": r"\cup ", "∩": r"\cap ",
    "→": r"\to ", "⇒": r"\Rightarrow ", "⇔": r"\Leftrightarrow ", "∂": r"\partial ", "∇": r"\nabla ",
    "∀": r"\forall ", "∃": r"\exists ", "…": r"\ldots ", "⋯": r"\cdots ", "∣": "|", "∥": r"\| ", "°": r"^{\circ}",
    "⟨": r"\langle ", "⟩": r"\rangle ", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ",
}  # fmt: skip
_GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "varsigma",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
_WORDS |= {chr(0x3B1 + at): f"\\{name} " for at, name in enumerate(_GREEK) if name != "omicron"}
_WORDS |= {
    chr(0x391 + at): f"\\{name.capitalize()} "
    for at, name in enumerate(_GREEK)
    if name in ("gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi", "omega")
}
_WORDS |= {"ϵ": r"\epsilon ", "ε": r"\varepsilon ", "ϕ": r"\phi ", "φ": r"\varphi "}
_LARGE = {"∑": r"\sum", "∏": r"\prod", "∐": r"\coprod", "∫": r"\int", "∬": r"\iint", "∭": r"\iiint", "∮": r"\oint"}
_LARGE |= {"⋃": r"\bigcup", "⋂": r"\bigcap", "⋁": r"\bigvee", "⋀": r"\bigwedge"}
_ACCENTS = {
    "\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0305": r"\bar", "\u20d7": r"\vec",
    "\u0307": r"\dot", "\u0308": r"\ddot", "\u030c": r"\check", "\u0306": r"\breve", "": r"\hat",
}  # fmt: skip
_FUNCTIONS = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "log",
        "ln",
        "lg",
        "exp",
        "lim",
        "max",
        "min",
        "sup",
        "inf",
        "det",
        "dim",
        "ker",
        "arg",
        "gcd",
        "deg",
    ]
)
_FENCES = {"{": r"\{", "}": r"\}", "⟨": r"\langle", "⟩": r"\rangle", "‖": r"\|", "∥": r"\|", "": "."}
_FENCES |= {"⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "∣": "|"}
_SPLIT_TEXT = re.compile(r"(\\text\{[^{}]*)\}\\text\{")
_HAN = re.compile("([\u2e80-\u9fff\uff00-\uffef]+)")


def latex(formula: Xml.Element) -> str:
    """The LaTeX of an ``m:oMath`` element, without dollar signs.

    Raises:
        ValueError: it is nested more deeply than any formula.
    """
    found, joined = "", _row(formula, 0).strip()
    while found != joined:
        found, joined = joined, _SPLIT_TEXT.sub(r"\1", joined)
    return found


def _row(parent: Xml.Element | None, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise ValueError("a formula is nested too deeply")
    if parent is None:
        return ""
    return "".join(_shape(element, depth + 1) for element in parent)


def _shape(element: Xml.Element, depth: int) -> str:
    name = element.tag.removeprefix(M)
    if name == "r":
        return _letters("".join(part.text or "" for part in element.findall(f"{M}t")))
    if name.endswith("Pr"):
        return ""
    shape = _SHAPES.get(name)
    return shape(element, depth) if shape else _row(element, depth)


def _letters(text: str) -> str:
    if text.strip() in _FUNCTIONS:
        return f"\\{text.strip()} "
    parts = _HAN.split(text)
    return "".join(
        f"\\text{{{part}}}" if at % 2 else "".join(_WORDS.get(char, char) for char in part)
        for at, part in enumerate(parts)
    )


def _part(element: Xml.Element, name: str, depth: int) -> str:
    return _row(element.find(f"{M}{name}"), depth).strip()


def _setting(element: Xml.Element, name: str, default: str = "") -> str:
    """A property such as ``m:chr``, which stands in an element of properties of its own."""
    properties = next((child for child in element if child.tag.endswith("Pr")), None)
    found = properties.find(f"{M}{name}") if properties is not None else None
    return found.get(f"{M}val", "") if found is not None else default


def _fraction(element: Xml.Element, depth: int) -> str:
    above, below = _part(element, "num", depth), _part(element, "den", depth)
    kind = _setting(element, "type")
    if kind == "lin":
        return f"{{{above}}}/{{{below}}}"
    return f"\\binom{{{above}}}{{{below}}}" if kind == "noBar" else f"\\frac{{{above}}}{{{below}}}"


def _root(element: Xml.Element, depth: int) -> str:
    degree = _part(element, "deg", depth)
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e', depth)}}}"


def _scripts(element: Xml.Element, depth: int) -> str:
    base = _part(element, "e", depth)
    base = base if len(base) == 1 or re.fullmatch(r"\\[A-Za-z]+", base) else f"{{{base}}}"
    low, high = _part(element, "sub", depth), _part(element, "sup", depth)
    scripts = (f"_{{{low}}}" if low else "") + (f"^{{{high}}}" if high else "")
    return f"{{}}{scripts}{base}" if element.tag == f"{M}sPre" else f"{base}{scripts}"


def _large(element: Xml.Element, depth: int) -> str:
    char = _setting(element, "chr", "∫")
    low, high = _part(element, "sub", depth), _part(element, "sup", depth)
    scripts = (f"_{{{low}}}" if low else "") + (f"^{{{high}}}" if high else "")
    return f"{_LARGE.get(char, char)}{scripts} {_part(element, 'e', depth)}"


def _delimited(element: Xml.Element, depth: int) -> str:
    begin, end = _setting(element, "begChr", "("), _setting(element, "endChr", ")")
    between = _setting(element, "sepChr", "|")
    inside = between.join(_row(part, depth).strip() for part in element.findall(f"{M}e"))
    if begin == "{" and not end and "\\begin{matrix}" in inside:
        return inside.replace("{matrix}", "{cases}", 1)[::-1].replace("}xirtam{", "}sesac{", 1)[::-1]
    return f"\\left{_FENCES.get(begin, begin)} {inside} \\right{_FENCES.get(end, end)}"


def _function(element: Xml.Element, depth: int) -> str:
    return f"{_part(element, 'fName', depth)} {_part(element, 'e', depth)}"


def _limit(element: Xml.Element, depth: int) -> str:
    base, limit = _part(element, "e", depth), _part(element, "lim", depth)
    low = element.tag == f"{M}limLow"
    if base.lstrip("\\") in _FUNCTIONS or base in _LARGE.values():
        return f"{base}{'_' if low else '^'}{{{limit}}} "
    return f"\\{'under' if low else 'over'}set{{{limit}}}{{{base}}}"


def _accent(element: Xml.Element, depth: int) -> str:
    return f"{_ACCENTS.get(_setting(element, 'chr'), chr(92) + 'hat')}{{{_part(element, 'e', depth)}}}"


def _bar(element: Xml.Element, depth: int) -> str:
    return f"\\{'overline' if _setting(element, 'pos') == 'top' else 'underline'}{{{_part(element, 'e', depth)}}}"


def _matrix(element: Xml.Element, depth: int) -> str:
    rows = [" & ".join(_row(cell, depth).strip() for cell in row.findall(f"{M}e")) for row in element.findall(f"{M}mr")]
    return _stacked(rows)


def _stacked(rows: list[str]) -> str:
    return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"


def _lines(element: Xml.Element, depth: int) -> str:
    rows = [_row(row, depth).strip() for row in element.findall(f"{M}e")]
    return _stacked(rows)


_SHAPES: dict[str, Callable[[Xml.Element, int], str]] = {
    "f": _fraction,
    "rad": _root,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _scripts,
    "nary": _large,
    "d": _delimited,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "acc": _accent,
    "bar": _bar,
    "m": _matrix,
    "eqArr": _lines,
}
