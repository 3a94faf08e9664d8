"""LaTeX to Office Math, so that formulas in a Word file can be edited.

LaTeX becomes MathML by latex2mathml; the elements of MathML that it writes are turned into those of ECMA-376 part 1,
chapter 22.1, one function for each shape.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Sequence
from html import unescape

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ET.register_namespace("m", M)
ET.register_namespace("w", W)

_NARY = frozenset("∑∏∐∫∬∭∮⋃⋂⋁⋀⨁⨂")
# MathML's spacing accents, and the combining ones that Word wants.
_ACCENTS = {
    "^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "¯": "\u0305", "―": "\u0305", "‾": "\u0305",
    "→": "\u20d7", "⃗": "\u20d7", "˙": "\u0307", ".": "\u0307", "¨": "\u0308", "ˇ": "\u030c", "˘": "\u0306",
}  # fmt: skip
_HAN = re.compile("[\u2e80-\u9fff\uff00-\uffef]")


def office_math(tex: str) -> ET.Element | None:
    """An ``m:oMath`` element; None where the LaTeX cannot be read."""
    from latex2mathml.converter import convert_to_element

    try:
        math = convert_to_element(tex)
    except Exception:  # latex2mathml raises anything at all for bad LaTeX
        return None
    root = ET.Element(f"{{{M}}}oMath")
    root.extend(_row([_bare(child) for child in math]))
    return root


def _bare(element: ET.Element) -> ET.Element:
    """The element without the namespace in its names."""
    copy = ET.Element(element.tag.rpartition("}")[2], dict(element.attrib))
    # latex2mathml writes its characters as entities, one level too deep.
    copy.text = unescape(element.text) if element.text else None
    copy.extend(_bare(child) for child in element)
    return copy


def _make(name: str, *children: ET.Element, **values: str) -> ET.Element:
    element = ET.Element(f"{{{M}}}{name}", {f"{{{M}}}{key}": value for key, value in values.items()})
    element.extend(children)
    return element


def _row(elements: Sequence[ET.Element]) -> list[ET.Element]:
    """Elements side by side; brackets that stretch take in what stands between them, and a sum what follows it."""
    if len(elements) > 1 and _is_fence(elements[0]):
        closes = _is_fence(elements[-1])
        inside = elements[1:-1] if closes else elements[1:]
        return [_delimited(elements[0].text or "", (elements[-1].text or "") if closes else "", _row(inside))]
    found: list[ET.Element] = []
    waiting = list(elements)
    while waiting:
        element = waiting.pop(0)
        operator = _nary_operator(element)
        if operator:
            operand = _row([waiting.pop(0)]) if waiting else []
            found.append(_nary(element, operator, operand))
        else:
            found += _converted(element)
    return found


def _is_fence(element: ET.Element) -> bool:
    return element.tag == "mo" and element.get("fence") == "true"


def _delimited(begin: str, end: str, inside: Iterable[ET.Element]) -> ET.Element:
    settings = _make("dPr", _make("begChr", val=begin.strip()), _make("endChr", val=end.strip()))
    return _make("d", settings, _make("e", *inside))


def _nary_operator(element: ET.Element) -> str:
    if element.tag in ("msub", "msup", "msubsup", "munder", "mover", "munderover") and len(element):
        base = element[0]
        text = (base.text or "").strip()
        return text if base.tag == "mo" and text in _NARY else ""
    return ""


def _nary(element: ET.Element, operator: str, operand: Sequence[ET.Element]) -> ET.Element:
    under = element.tag in ("munder", "mover", "munderover")
    low = element[1] if element.tag not in ("msup", "mover") else None
    high = element[-1] if element.tag in ("msup", "mover", "msubsup", "munderover") else None
    settings = _make(
        "naryPr",
        _make("chr", val=operator),
        _make("limLoc", val="undOvr" if under or operator not in "∫∬∭∮" else "subSup"),
    )
    settings.extend(_make(name, val="1") for name, part in (("subHide", low), ("supHide", high)) if part is None)
    sub = _make("sub", *(_one(low) if low is not None else ()))
    sup = _make("sup", *(_one(high) if high is not None else ()))
    return _make("nary", settings, sub, sup, _make("e", *operand))


def _one(element: ET.Element) -> list[ET.Element]:
    return _row([element]) if element.tag != "mrow" else _row(list(element))


def _converted(element: ET.Element) -> list[ET.Element]:
    shape = _SHAPES.get(element.tag)
    if shape is not None and len(element):
        return [shape(element)]
    if element.tag == "mspace":
        return [_run(" ", upright=True)]
    if len(element):
        return _row(list(element))
    text = (element.text or "").strip() if element.tag != "mtext" else (element.text or "")
    return [_run(text, upright=element.tag == "mtext" or (element.tag == "mi" and len(text) > 1))] if text else []


def _run(text: str, *, upright: bool) -> ET.Element:
    run = _make("r")
    if upright or _HAN.search(text):
        run.append(_make("rPr", _make("nor")) if _HAN.search(text) else _make("rPr", _make("sty", val="p")))
    fonts = ET.Element(f"{{{W}}}rFonts", {f"{{{W}}}ascii": "Cambria Math", f"{{{W}}}hAnsi": "Cambria Math"})
    if _HAN.search(text):
        fonts.set(f"{{{W}}}eastAsia", "宋体")
    look = ET.Element(f"{{{W}}}rPr")
    look.append(fonts)
    run.append(look)
    words = _make("t")
    words.text = text
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(words)
    return run


def _fraction(element: ET.Element) -> ET.Element:
    settings = [_make("fPr", _make("type", val="noBar"))] if element.get("linethickness") in ("0", "0pt", "0em") else []
    return _make("f", *settings, _make("num", *_one(element[0])), _make("den", *_one(element[1])))


def _root(element: ET.Element) -> ET.Element:
    if element.tag == "msqrt":
        settings = _make("radPr", _make("degHide", val="1"))
        return _make("rad", settings, _make("deg"), _make("e", *_row(list(element))))
    return _make("rad", _make("deg", *_one(element[1])), _make("e", *_one(element[0])))


def _scripts(element: ET.Element) -> ET.Element:
    base = _make("e", *_one(element[0]))
    if element.tag == "msub":
        return _make("sSub", base, _make("sub", *_one(element[1])))
    if element.tag == "msup":
        return _make("sSup", base, _make("sup", *_one(element[1])))
    return _make("sSubSup", base, _make("sub", *_one(element[1])), _make("sup", *_one(element[2])))


def _over(element: ET.Element) -> ET.Element:
    accent = (element[1].text or "").strip()
    if element.tag == "mover" and element[1].tag == "mo" and accent in _ACCENTS:
        settings = _make("accPr", _make("chr", val=_ACCENTS[accent]))
        return _make("acc", settings, _make("e", *_one(element[0])))
    if element.tag == "munderover":
        low = _make("limLow", _make("e", *_one(element[0])), _make("lim", *_one(element[1])))
        return _make("limUpp", _make("e", low), _make("lim", *_one(element[2])))
    name = "limUpp" if element.tag == "mover" else "limLow"
    return _make(name, _make("e", *_one(element[0])), _make("lim", *_one(element[1])))


def _matrix(element: ET.Element) -> ET.Element:
    left = any(cell.get("columnalign") == "left" for row in element for cell in row)
    columns = max((len(row) for row in element), default=1)
    column = _make("mcPr", _make("count", val=str(columns)), _make("mcJc", val="left" if left else "center"))
    settings = _make("mPr", _make("mcs", _make("mc", column)))
    rows = [_make("mr", *(_make("e", *_row(list(cell))) for cell in row)) for row in element]
    return _make("m", settings, *rows)


_SHAPES: dict[str, Callable[[ET.Element], ET.Element]] = {
    "mfrac": _fraction,
    "msqrt": _root,
    "mroot": _root,
    "msub": _scripts,
    "msup": _scripts,
    "msubsup": _scripts,
    "mover": _over,
    "munder": _over,
    "munderover": _over,
    "mtable": _matrix,
}
