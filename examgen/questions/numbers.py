"""Numbers as people write them, in digits and in Chinese characters."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from examgen.text import simplified

_DIGITS = {
    char: value
    for value, chars in enumerate(("零〇", "一壹幺", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for char in chars
}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_HAN = "".join(_DIGITS) + "".join(_UNITS) + "".join(_MYRIADS)
_PLAIN = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,40})(?:\.[0-9]{0,40})?|\.[0-9]{1,40}"
# Largest power of ten that is read; beyond it an exact fraction would fill the memory.
_MAX_POWER = 300

# A number at the start of a text: sign, digits or Chinese numerals, then a power of ten or a myriad.
NUMBER = re.compile(
    rf"(?P<sign>[+\-负正]?)\s*(?:"
    rf"百分之(?P<percent>{_PLAIN}|[{_HAN}点]+)"
    rf"|(?P<below>[{_HAN}]+)分之(?P<above>[{_HAN}]+)"
    rf"|(?P<top>{_PLAIN})\s*/\s*(?P<bottom>{_PLAIN})"
    rf"|(?P<plain>{_PLAIN})(?:\s*(?:e|E|[x×*·]\s*10\s*(?:\^|\*\*)\s*[{{(]?)\s*(?P<power>[+\-]?[0-9]{{1,4}})[}})]?|(?P<myriads>[万亿千百]+))?"
    rf"|(?P<han>[{_HAN}]+(?:点[{_HAN}]+)?)"
    rf")"
)
_TEN = re.compile(r"(?P<sign>[+\-负正]?)\s*10\s*(?:\^|\*\*)\s*[{(]?\s*(?P<exponent>[+\-]?[0-9]{1,4})[})]?")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")


def half_width(text: str) -> str:
    """A text with one writing of digits, signs and powers; superscripts become ``^n``."""
    raised = re.sub(r"(?<=[0-9])([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)", lambda match: "^" + match[1].translate(_SUPERSCRIPTS), text)
    plain = unicodedata.normalize("NFKC", raised).replace("−", "-").replace("–", "-").replace("⁄", "/")
    return simplified(re.sub(r"(?<=[0-9]),\s(?=[0-9]{3}(?![0-9]))", ",", plain))


def leading_number(text: str) -> tuple[Fraction, str] | None:
    """The number that a text begins with, exactly, and the rest of the text.

    A per cent sign stays in the rest, because it is a unit; ``百分之`` is read as a share.

    Args:
        text: As `half_width` gives it.

    Returns:
        None where the text begins with no number, divides by zero, or has a power beyond 10^300.
    """
    text = text.lstrip()
    if match := _TEN.match(text):
        value = _power(Fraction(1), match["exponent"])
    else:
        match = NUMBER.match(text)
        if not match:
            return None
        value = _value(match)
    if value is None:
        return None
    return (-value if match["sign"] in ("-", "负") else value), text[match.end() :].strip()


def exact_number(text: str) -> Fraction | None:
    """The number that a text is as a whole (``35%`` is 0.35), or None."""
    read = leading_number(half_width(text))
    if read is None:
        return None
    value, rest = read
    if rest in ("%", "％"):
        return value / 100
    return value if not rest else None


def _value(match: re.Match[str]) -> Fraction | None:
    if match["percent"]:
        share = _decimal(match["percent"]) if match["percent"][0] not in _HAN else _han(match["percent"])
        return None if share is None else share / 100
    if match["below"]:
        below, above = _han(match["below"]), _han(match["above"])
        return above / below if below and above is not None else None
    if match["top"]:
        bottom = _decimal(match["bottom"])
        return _decimal(match["top"]) / bottom if bottom else None
    if match["han"]:
        return _han(match["han"])
    value = _decimal(match["plain"])
    for myriad in match["myriads"] or "":
        value *= _MYRIADS.get(myriad) or _UNITS[myriad]
    return _power(value, match["power"]) if match["power"] else value


def _decimal(digits: str) -> Fraction:
    return Fraction(digits.replace(",", "").rstrip(".") or "0")


def _power(value: Fraction, power: str) -> Fraction | None:
    return value * Fraction(10) ** int(power) if abs(int(power)) <= _MAX_POWER else None


def _han(text: str) -> Fraction | None:
    """``二百零三`` is 203, ``三点五`` 3.5, ``一万二`` 12000, ``二〇二六`` 2026."""
    whole, _, decimals = text.partition("点")
    if not all(char in _DIGITS for char in decimals):
        return None
    value = _whole(whole)
    digits = "".join(str(_DIGITS[char]) for char in decimals)
    return None if value is None else value + (Fraction(int(digits), 10 ** len(digits)) if digits else 0)


def _whole(text: str) -> Fraction | None:
    if not text or len(text) > 40:
        return None
    if all(char in _DIGITS for char in text):
        return Fraction(int("".join(str(_DIGITS[char]) for char in text)))
    total = section = digit = unit = myriad = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _UNITS:
            unit = _UNITS[char]
            section, digit = section + (digit or 1) * unit, 0
        else:
            part, unit = section + digit, _MYRIADS[char]
            # 三亿五千万 adds; 一万亿 multiplies.
            total = total + part * unit if total and unit < myriad else (total + part) * unit or unit
            myriad, section, digit = unit, 0, 0
    if digit and unit >= 100 and text[-2] not in _DIGITS:
        # 两百五 is 250, and 一万二 is 12000, but 一百零五 is 105.
        digit *= unit // 10
    return Fraction(total + section + digit)
