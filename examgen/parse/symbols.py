"""Characters that Word keeps as places in a font of symbols, and small letters above and below the line."""

from __future__ import annotations

_WINGDINGS = {
    0xFC: "✓", 0xFB: "✗", 0xFE: "☑", 0xFD: "☒", 0xA8: "☐", 0x6F: "☐", 0x71: "☐", 0x72: "☐", 0xA1: "○", 0x6C: "●",
    0x6E: "■", 0x75: "◆", 0xE0: "→", 0xDF: "←", 0xF0: "⇒", 0xAB: "★", 0xA7: "▪", 0x9F: "•", 0xD8: "➢",
}  # fmt: skip
_WINGDINGS |= {0x80 + at: char for at, char in enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿")}
_WINGDINGS_2 = {0x50: "✓", 0x4F: "✗", 0x52: "☑", 0x51: "☒", 0x53: "☒", 0xA3: "☐"}
_SYMBOL = dict(
    zip(
        range(0x41, 0x5B),
        "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ",
        strict=True,
    )
)
_SYMBOL |= dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
_SYMBOL |= {
    0x22: "∀", 0x24: "∃", 0x27: "∋", 0x40: "≅", 0x5C: "∴", 0x5E: "⊥", 0x7E: "∼", 0xA3: "≤", 0xA5: "∞", 0xAB: "↔",
    0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB5: "∝", 0xB6: "∂",
    0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBA: "≡", 0xBB: "≈", 0xBC: "…", 0xC6: "∅", 0xC7: "∩", 0xC8: "∪", 0xC9: "⊃",
    0xCA: "⊇", 0xCC: "⊂", 0xCD: "⊆", 0xCE: "∈", 0xCF: "∉", 0xD0: "∠", 0xD1: "∇", 0xD5: "∏", 0xD6: "√", 0xD7: "⋅",
    0xD8: "¬", 0xD9: "∧", 0xDA: "∨", 0xDB: "⇔", 0xDC: "⇐", 0xDE: "⇒", 0xE5: "∑", 0xF2: "∫",
}  # fmt: skip
_FONTS = {"wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2, "symbol": _SYMBOL}
_HIGH = dict(zip("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True)) | {"−": "⁻", "－": "⁻", "＋": "⁺"}
_LOW = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True)) | {"−": "₋", "－": "₋", "＋": "₊"}


def symbol(font: str, code: str) -> str:
    """The character at a place in a font, given in hex as Word writes it; empty where none is known."""
    try:
        place = int(code, 16)
    except ValueError:
        return ""
    known = _FONTS.get(font.strip().lower())
    if known is None:
        # Other fonts have the characters of Unicode in their places, but for those of nobody's meaning.
        return (
            "" if 0xE000 <= place <= 0xF8FF or not 0x20 <= place <= 0xFFFF or 0xD800 <= place < 0xE000 else chr(place)
        )
    return known.get(place & 0xFF, "")


def written_low_or_high(text: str, *, high: bool) -> str:
    """Raised or lowered text: as characters of that shape, or as a formula where there are none."""
    shapes = _HIGH if high else _LOW
    bare = text.strip()
    if all(char in shapes for char in bare):
        return text.replace(bare, "".join(shapes[char] for char in bare))
    return text if "$" in bare else text.replace(bare, f"${'^' if high else '_'}{{{bare}}}$")
