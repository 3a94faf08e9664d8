"""Fit what tells duplicates apart on the development sets; print what domains give that are held out.

    python tools/fit_dedupe.py

Writes pairs.safetensors and pairs.onnx, the reader of pairs, and weights.json, all in examgen/dedupe. Development sets:
tests/assets/duplicates/dev-*.txt, written for this purpose. No other labels are read.

A fifth of the sets is held out in turn: what is printed of a set comes of a reader and of weights that learned from
other sets. The weights are fitted to pairs as they look in three piles: that of their set, half of it, and that of
four sets together, since how far two items stand out depends on what else is there.
"""

from __future__ import annotations

import math
import random
import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from examgen.dedupe.compare import Comparer
from examgen.dedupe.evidence import Evidence, Reading
from examgen.dedupe.find import NEIGHBOURS
from examgen.dedupe.model import figure
from examgen.dedupe.neighbours import nearest_pairs
from examgen.dedupe.second_look import SHIPPED, SecondLook
from examgen.embed import open_encoder
from examgen.model import Item
from examgen.records import read_json, write_json
from examgen.scorers.onnx_reader import write_graph
from examgen.scorers.reader import load_reader, save_reader
from tests.dedupe.sets import FOLDER, Labelled, load
from tools.train_pairs import MEMBERS, LabelledPair, train_readers

WEIGHTS = Path(__file__).parent.parent / "examgen" / "dedupe" / "weights.json"
FOLDS, TOGETHER = 5, 4
# Different questions that are shown to the reader are among so many nearest of one of the two.
HARD = 10
BARS = [f"bar:{sort}" for sort in ("wish", "second", "class", "template", "names", "things", "kinds", "special")]
CLOSER = [
    "closer.asked",
    "question*alike",
    "closer.answers",
    "closer.nearer",
    "closer.answer_nearer",
    "closer.answer_nearer_next",
    "closer.matched",
    "closer.fewest_words",
    "closer.most_words",
    "closer.told",
    "gap",
    "named",
]
OF_RELATED = ["question", "larger_overlap", "stands_out", "answer_stands_out", "spoken_of", "second_subject"]
FIGURES = {
    "close": {"same": CLOSER + BARS, "related": CLOSER + OF_RELATED},
    "read": {
        "same": [*CLOSER, *BARS, "reading.related"],
        "related": [*CLOSER, *OF_RELATED, "reading.same", "reading.related"],
    },
}


@dataclass(frozen=True)
class Row:
    """A labelled pair as it looks in one pile."""

    group: str
    """The name of its set."""
    pile: str
    """``own``, ``half`` or ``mixed``."""
    label: str
    pair: tuple[Item, Item]
    near: bool
    """Whether one is among the `HARD` nearest of the other."""
    evidence: Evidence


def rows_of(pile: str, sets: dict[str, Labelled], encoder) -> list[Row]:
    """The labelled pairs of sets in one pile, and those that are compared."""
    owner = [(name, item) for name, labelled in sets.items() for item in labelled.items]
    items = [item.model_copy(update={"id": f"{name}.{item.id}"}) for name, item in owner]
    comparer = Comparer(items, encoder)
    vectors = comparer.pile.vectors, comparer.pile.answer_vectors
    near = nearest_pairs(vectors[0], HARD)
    numbers = {(name, item.id): number for number, (name, item) in enumerate(owner)}
    labelled = {
        tuple(sorted((numbers[name, left], numbers[name, right])))
        for name, each in sets.items()
        for left, right in each.labels
        if (name, left) in numbers and (name, right) in numbers
    }
    compared = {pair for rows in vectors for pair in nearest_pairs(rows, NEIGHBOURS)} | labelled
    pairs = sorted((i, j) for i, j in compared if owner[i][0] == owner[j][0])
    return [
        Row(
            owner[i][0],
            pile,
            sets[owner[i][0]].label(owner[i][1].id, owner[j][1].id),
            (owner[i][1], owner[j][1]),
            (i, j) in near,
            evidence,
        )
        for (i, j), evidence in zip(pairs, comparer.compare_all(pairs), strict=True)
        # A tiny pile, such as half of a small set, is not looked at closely.
        if evidence.closer is not None
    ]


def all_rows(sets: dict[str, Labelled], encoder) -> list[Row]:
    """Every set as a pile of its own, half of each, and four sets of one language at a time."""
    rng = random.Random(0)
    rows = [row for name, labelled in sets.items() for row in rows_of("own", {name: labelled}, encoder)]
    for name, labelled in sets.items():
        half = rng.sample(labelled.items, len(labelled.items) // 2)
        rows += rows_of("half", {name: replace(labelled, items=tuple(half))}, encoder)
    for lang in ("zh", "en"):
        names = [name for name, labelled in sets.items() if labelled.items[0].lang == lang]
        rng.shuffle(names)
        for start in range(0, len(names), TOGETHER):
            rows += rows_of("mixed", {name: sets[name] for name in names[start : start + TOGETHER]}, encoder)
    return rows


def fit(rows: Sequence[Row], names: Sequence[str], positive: set[str], *, barred) -> tuple[float, np.ndarray]:
    """Intercept and weights of a logistic regression; pairs that a bar decides are left out."""
    from sklearn.linear_model import LogisticRegression

    rows = [row for row in rows if not barred(row.evidence)]
    x = figures(rows, names)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    model = LogisticRegression(C=0.3, solver="newton-cholesky")
    model.fit((x - mean) / scale, [row.label in positive for row in rows])
    weights = model.coef_[0] / scale
    return float(model.intercept_[0] - weights @ mean), weights


def figures(rows: Sequence[Row], names: Sequence[str]) -> np.ndarray:
    """(n_rows, n_names), each the figure of its name, or the product of several."""
    finders = [[figure(factor) for factor in name.split("*")] for name in names]
    return np.array([[math.prod(find(row.evidence) for find in each) for each in finders] for row in rows])


def print_score(title: str, rows: Sequence[Row], said: Sequence[bool], positive: set[str]) -> None:
    """Precision, recall and F1 over all pairs."""
    hits = sum(yes and row.label in positive for yes, row in zip(said, rows, strict=True))
    false = sum(yes and row.label not in positive for yes, row in zip(said, rows, strict=True))
    missed = sum(not yes and row.label in positive for yes, row in zip(said, rows, strict=True))
    precision, recall = hits / max(1, hits + false), hits / max(1, hits + missed)
    print(f"{title:40} precision {precision:.3f} recall {recall:.3f} F1 {2 * hits / (2 * hits + false + missed):.3f}")


def held_out(rows: Sequence[Row], fold_of: dict[str, int], names, positive, barred) -> list[float]:
    """For each row the log-odds that weights give it which were fitted to the sets of the other folds."""
    found = np.full(len(rows), -np.inf)
    for fold in range(FOLDS):
        intercept, weights = fit([row for row in rows if fold_of[row.group] != fold], names, positive, barred=barred)
        places = [n for n, row in enumerate(rows) if fold_of[row.group] == fold and not barred(row.evidence)]
        found[places] = intercept + figures([rows[n] for n in places], names) @ weights
    return found.tolist()


def read(rows: Sequence[Row], readers: Iterable[tuple[frozenset[str], SecondLook]]) -> list[Row]:
    """The rows with what readers make of them, each of the sets that it has not learned from."""
    readings: dict[tuple[str, str, str], Reading] = {}
    for groups, look in readers:
        mine = {(row.group, row.pair[0].id, row.pair[1].id): row.pair for row in rows if row.group in groups}
        readings |= zip(mine, look.look(list(mine.values())), strict=True)
    return [
        replace(row, evidence=replace(row.evidence, reading=readings[row.group, row.pair[0].id, row.pair[1].id]))
        for row in rows
    ]


def main() -> None:
    warnings.simplefilter("ignore")
    encoder = open_encoder()
    sets = {path.stem: load(path.stem) for path in sorted(FOLDER.glob("dev-*.txt"))}
    names = list(sets)
    random.Random(0).shuffle(names)
    fold_of = {name: place % FOLDS for place, name in enumerate(names)}
    rows = [row for row in all_rows(sets, encoder) if row.label != "open"]
    print(f"{len(sets)} sets, {len(rows)} pairs, {sum(row.label == 'same' for row in rows)} of them the same")
    own = [row for row in rows if row.pile == "own"]
    pairs = [
        LabelledPair(row.group, *row.pair, row.label)
        for row in own
        if row.label in ("same", "related") or (row.label == "different" and row.near)
    ]
    folds = [frozenset(name for name in sets if fold_of[name] == fold) for fold in range(FOLDS)]
    everything = frozenset(sets)
    out = train_readers(encoder, pairs, [everything - fold for fold in folds], 1)
    rows = read(rows, zip(folds, (SecondLook(lambda reader=reader: reader) for reader in out), strict=True))
    # Those for big banks were fitted to the first 23 sets, as they were before there was a closer look.
    fitted: dict[str, dict] = {"big": read_json(WEIGHTS)["big"]}
    for way, each in FIGURES.items():
        fitted[way] = {}
        for what, columns in each.items():
            positive = {"same"} if what == "same" else {"same", "related"}

            def barred(found: Evidence, what=what) -> bool:
                return what == "same" and found.forbidden

            # Whether two are taken as related that may be taken so or not is no mistake.
            counted = [row for row in rows if what == "same" or row.label != "apart"]
            odds = held_out(counted, fold_of, columns, positive, barred)
            for pile in ("own", "half", "mixed"):
                some = [(row, odd > 0) for row, odd in zip(counted, odds, strict=True) if row.pile == pile]
                print_score(f"{way} {what}, {pile} pile", *zip(*some, strict=True), positive)
            intercept, weights = fit(counted, columns, positive, barred=barred)
            fitted[way][what] = {
                "intercept": round(intercept, 3),
                "weights": {name: round(float(weight), 3) for name, weight in zip(columns, weights, strict=True)},
            }
    write_json(WEIGHTS, fitted)
    (reader,) = train_readers(encoder, pairs, [everything], MEMBERS)
    save_reader(reader, SHIPPED)
    write_graph(load_reader(reader.model, SHIPPED), SHIPPED)


if __name__ == "__main__":
    main()
