"""Small charts as SVG text: no library, no script, readable by a screen reader, the same bytes each time."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape


def histogram(bins: Sequence[int], label: str, *, width: int = 560, height: int = 150) -> Markup:
    """Bars over the share of the marks, 0 to 100 %.

    Args:
        bins: Counts of equally wide bins from 0 to full marks.
        label: What is counted; read out by a screen reader.
    """
    tallest = max(bins, default=0) or 1
    left, top, bottom = 34, 14, 22
    span = width - left - 6
    step = span / len(bins)
    bars = []
    for n, count in enumerate(bins):
        bar = (height - top - bottom) * count / tallest
        x, y = left + n * step, height - bottom - bar
        low, high = n * 100 // len(bins), (n + 1) * 100 // len(bins)
        if count:
            bars.append(
                f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="{bar:.1f}" rx="1.5">'
                f"<title>{low}-{high} %: {count}</title></rect>"
            )
    base = height - bottom
    ticks = "".join(
        f'<text x="{left + share * span / 100:.1f}" y="{height - 6}" text-anchor="{anchor}">{share} %</text>'
        for share, anchor in ((0, "start"), (25, "middle"), (50, "middle"), (75, "middle"), (100, "end"))
    )
    scale = f'<text x="{left - 6}" y="{top + 4}" text-anchor="end">{tallest}</text>'
    summary = escape(f"{label}: {sum(bins)}")
    return Markup(  # noqa: S704  # numbers and one escaped label
        f'<svg class="histogram" viewBox="0 0 {width} {height}" role="img" aria-label="{summary}">'
        f'<line x1="{left}" y1="{base}" x2="{width - 6}" y2="{base}"/>{"".join(bars)}{ticks}{scale}</svg>'
    )


def meter(share: float | None, label: str = "") -> Markup:
    """One horizontal bar filled to a share of 0..1."""
    if share is None:
        return Markup('<span class="none">–</span>')
    percent = round(100 * share)
    title = escape(label or f"{percent} %")
    return Markup(  # noqa: S704
        f'<svg class="meter" viewBox="0 0 100 8" role="img" aria-label="{title}">'
        '<rect class="track" width="100" height="8" rx="2"/>'
        f'<rect class="fill" width="{percent}" height="8" rx="2"/></svg>'
    )
