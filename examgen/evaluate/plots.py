"""Pictures of an evaluation, as one SVG: no library, no script, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from examgen.evaluate.summary import Summary

SIDE, GAP, LEFT, TOP = 190, 62, 56, 64
ROW = SIDE + 96
INK, SOFT, LINE, FILL = "#1f2933", "#6b7785", "#2563a8", "#9fc3e6"
FONT = "font-family='system-ui, Noto Sans SC, sans-serif'"


def draw(summaries: Sequence[Summary], title: str, tolerated: float) -> str:
    """Draw one row a data set: are marks as high as they should be, what is decided, which marks are confused.

    Args:
        title: Goes on top.
        tolerated: The error, as a share of the maximum, that the middle picture counts from.
    """
    width, height = LEFT + 3 * SIDE + 2 * GAP + 40, TOP + ROW * len(summaries)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}'"
        f" {FONT}>",
        f"<rect width='{width}' height='{height}' fill='white'/>",
        _text(LEFT, 30, title, 16, INK, weight=600),
    ]
    for number, summary in enumerate(summaries):
        top = TOP + number * ROW
        parts.append(
            _text(LEFT, top, f"{summary.dataset}: {summary.answers} answers, {summary.questions} questions", 13, INK)
        )
        for column, panel in enumerate((_reliability(summary), _risk(summary, tolerated), _confusion(summary))):
            parts.append(f"<g transform='translate({LEFT + column * (SIDE + GAP)} {top + 16})'>{panel}</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _reliability(summary: Summary) -> str:
    largest = max((each.answers for each in summary.bins), default=1)
    dots = [
        f"<circle cx='{_x(each.given)}' cy='{_y(each.human)}' r='{2 + 7 * (each.answers / largest) ** 0.5:.1f}'"
        f" fill='{FILL}' stroke='{LINE}'><title>{each.answers} answers</title></circle>"
        for each in summary.bins
    ]
    diagonal = f"<path d='M0 {SIDE} L{SIDE} 0' stroke='{SOFT}' stroke-dasharray='3 3'/>"
    return _frame("our mark", "human mark") + diagonal + "".join(dots)


def _risk(summary: Summary, tolerated: float) -> str:
    top = max(0.2, *(point.wrong for point in summary.curve))
    path = " ".join(
        f"{'M' if not number else 'L'}{_x(point.decided)} {_y(point.wrong / top)}"
        for number, point in enumerate(summary.curve)
    )
    mark = f"<path d='M{_x(summary.decided)} 0 V{SIDE}' stroke='{SOFT}' stroke-dasharray='3 3'/>"
    line = f"<path d='{path}' fill='none' stroke='{LINE}' stroke-width='2'/>"
    return _frame("share decided", f"share off by more than {tolerated:g}", top) + mark + line


def _confusion(summary: Summary) -> str:
    size = len(summary.table)
    cell = SIDE / size
    parts = []
    for row, line in enumerate(summary.table):
        total = max(1, sum(line))
        for column, count in enumerate(line):
            x, y = column * cell, SIDE - (row + 1) * cell
            parts.append(
                f"<rect x='{x:.1f}' y='{y:.1f}' width='{cell:.1f}' height='{cell:.1f}' fill='{LINE}'"
                f" fill-opacity='{0.85 * count / total:.2f}'/>"
            )
            if count:
                ink = "white" if count > total / 2 else INK
                parts.append(_text(x + cell / 2, y + cell / 2 + 4, str(count), 10, ink, "middle"))
    return _frame("our mark", "human mark") + "".join(parts)


def _frame(below: str, beside: str, top: float = 1.0) -> str:
    return "".join(
        [
            f"<rect width='{SIDE}' height='{SIDE}' fill='none' stroke='{SOFT}'/>",
            _text(SIDE / 2, SIDE + 30, below, 11, SOFT, "middle"),
            f"<g transform='translate(-32 {SIDE / 2}) rotate(-90)'>{_text(0, 0, beside, 11, SOFT, 'middle')}</g>",
            *(_text(_x(tick), SIDE + 14, f"{tick:g}", 10, SOFT, "middle") for tick in (0, 0.5, 1)),
            *(_text(-6, _y(tick) + 4, f"{tick * top:.2g}", 10, SOFT, "end") for tick in (0, 0.5, 1)),
        ]
    )


def _x(share: float) -> str:
    return f"{share * SIDE:.1f}"


def _y(share: float) -> float:
    return round((1 - share) * SIDE, 1)


def _text(x: float | str, y: float, text: str, size: int, ink: str, anchor: str = "start", weight: int = 400) -> str:
    return (
        f"<text x='{x}' y='{y}' font-size='{size}' fill='{ink}' text-anchor='{anchor}' font-weight='{weight}'>"
        f"{escape(text)}</text>"
    )
