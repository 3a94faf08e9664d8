"""Finished pages onto other sheets: two side by side on one that is folded, and many papers in one print run."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from examgen.render.pdf import Printed, Spot

if TYPE_CHECKING:
    from examgen.render.stamp import Stamper

_MARK = re.compile(rb"/MCID (\d+)")


def fold(printed: Printed) -> Printed:
    """Put two pages side by side on each sheet, in reading order, as a school prints A3.

    Tags, bookmarks and blanks move with their pages. WeasyPrint gives all pages the same resources, so nothing has to
    be renamed.
    """
    import pikepdf
    from pikepdf import Array, Stream

    with pikepdf.open(io.BytesIO(printed.data)) as pdf:
        pages = [page.obj for page in pdf.pages]
        moved: dict[tuple[int, int], tuple[Any, float, int]] = {}
        tree = pdf.Root.StructTreeRoot.ParentTree
        owners = {int(tree.Nums[at]): tree.Nums[at + 1] for at in range(0, len(tree.Nums), 2)}
        numbers = Array()
        for sheet, at in enumerate(range(0, len(pages), 2)):
            left, right = pages[at], pages[at + 1] if at + 1 < len(pages) else None
            width = float(left.MediaBox[2])
            box = Array([0, 0, round(2 * width, 4), left.MediaBox[3]])
            marks = owners[int(left.StructParents)]
            content = [b"q ", _content(left), b" Q"]
            moved[left.objgen] = (left, 0.0, 0)
            if right is not None:
                first = len(marks)
                shifted = _MARK.sub(lambda match, n=first: b"/MCID %d" % (int(match[1]) + n), _content(right))  # type: ignore[misc]
                content += [b" q 1 0 0 1 %.4f 0 cm " % width, shifted, b" Q"]
                marks = Array([*marks, *owners[int(right.StructParents)]])
                moved[right.objgen] = (left, width, first)
            numbers.append(sheet)
            numbers.append(pdf.make_indirect(marks))
            left.Contents = pdf.make_indirect(Stream(pdf, b"".join(content)))
            left.MediaBox = left.TrimBox = left.BleedBox = box
            left.StructParents = sheet
        _move_tags(pdf.Root.StructTreeRoot, moved)
        for target in _targets(pdf):
            page, across, _ = moved[target[0].objgen]
            target[0] = page
            if len(target) > 2 and target[2] is not None:
                target[2] = round(float(target[2]) + across, 4)
        tree.Nums = numbers
        for number in range(len(pages) - 1, -1, -1):
            if number % 2:
                del pdf.pages[number]
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    spots = tuple((name, _beside(spot, printed.width)) for name, spot in printed.spots)
    return replace(printed, data=out.getvalue(), spots=spots)


def _content(page: Any) -> bytes:
    import pikepdf

    streams = page.Contents if isinstance(page.Contents, pikepdf.Array) else [page.Contents]
    return b"\n".join(stream.read_bytes() for stream in streams)


def _move_tags(root: Any, moved: Mapping[tuple[int, int], tuple[Any, float, int]]) -> None:
    """Point the structure's elements to the sheets, and renumber what stands on right-hand halves."""
    import pikepdf

    waiting = [root]
    while waiting:
        element = waiting.pop()
        first = 0
        if "/Pg" in element:
            element.Pg, _, first = moved[element.Pg.objgen]
        if "/K" not in element:
            continue
        kids = element.K if isinstance(element.K, pikepdf.Array) else pikepdf.Array([element.K])
        for at, kid in enumerate(kids):
            if isinstance(kid, int):
                kids[at] = kid + first
            elif isinstance(kid, pikepdf.Dictionary):
                waiting.append(kid)
        element.K = kids


def _targets(pdf: Any) -> Iterable[Any]:
    """The places that bookmarks and names lead to, each an array that begins with a page."""
    if "/Outlines" in pdf.Root:
        waiting = [pdf.Root.Outlines]
        while waiting:
            mark = waiting.pop()
            if "/Dest" in mark:
                yield mark.Dest
            waiting += [mark[name] for name in ("/First", "/Next") if name in mark]
    if "/Names" in pdf.Root and "/Dests" in pdf.Root.Names:
        names = pdf.Root.Names.Dests.get("/Names", [])
        for at in range(1, len(names), 2):
            yield names[at]


def _beside(spot: Spot, width: float) -> Spot:
    across = width * (spot.page % 2)
    return replace(spot, sheet=spot.page // 2, x=spot.x + across, to_x=spot.to_x + across)


def print_run(papers: Sequence[tuple[Stamper, Mapping[str, str], Sequence[str]]], path: Path) -> int:
    """Write many papers into one PDF for the printer; what is the same for all stands in it once.

    A paper with an odd number of sheets gets an empty one at its end, so that each begins on the front of a sheet
    when it is printed on both sides. For the printer alone: the file has no tags.

    Args:
        papers: What stamps a paper, what is written on its blanks, and the texts of its codes.
        path: The file.

    Returns:
        The number of pages.
    """
    import pikepdf
    from pikepdf import Array, Dictionary, Name, Stream

    with pikepdf.new() as out:
        bases: dict[int, list[Any]] = {}
        font: Any = None
        glyphs: dict[int, str] = {}
        count = 0
        for stamper, values, codes in papers:
            if id(stamper) not in bases:
                with pikepdf.open(io.BytesIO(stamper.base)) as source:
                    bases[id(stamper)] = [out.copy_foreign(_untagged(page.obj)) for page in source.pages]
                    font = font if font is not None else bases[id(stamper)][0].Resources.Font.Stamp
                    bases[id(stamper)][0].Resources.Font.Stamp = font
            stamps, used = stamper.drawn(values, codes)
            glyphs |= used
            for base, stamp in zip(bases[id(stamper)], stamps, strict=True):
                page = Dictionary(
                    Type=Name.Page,
                    MediaBox=base.MediaBox,
                    Resources=base.Resources,
                    Contents=Array([*list(base.Contents)[:-1], out.make_indirect(Stream(out, stamp))]),
                )
                out.pages.append(pikepdf.Page(out.make_indirect(page)))
                count += 1
            if len(stamps) % 2:
                out.add_blank_page(page_size=(float(base.MediaBox[2]), float(base.MediaBox[3])))
                count += 1
        if glyphs:
            stamper.fill_font(out, font, glyphs)
        out.save(path, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return count


def join(files: Sequence[Path], path: Path) -> int:
    """Write finished papers into one PDF, each beginning on the front of a sheet.

    Returns:
        The number of pages.
    """
    import pikepdf

    with pikepdf.new() as out:
        for file in files:
            with pikepdf.open(file) as source:
                out.pages.extend(pikepdf.Page(_untagged(page.obj)) for page in source.pages)
                if len(source.pages) % 2:
                    box = source.pages[0].mediabox
                    out.add_blank_page(page_size=(float(box[2]), float(box[3])))
        out.save(path, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return len(out.pages)


def _untagged(page: Any) -> Any:
    for name in ("/StructParents", "/Parent", "/Tabs", "/Annots"):
        if name in page:
            del page[name]
    return page
