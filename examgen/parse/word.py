"""What a Word document says about its paragraphs as a whole: styles, and how lists are numbered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree as Xml

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HEADING_NAME = re.compile(r"(?:heading|标题|標題)\s*([1-6])$", re.IGNORECASE)
CODE_NAME = re.compile(r"code|preformatted|source|代码|程式碼", re.IGNORECASE)
HAN_DIGITS = "零一二三四五六七八九"
# Styles build on each other; more steps than this are a circle.
MAX_STEPS = 20
# Word writes the 27th entry AA, the 53rd AAA; it knows no more than 30 letters side by side, and no longer level text.
MAX_LETTERED = 780
MAX_LEVEL_TEXT = 100


@dataclass(frozen=True)
class Level:
    """How one level of a list is numbered."""

    number_format: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(frozen=True)
class List:
    """A list as paragraphs refer to it. Lists of one origin count on together, unless one starts anew."""

    origin: str
    levels: dict[int, Level]
    restarts: bool = False


@dataclass(frozen=True)
class Style:
    """What matters of a style of paragraphs or characters."""

    heading: int = 0
    code: bool = False
    bold: bool = False
    numbering: tuple[str, int] | None = None


@dataclass
class Counters:
    """The numbers that Word prints in front of the paragraphs of lists."""

    lists: dict[str, List]
    values: dict[str, dict[int, int]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """Lists that a paragraph has referred to."""

    def state(self) -> tuple[dict[str, dict[int, int]], set[str]]:
        """How far has been counted, to `restore` where paragraphs are read again."""
        return {origin: dict(counts) for origin, counts in self.values.items()}, set(self.used)

    def restore(self, state: tuple[dict[str, dict[int, int]], set[str]]) -> None:
        """Count on from there."""
        self.values, self.used = state

    def next(self, identifier: str, at: int) -> str:
        """The number in front of the next paragraph of a list, as Word prints it; a hyphen for bullets."""
        its_list = self.lists.get(identifier, List(identifier, {}))
        levels = its_list.levels
        level = levels.get(at, Level())
        if its_list.restarts and identifier not in self.used:
            self.values.pop(its_list.origin, None)
        self.used.add(identifier)
        counters = self.values.setdefault(its_list.origin, {})
        counters[at] = counters.get(at, level.start - 1) + 1
        for deeper in [other for other in counters if other > at]:
            del counters[deeper]
        if level.number_format in ("bullet", "none") or "%" not in level.text:
            return "-"

        def number(found: re.Match[str]) -> str:
            shown = int(found[1]) - 1
            its = levels.get(shown, Level())
            return numeral(counters.get(shown, its.start), its.number_format)

        return re.sub(r"%([1-9])", number, level.text)


def val(element: Xml.Element | None, default: str = "") -> str:
    """The value of an element that holds nothing else."""
    return element.get(f"{W}val", default) if element is not None else default


def read_styles(root: Xml.Element | None) -> dict[str, Style]:
    """Styles by their ids; what a style leaves open, the one that it is based on decides."""
    elements = (
        {element.get(f"{W}styleId", ""): element for element in root.iter(f"{W}style")} if root is not None else {}
    )
    return {identifier: _style(_based(elements, identifier)) for identifier in elements}


def _based(elements: dict[str, Xml.Element], identifier: str) -> list[Xml.Element]:
    """A style and those below it that it builds on."""
    found: list[Xml.Element] = []
    while identifier in elements and len(found) < MAX_STEPS:
        found.append(elements[identifier])
        identifier = val(elements[identifier].find(f"{W}basedOn"))
    return found


def _style(elements: list[Xml.Element]) -> Style:
    heading, code = 0, False
    bold: bool | None = None
    numbered: tuple[str, int] | None = None
    for element in elements:
        properties = element.find(f"{W}pPr")
        name = val(element.find(f"{W}name"))
        named = HEADING_NAME.match(name)
        heading = heading or (int(named[1]) if named else outline_level(properties))
        code = code or CODE_NAME.search(name) is not None
        bold = is_on(element.find(f"{W}rPr"), "b") if bold is None else bold
        numbered = numbered or numbering_of(properties, None)
    return Style(heading, code, bool(bold), numbered)


def is_on(properties: Xml.Element | None, name: str) -> bool | None:
    """Whether a property such as bold is switched on or off; None where nothing is said."""
    switch = properties.find(f"{W}{name}") if properties is not None else None
    return None if switch is None else val(switch, "1") not in ("0", "false", "off", "none")


def outline_level(properties: Xml.Element | None) -> int:
    """The heading level that a paragraph's outline level amounts to; 0 for body text."""
    level = val(properties.find(f"{W}outlineLvl")) if properties is not None else ""
    return int(level) + 1 if level.isdigit() and int(level) < 6 else 0


def numbering_of(properties: Xml.Element | None, style: Style | None) -> tuple[str, int] | None:
    """The list of a paragraph and the level in it."""
    element = properties.find(f"{W}numPr") if properties is not None else None
    if element is None:
        return style.numbering if style else None
    level = val(element.find(f"{W}ilvl"), "0")
    identifier = val(element.find(f"{W}numId"))
    if not identifier and style and style.numbering:
        identifier = style.numbering[0]
    return (identifier, int(level)) if identifier not in ("", "0") and level.isdigit() else None


def read_lists(root: Xml.Element | None) -> dict[str, List]:
    """Lists by the ids that paragraphs refer to."""
    if root is None:
        return {}
    abstract = {
        element.get(f"{W}abstractNumId", ""): {
            int(level.get(f"{W}ilvl", "0")): _level(level) for level in element.findall(f"{W}lvl")
        }
        for element in root.findall(f"{W}abstractNum")
    }
    found = {}
    for element in root.findall(f"{W}num"):
        origin = val(element.find(f"{W}abstractNumId"))
        levels = dict(abstract.get(origin, {}))
        restarts = False
        for override in element.findall(f"{W}lvlOverride"):
            at = int(override.get(f"{W}ilvl", "0"))
            level = override.find(f"{W}lvl")
            start = val(override.find(f"{W}startOverride"))
            levels[at] = _level(level) if level is not None else levels.get(at, Level())
            if start.isdigit():
                restarts = True
                levels[at] = replace(levels[at], start=int(start))
        found[element.get(f"{W}numId", "")] = List(origin, levels, restarts)
    return found


def _level(element: Xml.Element) -> Level:
    start = val(element.find(f"{W}start"), "1")
    return Level(
        val(element.find(f"{W}numFmt"), "decimal"),
        val(element.find(f"{W}lvlText"), "%1.")[:MAX_LEVEL_TEXT],
        int(start) if start.isdigit() else 1,
    )


def numeral(value: int, number_format: str) -> str:
    """A number in one of Word's formats; formats that no exam uses come out in digits."""
    if "ounting" in number_format or "ideograph" in number_format.lower():
        return _han(value)
    if number_format in ("upperLetter", "lowerLetter") and 0 < value <= MAX_LETTERED:
        letter = chr(ord("A") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter if number_format == "upperLetter" else letter.lower()
    if "Circle" in number_format and 1 <= value <= 20:
        return chr(0x245F + value)
    return str(value)


def _han(value: int) -> str:
    if not 0 < value < 100:
        return "".join(HAN_DIGITS[int(digit)] for digit in str(value))
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{HAN_DIGITS[tens]}十"
    return head + (HAN_DIGITS[ones] if ones else "")
