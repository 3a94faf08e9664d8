"""Writes names, numbers and QR codes onto a finished PDF, in milliseconds instead of a new layout.

The paper is laid out once for each version. `Stamper` prepares it: every page gets an empty stream for its stamps and
the file gets a place for a font. Stamping then appends only those streams and the font to the unchanged bytes, as an
incremental update (ISO 32000-1, 7.5.6), so a thousand papers cost one layout.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import uharfbuzz as hb

from examgen import fonts
from examgen.errors import ContentError
from examgen.render.pdf import Printed, Spot

FIELD_PT = 10.0
WHO_PT = 8.0
# Two lines of it are as high as the code that they stand beside.
MAX_WHO_PT = 13.0
MIN_PT = 5.0
# From the upper edge of a blank to the baseline of what is written on it, in parts of the size.
BASELINE = 1.12
# A reader takes any of the eight masks; trying them all for the prettiest is four fifths of the time of a code.
QR_MASK = 3


@dataclass(frozen=True)
class _Slots:
    """Numbers of the objects that an update replaces."""

    pages: tuple[int, ...]
    font: int
    descendant: int
    descriptor: int
    file: int
    to_unicode: int


@dataclass(frozen=True)
class _CutFont:
    """The stamps' font, cut to the glyphs in use."""

    name: str
    widths: tuple[tuple[int, int], ...]
    """Glyph and width in thousandths of an em."""
    outlines: bytes
    to_unicode: bytes


# Of Noto Sans CJK.
_DESCRIPTOR: dict[str, Any] = {
    "Flags": 4,
    "FontBBox": [-1002, -1048, 2928, 1808],
    "ItalicAngle": 0,
    "Ascent": 880,
    "Descent": -120,
    "CapHeight": 733,
    "StemV": 80,
}


class Stamper:
    """A laid-out paper that is stamped for one candidate after another."""

    def __init__(self, printed: Printed, texts: Iterable[str] = (), scale: float = 1.0) -> None:
        """Prepare a paper.

        Args:
            printed: The paper with its blanks.
            texts: All texts that will be stamped; their characters make up the font.
            scale: Size of what is written; above 1 for large print.

        Raises:
            ContentError: a character is in no font.
        """
        chars = "".join(sorted(set("".join(texts)) - {"\n"}))
        for char in fonts.missing_in_sans(chars):
            found = f"no font has the character {char!r} (U+{ord(char):04X})"
            raise ContentError("list of candidates", found, "Write the name in another way.")
        self.printed, self.scale = printed, scale
        self.base, self.slots, self.trailer, self.xref_at, self.size = _prepared(printed)
        self._face = hb.Face(hb.Blob(fonts.sans_data(frozenset(map(ord, chars + " ")))))
        self._font = hb.Font(self._face)

    def stamp(self, values: Mapping[str, str], codes: Sequence[str]) -> bytes:
        """The paper with its blanks filled in.

        Args:
            values: What is written on the blanks, by their names; ``who`` may have several lines.
            codes: Text of the QR code of each page.
        """
        stamps, glyphs = self.drawn(values, codes)
        objects = {number: _stream(stamp) for number, stamp in zip(self.slots.pages, stamps, strict=True)}
        # Also where nothing is written: a font that is named has to be one.
        objects |= self._font_objects(glyphs or {self._font.get_nominal_glyph(0x20) or 0: " "})
        return self._updated(objects)

    def drawn(self, values: Mapping[str, str], codes: Sequence[str]) -> tuple[list[bytes], dict[int, str]]:
        """What is drawn onto each sheet, and the glyphs that it needs with their characters."""
        drawn: list[list[str]] = [[] for _ in self.slots.pages]
        glyphs: dict[int, str] = {}
        for name, spot in self.printed.spots:
            if name == "qr":
                drawn[spot.sheet].append(_qr(spot, codes[spot.page]))
            elif values.get(name):
                drawn[spot.sheet].append(self._text(spot, values[name], glyphs, right=name == "who"))
        return ["\n".join(["Q /Artifact BMC q 0 g", *parts, "Q EMC"]).encode("ascii") for parts in drawn], glyphs

    def fill_font(self, pdf: Any, font: Any, glyphs: Mapping[int, str]) -> None:
        """Put the font, cut to some glyphs, into another PDF at the place that the base keeps for it."""
        from pikepdf import Array, Dictionary, Name, String

        cut = self._cut_font(glyphs)
        cid = font.DescendantFonts[0]
        descriptor = cid.FontDescriptor
        descriptor.FontFile3.write(cut.outlines)
        descriptor.FontFile3.Subtype = Name.CIDFontType0C
        font.ToUnicode.write(cut.to_unicode)
        widths = Array([part for glyph, width in cut.widths for part in (glyph, Array([width]))])
        system = Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0)
        name = Name(f"/{cut.name}")
        for place, entries in (
            (descriptor, _DESCRIPTOR | {"FontName": name}),
            (cid, {"Subtype": Name.CIDFontType0, "BaseFont": name, "CIDSystemInfo": system, "W": widths}),
            (font, {"Subtype": Name.Type0, "BaseFont": name, "Encoding": Name("/Identity-H")}),
        ):
            place.Type = Name.FontDescriptor if place is descriptor else Name.Font
            for key, value in entries.items():
                place[f"/{key}"] = pdf.make_indirect(value) if key == "CIDSystemInfo" else value

    def _text(self, spot: Spot, text: str, glyphs: dict[int, str], *, right: bool) -> str:
        """Text along a blank, made smaller where it is too long for it."""
        along = abs(spot.to_x - spot.x) >= abs(spot.to_y - spot.y)
        dx, dy = (1, 0) if along else (0, 1 if spot.to_y > spot.y else -1)
        room = abs(spot.to_x - spot.x) if along else abs(spot.to_y - spot.y)
        x, y, parts = spot.x, spot.y, ["BT"]
        for line in text.split("\n"):
            codes, width = [], 0.0
            for char in line:
                glyph = self._font.get_nominal_glyph(ord(char)) or 0
                glyphs[glyph] = char
                codes.append(f"{glyph:04x}")
                width += self._font.get_glyph_h_advance(glyph) / self._face.upem
            full = min(WHO_PT * self.scale, MAX_WHO_PT) if right else FIELD_PT * self.scale
            size = max(min(full, room / width if width else full), MIN_PT)
            squeeze = min(1.0, room / (width * size)) if width else 1.0
            start = room - width * size * squeeze if right else 0.0
            # Down the page, as one reads it, is a quarter turn to the right of the writing's direction.
            at_x = x + dx * start + dy * full * BASELINE
            at_y = y + dy * start - dx * full * BASELINE
            parts.append(f"/Stamp {size:.2f} Tf {squeeze * 100:.1f} Tz")
            parts.append(f"{dx} {dy} {-dy} {dx} {at_x:.2f} {at_y:.2f} Tm <{''.join(codes)}> Tj")
            x, y = x + dy * full * 1.35, y - dx * full * 1.35
        return " ".join([*parts, "ET"])

    def _cut_font(self, glyphs: Mapping[int, str]) -> _CutFont:
        wanted = hb.SubsetInput()
        wanted.glyph_set.update(glyphs)
        wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING
        outlines = hb.subset(self._face, wanted).reference_table("CFF ").data
        tag = "".join(chr(ord("A") + byte % 26) for byte in hashlib.sha256(outlines).digest()[:6])
        scale = 1000 / self._face.upem
        mapped = [f"<{g:04x}> <{char.encode('utf-16-be').hex()}>" for g, char in sorted(glyphs.items())]
        blocks = [mapped[start : start + 100] for start in range(0, len(mapped), 100)]
        lines = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        to_unicode = (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def /CMapName /Stamp def\n"
            f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{lines}\n"
            "endcmap CMapName currentdict /CMap defineresource pop end end"
        )
        return _CutFont(
            name=f"{tag}+ExamSans",
            widths=tuple((g, round(self._font.get_glyph_h_advance(g) * scale)) for g in sorted(glyphs)),
            outlines=outlines,
            to_unicode=to_unicode.encode("ascii"),
        )

    def _font_objects(self, glyphs: Mapping[int, str]) -> dict[int, bytes]:
        """The font, cut to some glyphs, as the five objects of a composite font."""
        cut, slots = self._cut_font(glyphs), self.slots
        widths = " ".join(f"{glyph} [{width}]" for glyph, width in cut.widths)
        described = " ".join(f"/{key} {str(value).replace(',', '')}" for key, value in _DESCRIPTOR.items())
        return {
            slots.font: (
                f"<< /Type /Font /Subtype /Type0 /BaseFont /{cut.name} /Encoding /Identity-H "
                f"/DescendantFonts [{slots.descendant} 0 R] /ToUnicode {slots.to_unicode} 0 R >>"
            ).encode("ascii"),
            slots.descendant: (
                f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{cut.name} /CIDSystemInfo << /Registry (Adobe) "
                f"/Ordering (Identity) /Supplement 0 >> /W [{widths}] /FontDescriptor {slots.descriptor} 0 R >>"
            ).encode("ascii"),
            slots.descriptor: (
                f"<< /Type /FontDescriptor /FontName /{cut.name} {described} /FontFile3 {slots.file} 0 R >>"
            ).encode("ascii"),
            slots.file: _stream(cut.outlines, "/Subtype /CIDFontType0C"),
            slots.to_unicode: _stream(cut.to_unicode),
        }

    def _updated(self, objects: Mapping[int, bytes]) -> bytes:
        """The base with an update section: objects, and a cross-reference stream that leads back to the base's."""
        out = io.BytesIO()
        out.write(self.base)
        places: dict[int, int] = {}
        for number, body in sorted(objects.items()):
            places[number] = out.tell()
            out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
        table = self.size
        places[table] = out.tell()
        numbers = sorted(places)
        entries = b"".join(struct.pack(">BIH", 1, places[number], 0) for number in numbers)
        runs = _runs(numbers)
        changed = hashlib.sha256(b"".join(objects[number] for number in sorted(objects))).hexdigest()[:32]
        head = (
            f"/Type /XRef /Size {table + 1} /W [1 4 2] /Index [{runs}] /Prev {self.xref_at} "
            f"{self.trailer} /ID [{_first_id(self.base)} <{changed}>]"
        )
        out.write(
            b"%d 0 obj\n" % table + _stream(entries, head) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % places[table]
        )
        return out.getvalue()


def _runs(numbers: Sequence[int]) -> str:
    """``first count`` pairs of the numbers, which are in order."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == sum(runs[-1]):
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    return " ".join(f"{first} {count}" for first, count in runs)


def _stream(data: bytes, more: str = "") -> bytes:
    packed = zlib.compress(data, 9)
    head = f"<< /Length {len(packed)} /Filter /FlateDecode {more} >>\nstream\n"
    return head.encode("ascii") + packed + b"\nendstream"


def _qr(spot: Spot, text: str) -> str:
    """A QR code as filled boxes, one for each run of dark modules."""
    import segno

    rows = [bytes(row) for row in segno.make(text, error="m", micro=False, boost_error=False, mask=QR_MASK).matrix]
    count = len(rows)
    across, down = (spot.to_x - spot.x) / count, (spot.y - spot.to_y) / count
    parts = [f"q {across:.4f} 0 0 {-down:.4f} {spot.x:.3f} {spot.y:.3f} cm"]
    for number, row in enumerate(rows):
        start = 0
        while (start := row.find(1, start)) >= 0:
            end = row.find(0, start)
            end = count if end < 0 else end
            parts.append(f"{start} {number} {end - start} 1 re")
            start = end
    return " ".join([*parts, "f Q"])


def _prepared(printed: Printed) -> tuple[bytes, _Slots, str, int, int]:
    """The PDF with room for stamps; the slots, the trailer's entries, where its cross-reference starts, its size."""
    import pikepdf
    from pikepdf import Array, Dictionary, Name, Stream

    with pikepdf.open(io.BytesIO(printed.data)) as pdf:
        font_file, to_unicode = (pdf.make_indirect(Stream(pdf, b"")) for _ in range(2))
        font, descendant, descriptor = (pdf.make_indirect(Dictionary(Slot=number)) for number in range(3))
        descendant.FontDescriptor, descriptor.FontFile3 = descriptor, font_file
        font.DescendantFonts, font.ToUnicode = Array([descendant]), to_unicode
        opening = pdf.make_indirect(Stream(pdf, b"q"))
        for page in pdf.pages:
            own = page.Contents if isinstance(page.Contents, Array) else Array([page.Contents])
            # WeasyPrint leaves its own axes on: what it draws is put between q and Q.
            page.Contents = Array([opening, *own, pdf.make_indirect(Stream(pdf, b"Q"))])
            if Name.Font not in page.Resources:
                page.Resources.Font = Dictionary()
            page.Resources.Font.Stamp = font
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=False)
    data = out.getvalue()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        stamp = pdf.pages[0].Resources.Font.Stamp
        cid = stamp.DescendantFonts[0]
        slots = _Slots(
            pages=tuple(page.Contents[-1].objgen[0] for page in pdf.pages),
            font=stamp.objgen[0],
            descendant=cid.objgen[0],
            descriptor=cid.FontDescriptor.objgen[0],
            file=cid.FontDescriptor.FontFile3.objgen[0],
            to_unicode=stamp.ToUnicode.objgen[0],
        )
        trailer = f"/Root {_ref(pdf.trailer.Root)}"
        if Name.Info in pdf.trailer:
            trailer += f" /Info {_ref(pdf.trailer.Info)}"
        size = int(pdf.trailer.Size)
    xref_at = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    return data, slots, trailer, xref_at, size


def _ref(item: Any) -> str:
    return f"{item.objgen[0]} {item.objgen[1]} R"


def _first_id(data: bytes) -> str:
    import re

    match = re.search(rb"/ID\s*\[\s*(<[0-9a-fA-F]+>)", data)
    return match[1].decode("ascii") if match else "<00>"
