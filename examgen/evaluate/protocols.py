"""Marking answers whose human marks are known: with what is shipped, or with what was trained on other questions."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from examgen.calibrate import (
    Calibration,
    Curve,
    HeldOut,
    Seen,
    Trained,
    fit_curve,
    fit_offset,
    logit,
    mark_of,
    model_of,
)
from examgen.embed import Encoder
from examgen.embed.tokens import token_model
from examgen.errors import ExamgenError, ModelError
from examgen.evaluate.agreement import Scored
from examgen.grade import Found, Grader, Risk, spread_of
from examgen.model import Grade, Item
from examgen.scorers import Case, Finding, Scorer
from examgen.scorers.exercises import MADE, Sample, bank_topics, exercises, read_topics
from examgen.scorers.marked import LICENCES, Marked, as_answer, as_item, as_samples, enemy_groups, item_id
from examgen.scorers.points import Origin, alternatives, origin
from examgen.scorers.reader import About, Reader
from examgen.scorers.reading import ReadingScorer
from examgen.scorers.training import Library, read_library, train_readers

# Answers of one data set that count when a curve is fitted, so that a big set does not speak for the small ones.
PER_SET = 600
# Where a whole data set is held out, one question in so many of the others is left out of the training to calibrate on.
CALIBRATION_PART = 5
# A data set with fewer answers is shown twice an epoch, or the big ones would drown it.
SMALL_SET = 1500
# Answers below which no curve is fitted.
FEWEST = 30
PROTOCOLS = ("shipped", "questions", "sets")
Talk = Callable[[str], None]


def silent(line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Fold:
    """What is trained on, and what is then marked."""

    name: str
    train: list[Marked]
    test: list[Marked]


def question_folds(rows: Sequence[Marked], count: int) -> list[Fold]:
    """Split by question: every question is marked by a reader that has seen no answer to it.

    A question's fold depends on the name of its group alone, so a sibling
    question never helps.
    """
    place = [_share_of(row.group, count) for row in rows]
    return [
        Fold(
            f"questions {number + 1} of {count}",
            [row for row, where in zip(rows, place, strict=True) if where != number],
            [row for row, where in zip(rows, place, strict=True) if where == number],
        )
        for number in range(count)
    ]


def set_folds(rows: Sequence[Marked]) -> list[Fold]:
    """Split by data set: every set is marked by a reader that was trained on the others."""
    names = sorted({row.dataset for row in rows})
    return [
        Fold(
            f"without {name}",
            [row for row in rows if row.dataset != name],
            [row for row in rows if row.dataset == name],
        )
        for name in names
    ]


def _share_of(text: str, count: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % count


def items_of(rows: Sequence[Marked]) -> list[Item]:
    """The items that rows of one data set answer."""
    return list({(item_id(row), row.lang): as_item(row) for row in rows}.values())


def by_set(rows: Sequence[Marked]) -> dict[str, list[Marked]]:
    """The rows of each data set."""
    sets: dict[str, list[Marked]] = {}
    for row in rows:
        sets.setdefault(row.dataset, []).append(row)
    return sets


def scored(rows: Sequence[Marked], grades: Sequence[Grade]) -> list[Scored]:
    """Human marks beside ours; answers without a mark of ours, such as empty ones, are left out."""
    return [
        Scored(
            dataset=row.dataset,
            question_id=row.question_id,
            human=row.mark,
            given=grade.score,
            decided=grade.status == "graded",
            spread=spread_of(grade),
            correct=row.label_2way == "correct" if row.label_2way else None,
            kind=row.kind,
            answer_id=row.answer_id,
        )
        for row, grade in zip(rows, grades, strict=True)
        if grade.score is not None
    ]


def mark_rows(
    rows: Sequence[Marked],
    encoder: Encoder,
    calibration: Calibration | None = None,
    risk: Risk | None = None,
    scorer: Scorer | None = None,
) -> list[Scored]:
    """Mark rows as `examgen grade` would, each data set with its own items."""
    found = []
    for members in by_set(rows).values():
        grader = Grader(items_of(members), encoder, calibration, risk, scorer)
        found += scored(members, grader.grade([as_answer(row, number) for number, row in enumerate(members)]))
    return found


@dataclass(frozen=True)
class Trainer:
    """Trains readers on parts of the same rows, reading every text once."""

    encoder: Encoder
    library: Library
    practice: tuple[Sample, ...]
    seed: int
    talk: Talk

    def readers(self, wanted: Sequence[tuple[Sequence[Marked], Set[str]]]) -> list[Reader]:
        """Readers, each trained on rows of its own and on the exercises.

        Args:
            wanted: For each reader its rows, and the groups of questions whose points it must not see in an exercise
                either.
        """
        model = token_model(self.encoder)
        if model is None:
            raise ModelError("this backend does not show the tokens of a text", "Train with the backend torch.")
        courses = [self._samples(rows, without) for rows, without in wanted]
        abouts = [self.about(rows) for rows, _ in wanted]
        readers = train_readers(model, courses, self.library, abouts, self.seed, progress=self.talk)
        for reader in readers:
            reader.known = self.library.texts
        return readers

    def _samples(self, rows: Sequence[Marked], without: Set[str]) -> list[Sample]:
        sizes = Counter(row.dataset for row in rows)
        samples = [sample for row in rows for sample in as_samples(row) * _times(row, sizes)]
        samples = [sample for sample in samples if sample.answer.strip()]
        return samples + [sample for sample in self.practice if sample.group not in without]

    def about(self, rows: Sequence[Marked]) -> About:
        """What goes into the file of a reader trained on rows."""
        counts = Counter([row.dataset for row in rows] + [sample.dataset for sample in self.practice])
        trained = tuple((name, LICENCES.get(name, ""), count) for name, count in counts.items())
        return About(
            model_of(self.encoder.fingerprint), datetime.datetime.now(datetime.UTC).date().isoformat(), trained
        )


def _times(row: Marked, sizes: Counter[str]) -> int:
    """How often an answer is shown in an epoch; where points were marked singly, each of them teaches by itself."""
    return 2 if sizes[row.dataset] < SMALL_SET and not row.credits else 1


def trainer(
    rows: Sequence[Marked],
    encoder: Encoder,
    seed: int = 0,
    talk: Talk = silent,
    items: Sequence[Item] = (),
    practise: bool = True,
) -> Trainer:
    """Read all texts of rows and of the exercises, ready to train on any part of them.

    The directions that token vectors are reduced to are those of all texts, held-out ones too; of marks they know
    nothing.

    Args:
        items: A bank whose rubrics make further exercises.
        practise: Whether to learn from exercises at all; else from the marked answers alone.

    Raises:
        ModelError: the encoder's backend does not show the tokens of a text.
    """
    model = token_model(encoder)
    if model is None:
        raise ModelError("this backend does not show the tokens of a text", "Train with the backend torch.")
    made = exercises(bank_topics(items, enemy_groups(items)), seed, MADE)
    practice = (*exercises(read_topics(), seed), *made) if practise else ()
    talk(f"reading {len(rows)} marked answers and {len(practice)} exercises")
    library = read_library(model, [sample for row in rows for sample in as_samples(row)] + list(practice), seed)
    return Trainer(encoder, library, practice, seed, talk)


@dataclass(frozen=True)
class Part:
    """Rows with a scorer that has not seen their questions; the default is the scorer that ships."""

    rows: list[Marked]
    scorer: Scorer | None = None
    fitted: bool = True
    """Whether the curves may learn from it; else its errors are only recorded, so that the promise holds for it too."""


class Remembering:
    """A scorer that looks at each case once, for rows that are marked with several calibrations."""

    def __init__(self, scorer: Scorer) -> None:
        self.name, self.scorer = scorer.name, scorer
        self.known: dict[Case, tuple[Finding, ...]] = {}

    def find(self, cases: Sequence[Case]) -> list[tuple[Finding, ...]]:
        """See `Scorer.find`."""
        new = [case for case in dict.fromkeys(cases) if case not in self.known]
        self.known.update(zip(new, self.scorer.find(new), strict=True))
        return [self.known[case] for case in cases]


def held_out_parts(folds: Sequence[Fold], trainer: Trainer) -> list[Part]:
    """Every fold's test rows with a reader that was trained on its training rows."""
    return trained_parts(folds, trainer)[0]


def trained_parts(
    folds: Sequence[Fold], trainer: Trainer, more: Sequence[Sequence[Marked]] = ()
) -> tuple[list[Part], list[Reader]]:
    """`held_out_parts`, and readers of more rows that are trained beside them.

    Raises:
        ExamgenError: all rows are in one fold, so that nothing is left to learn from, or to calibrate on.
    """
    if sum(bool(fold.test) for fold in folds) < 2:
        raise ExamgenError(
            f"{len({row.group for fold in folds for row in fold.test})} questions are too few to hold some out",
            "Give marked answers to more questions.",
        )
    seen = [(fold.train, {row.group for row in fold.test}) for fold in folds]
    readers = trainer.readers([*seen, *((rows, frozenset[str]()) for rows in more)])
    pairs = zip(folds, readers[: len(folds)], strict=True)
    return [Part(fold.test, Remembering(ReadingScorer(reader))) for fold, reader in pairs], readers[len(folds) :]


def cross_mark(parts: Sequence[Part], encoder: Encoder, risk: Risk | None = None) -> list[Scored]:
    """Mark every part's rows by its reader, with a calibration that was fitted to the other parts.

    So nothing that decides a mark has learned from marks of the same
    question, but for this: the readers of the other parts, by whose verdicts
    the three numbers of a curve are fitted, have.
    """
    found: list[Scored] = []
    for part in parts:
        others = [other for other in parts if other is not part]
        found += mark_rows(part.rows, encoder, calibrate(others, encoder), risk, part.scorer)
    return found


def mark_sets(folds: Sequence[Fold], trainer: Trainer, risk: Risk | None = None) -> list[Scored]:
    """Mark whole data sets by readers and calibrations that come from the others alone.

    One question in `CALIBRATION_PART` of the others is kept from the reader, to fit the curves to.

    Raises:
        ExamgenError: the other sets have too few questions for that.
    """
    kept: list[list[Marked]] = []
    rest: list[list[Marked]] = []
    for fold in folds:
        held = [_share_of("calibrate " + row.group, CALIBRATION_PART) == 0 for row in fold.train]
        kept.append([row for row, out in zip(fold.train, held, strict=True) if not out])
        rest.append([row for row, out in zip(fold.train, held, strict=True) if out])
    if poor := next((fold for fold, out in zip(folds, rest, strict=True) if not out), None):
        raise ExamgenError(
            f"{poor.name}: too few questions are left to train and to calibrate on",
            "Give marked answers of more data sets, or to more questions.",
        )
    unseen = [{row.group for row in [*out, *fold.test]} for fold, out in zip(folds, rest, strict=True)]
    found: list[Scored] = []
    for fold, out, reader in zip(folds, rest, trainer.readers(list(zip(kept, unseen, strict=True))), strict=True):
        scorer = ReadingScorer(reader)
        found += mark_rows(fold.test, trainer.encoder, calibrate([Part(out, scorer)], trainer.encoder), risk, scorer)
    return found


def calibrate(parts: Sequence[Part], encoder: Encoder) -> Calibration:
    """Fit the curve of a calibration to held-out rows, and record its errors on them.

    Every data set counts for at most `PER_SET` answers in the fitting. A
    curve has three numbers, so its errors on the rows that it was fitted to
    are taken for errors on others.
    """
    rows: list[Marked] = []
    found: list[Found] = []
    fitted: list[int] = []
    graders: list[tuple[Grader, list[Marked]]] = []
    for part in parts:
        for members in by_set(part.rows).values():
            flat = Calibration(scorer="", encoder="")
            grader = Grader(items_of(members), encoder, flat, scorer=part.scorer)
            graders.append((grader, members))
            fitted += range(len(rows), len(rows) + len(members)) if part.fitted else ()
            rows += members
            found += grader.find([as_answer(row, number) for number, row in enumerate(members)])
    name = graders[0][0].looker.name if graders else ""
    curve = Calibration(scorer=name, encoder=model_of(encoder.fingerprint), curves={})
    curve = curve.model_copy(update={"curves": _curves([rows[n] for n in fitted], [found[n] for n in fitted])})
    held_out: list[HeldOut] = []
    numbers = {
        name: number for number, name in enumerate(dict.fromkeys((row.dataset, row.question_id) for row in rows))
    }
    place = 0
    for grader, members in graders:
        again = Grader(items_of(members), encoder, curve, scorer=grader.looker)
        answers = [as_answer(row, number) for number, row in enumerate(members)]
        grades = again.grade(answers, found[place : place + len(members)])
        place += len(members)
        held_out += record(members, grades, numbers)
    return curve.model_copy(
        update={
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "trained": _sources(rows),
            "held_out": tuple(held_out),
        }
    )


def record(rows: Sequence[Marked], grades: Sequence[Grade], numbers: Mapping[tuple[str, str], int]) -> list[HeldOut]:
    """The errors of grades; ``numbers`` has a number for each question, by data set and id."""
    return [
        HeldOut(
            dataset=row.dataset,
            origin=origin(as_item(row)),
            question=numbers[row.dataset, row.question_id],
            spread=round(spread_of(grade), 4),
            error=round(abs(grade.score - row.mark), 4),
            mark=round(grade.score, 4),
        )
        for row, grade in zip(rows, grades, strict=True)
        if grade.score is not None
    ]


def _curves(rows: Sequence[Marked], found: Sequence[Found]) -> dict[Origin, Curve]:
    """A curve for each sort of points that there are enough answers of."""
    curves: dict[Origin, Curve] = {}
    sorts = [origin(as_item(row)) for row in rows]
    for sort in dict.fromkeys(sorts):
        places = [n for n in _balanced(rows, found) if sorts[n] == sort]
        if len(places) >= FEWEST:
            curves[sort] = fit_curve([seen_of(rows[n], found[n]) for n in places], [rows[n].mark for n in places])
    return curves


def seen_of(row: Marked, found: Found) -> list[Seen]:
    """What was found of each point, for the way to answer that most speaks for."""
    ways = alternatives(as_item(row))
    best = max(
        range(len(ways)),
        key=lambda n: sum(p.weight * f.covered for p, f in zip(ways[n], found[n], strict=True)),
    )
    total = sum(point.weight for point in ways[best]) or 1.0
    pairs = zip(ways[best], found[best], strict=True)
    return [Seen(logit(finding.covered), finding.words, point.weight / total) for point, finding in pairs]


@dataclass(frozen=True)
class Gain:
    """What the human marks of one question have taught."""

    question_id: str
    answers: int
    before: float
    """Root of the mean squared error with the common curve."""
    after: float
    """The same with the question's own offset, each answer marked with an offset learned from the others."""


def adapted(
    calibration: Calibration, rows: Sequence[Marked], encoder: Encoder, scorer: Scorer | None = None
) -> tuple[Calibration, list[Gain]]:
    """Fit an offset to each question, from as few as two of its marks.

    An offset is drawn towards 0, the more the fewer the marks. A question
    whose marks come no nearer to the human ones, each left out in turn, keeps
    the common curve.

    Args:
        rows: Marked answers; their ``question_id`` is the id of the item.
    """
    offsets: dict[str, float] = {}
    gains: list[Gain] = []
    for members in by_set(rows).values():
        grader = Grader(items_of(members), encoder, calibration, scorer=scorer)
        found = grader.find([as_answer(row, number) for number, row in enumerate(members)])
        odds = [
            [(calibration.curved(s.odds, s.words, origin(as_item(row))), s.share) for s in seen_of(row, each)]
            if each
            else []
            for row, each in zip(members, found, strict=True)
        ]
        for name in dict.fromkeys(row.question_id for row in members):
            mine = [n for n, row in enumerate(members) if row.question_id == name and odds[n]]
            if len(mine) < 2:
                continue
            values, marks = [odds[n] for n in mine], [members[n].mark for n in mine]
            gain = _gain(name, values, marks)
            gains.append(gain)
            if gain.after < gain.before:
                offsets[name] = round(fit_offset(values, marks), 4)
    return calibration.model_copy(update={"questions": {**calibration.questions, **offsets}}), gains


def _gain(name: str, values: list[list[tuple[float, float]]], marks: list[float]) -> Gain:
    before = after = 0.0
    for place, (value, mark) in enumerate(zip(values, marks, strict=True)):
        rest = [n for n in range(len(marks)) if n != place]
        offset = fit_offset([values[n] for n in rest], [marks[n] for n in rest])
        before += (mark_of(value) - mark) ** 2
        after += (mark_of(value, offset) - mark) ** 2
    return Gain(name, len(marks), (before / len(marks)) ** 0.5, (after / len(marks)) ** 0.5)


def _balanced(rows: Sequence[Marked], found: Sequence[Found]) -> list[int]:
    """Places of at most `PER_SET` rows of each data set, spread evenly over it."""
    places: dict[str, list[int]] = {}
    for place, (row, findings) in enumerate(zip(rows, found, strict=True)):
        if findings:
            places.setdefault(row.dataset, []).append(place)
    return [each for group in places.values() for each in group[:: max(1, -(-len(group) // PER_SET))]]


def _sources(rows: Sequence[Marked]) -> tuple[Trained, ...]:
    return tuple(
        Trained(
            dataset=name,
            licence=LICENCES.get(name, ""),
            answers=len(members),
            questions=len({row.question_id for row in members}),
        )
        for name, members in by_set(rows).items()
    )
