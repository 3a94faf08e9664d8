"""Print how well duplicates are found in sets that nothing was tuned on: the table of docs/duplicates.md.

python tools/measure_dedupe.py
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from examgen.dedupe import Duplicates, find_duplicates
from examgen.embed import open_encoder
from tests.dedupe.sets import HELD_OUT, WRITTEN_BLIND, Labelled, agreements, load


def main() -> None:
    warnings.simplefilter("ignore")
    encoder = open_encoder()
    sets = {name: load(name) for name in HELD_OUT}
    found = {name: (labelled, find_duplicates(labelled.items, encoder)) for name, labelled in sets.items()}
    for name, reading in found.items():
        print_line(name, [reading])
    print_line("written blind", [found[name] for name in HELD_OUT if name in WRITTEN_BLIND])
    print_line("not written blind", [found[name] for name in HELD_OUT if name not in WRITTEN_BLIND])
    print_line("all", list(found.values()))


def print_line(title: str, readings: Sequence[tuple[Labelled, Duplicates]]) -> None:
    said = []
    for what, figures in zip(("same", "related"), agreements(readings), strict=True):
        pairs = figures.right + figures.missed
        said.append(
            f"{what} ({pairs:3} pairs) P {figures.precision:.2f} R {figures.recall:.2f} F1 {figures.f1:.2f},"
            f" {figures.wrong:2} of {figures.right + figures.wrong:3} wrong"
        )
    print(f"{title:26}", *said, sep="  ", flush=True)


if __name__ == "__main__":
    main()
