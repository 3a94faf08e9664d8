"""Fit examgen/dedupe/weights.json on the development sets; print what each domain gives when it is held out.

    python tools/fit_dedupe.py

Development sets: tests/assets/duplicates/dev-*.txt, written for this purpose. No other labels are read.
"""

from __future__ import annotations

import math
import sys
import warnings
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from examgen.dedupe import compare
from examgen.dedupe.compare import Comparer
from examgen.dedupe.evidence import Evidence
from examgen.embed import open_encoder
from examgen.records import write_json
from tests.dedupe.sets import Labelled, load

SAME = [
    "question*alike",
    "overlap",
    "larger_overlap",
    "stands_out",
    "answer_stands_out",
    "answered",
    "spoken_of",
    "differ_one",
    "other_wish",
    "has_own",
    "is_special",
]
RELATED = ["question", "larger_overlap", "stands_out", "answer_stands_out", "spoken_of", "second_subject"]


def evidence(labelled: Labelled, encoder) -> list[tuple[str, str, Evidence]]:
    comparer = Comparer(labelled.items, encoder)
    names = [item.id for item in labelled.items]
    return [
        (labelled.label(names[i], names[j]), f"{names[i]} {names[j]}", comparer.compare(i, j))
        for i, j in combinations(range(len(names)), 2)
    ]


def figure(found: Evidence, name: str) -> float:
    """A figure of the evidence, or the product of several."""
    return math.prod(getattr(found, factor) for factor in name.split("*"))


def fit(rows, names, positive, negative, *, use):
    from sklearn.linear_model import LogisticRegression

    rows = [row for row in rows if row[0] in positive | negative and use(row[2])]
    x = np.array([[figure(found, name) for name in names] for _, _, found in rows])
    y = np.array([label in positive for label, _, _ in rows])
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=5000).fit((x - mean) / scale, y)
    weights = model.coef_[0] / scale
    return float(model.intercept_[0] - weights @ mean), weights


def score(rows, names, positive, negative, model, *, use, cut=0.5):
    intercept, weights = model
    hits = misses = false = 0
    for label, _, found in rows:
        p = intercept + sum(w * figure(found, n) for n, w in zip(names, weights, strict=True)) if use(found) else -9.0
        said = p > np.log(cut / (1 - cut))
        hits += said and label in positive
        misses += (not said) and label in positive
        false += said and label in negative
    return hits, false, misses


def main() -> None:
    warnings.simplefilter("ignore")
    compare.FAR = 0.0  # all pairs are looked at, so that the weights of before have no say in the new ones
    encoder = open_encoder()
    paths = sorted((Path(__file__).parent.parent / "tests" / "assets" / "duplicates").glob("dev-*.txt"))
    data = {path.stem: evidence(load(path.stem), encoder) for path in paths}
    fitted = {}
    for title, names, positive, negative, use in (
        ("SAME", SAME, {"same"}, {"related", "apart", "different"}, lambda found: not found.veto),
        ("RELATED", RELATED, {"same", "related"}, {"different"}, lambda found: True),
    ):
        total = np.zeros(3)
        for held in data:
            rest = [row for name, rows in data.items() if name != held for row in rows]
            counts = score(
                data[held], names, positive, negative, fit(rest, names, positive, negative, use=use), use=use
            )
            total += counts
            print(f"{title:8} {held:18} right {counts[0]:3} wrong {counts[1]:3} missed {counts[2]:3}")
        precision, recall = total[0] / (total[0] + total[1]), total[0] / (total[0] + total[2])
        f1 = 2 * precision * recall / (precision + recall)
        print(f"{title:8} held-out domains  precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f}")
        intercept, weights = fit([row for rows in data.values() for row in rows], names, positive, negative, use=use)
        fitted[title.lower()] = {
            "intercept": round(intercept, 3),
            "weights": {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)},
        }
    for rows in data.values():
        for label, pair, found in rows:
            if label == "same" and found.veto:
                print(f"forbidden though the same: {pair}: {found.veto}")
    write_json(Path(__file__).parent.parent / "examgen" / "dedupe" / "weights.json", fitted)


if __name__ == "__main__":
    main()
