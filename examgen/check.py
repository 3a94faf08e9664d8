"""Checks of a bank that a program can make: what an editor would otherwise have to count by hand."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from examgen.assemble import assemble, load_blueprint
from examgen.dedupe import find_duplicates, load_decisions
from examgen.embed import Encoder
from examgen.errors import ContentError, ExamgenError
from examgen.model import Bank, Item
from examgen.parse import parse_document
from examgen.pictures import read_asset, shown_names
from examgen.questions import QUESTIONS
from examgen.records import iter_lines, read_text
from examgen.text import fold

SHARED_RUN = 15
"""Han characters and Latin words in a row that two independent writers do not share by chance, as a rule."""

LONGEST_KEY_SHARE = 0.30
"""A test-wise candidate who always takes the longest of four options must not beat this; chance is 0.25."""

POSITION_SHARE = 0.40
"""No option letter may hold more of the keys than this; with four options an even spread is 0.25."""

FEWEST_TO_JUDGE = 20
"""With fewer items than this, a spread of keys says nothing."""

SAME_POINT = 90.0
"""Likeness of two rubric points (rapidfuzz ratio, 0..100) above which one sentence would earn both."""

CATCH_ALL = re.compile(r"以上(都|均|皆|全)|(all|none) of the above|both a and b", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """One complaint: where, what was found, and what to do."""

    place: str
    found: str
    fix: str
    severity: Literal["error", "advice"] = "error"
    """An error breaks papers or marks; advice is what a bank for publication should mend."""

    def __str__(self) -> str:
        return f"{self.place}: {self.found}. {self.fix}"


def check_bank(bank: Bank) -> list[Finding]:
    """Check items one by one, against their translations, against their enemies, and the keys as a whole."""
    findings: list[Finding] = []
    for item in bank.items:
        findings += _check_item(item, bank)
    findings += _check_languages(bank)
    findings += _check_enemies(bank)
    for lang in sorted({item.lang for item in bank.items}):
        findings += _check_keys(bank.in_language(lang), lang)
    return findings


def _name(item: Item) -> str:
    return f"{item.id}.{item.lang}"


def _check_item(item: Item, bank: Bank) -> Iterator[Finding]:
    place = _name(item)
    for problem in QUESTIONS[item.kind].check(item):
        yield Finding(place, problem, "Mend the item.")
    if item.max_score <= 0 or (item.max_score * 2) % 1:
        yield Finding(place, f"max_score is {item.max_score:g}", "Use a positive multiple of 0.5.")
    if bank.topics and item.topic not in bank.topics:
        yield Finding(place, f"topic {item.topic!r} is not in bank.toml", "Add it there or change it here.")
    yield from _check_metadata(item)
    for one, other in combinations(item.points, 2):
        likeness = _likeness(one.text, other.text)
        if likeness >= SAME_POINT:
            found = f"points {one.id} and {other.id} are {likeness:.0f} % alike"
            yield Finding(place, found, "Join them: one sentence would earn both.", "advice")


def _check_metadata(item: Item) -> Iterator[Finding]:
    wanted = {
        "title": item.title,
        "topic": item.topic,
        "level": item.level,
        "difficulty": item.difficulty is not None,
        "difficulty_reason": item.difficulty_reason,
        "minutes": item.minutes,
        "explanation": item.explanation,
        "citations": item.citations,
    }
    missing = [name for name, value in wanted.items() if not value]
    if missing:
        yield Finding(_name(item), f"has no {', '.join(missing)}", "Add them to the front matter.", "advice")
    if item.kind == "short_answer" and not 3 <= len(item.points) <= 7:
        yield Finding(_name(item), f"has {len(item.points)} rubric points", "Write 3 to 7.", "advice")
    without = [option.id for option in item.options if not option.reason]
    if without:
        yield Finding(
            _name(item), f"options {', '.join(without)} have no reason", "Say why each is right or wrong.", "advice"
        )
    for option in item.options:
        if CATCH_ALL.search(option.text):
            yield Finding(_name(item), f"option {option.id} is a catch-all", "Replace it by a statement of its own.")


def _likeness(one: str, other: str) -> float:
    from rapidfuzz import fuzz

    return float(fuzz.ratio(fold(one), fold(other)))


# What two language versions of one item must have in common.
SHARED_FIELDS = ("kind", "topic", "level", "difficulty", "minutes", "max_score", "enemies", "truth", "status")


def _check_languages(bank: Bank) -> Iterator[Finding]:
    langs = sorted({item.lang for item in bank.items})
    versions: dict[str, dict[str, Item]] = defaultdict(dict)
    for item in bank.items:
        versions[item.id][item.lang] = item
    for item_id, found in versions.items():
        missing = [lang for lang in langs if lang not in found]
        if missing:
            yield Finding(item_id, f"has no version in {', '.join(missing)}", "Translate it.", "advice")
        first, *others = found.values()
        for other in others:
            differing = [name for name in SHARED_FIELDS if getattr(first, name) != getattr(other, name)]
            differing += [
                name for name in ("points", "options", "blanks") if _shape(first, name) != _shape(other, name)
            ]
            if differing:
                fix = "One id is one item in two languages: align them."
                yield Finding(item_id, f"{first.lang} and {other.lang} differ in {', '.join(differing)}", fix)


def _shape(item: Item, name: str) -> list[tuple[object, ...]]:
    """What must be the same in a translation of the points, options or blanks."""
    if name == "points":
        return [(point.id, point.weight) for point in item.points]
    if name == "options":
        return [(option.id, option.correct) for option in item.options]
    return [(blank.weight,) for blank in item.blanks]


def _check_enemies(bank: Bank) -> Iterator[Finding]:
    enemies = {item.id: set(item.enemies) for item in bank.items}
    for item_id, others in enemies.items():
        for other in sorted(others):
            if other not in enemies:
                yield Finding(item_id, f"names an enemy {other!r} that is not in the bank", "Correct the id.")
            elif item_id not in enemies[other]:
                yield Finding(item_id, f"is an enemy of {other}, but not the other way round", "Name both.", "advice")


def _check_keys(items: Sequence[Item], lang: str) -> Iterator[Finding]:
    """Whether the keys of a language's objective items can be guessed from length or position."""
    choices = [item for item in items if item.kind == "single_choice" and sum(o.correct for o in item.options) == 1]
    if len(choices) >= FEWEST_TO_JUDGE:
        longest = sum(_key_is_longest(item) for item in choices)
        if longest > LONGEST_KEY_SHARE * len(choices):
            found = f"the key is the longest option in {longest} of {len(choices)} items"
            yield Finding(f"single choice ({lang})", found, f"Bring it to {LONGEST_KEY_SHARE:.0%} or less.")
        letters = Counter(option.id for item in choices for option in item.options if option.correct)
        letter, count = letters.most_common(1)[0]
        if count > POSITION_SHARE * len(choices):
            found = f"the key is {letter} in {count} of {len(choices)} items"
            yield Finding(f"single choice ({lang})", found, "Spread the keys over the letters.")
    truths = [item.truth for item in items if item.kind == "true_false"]
    if len(truths) >= FEWEST_TO_JUDGE and not 0.35 <= truths.count(True) / len(truths) <= 0.65:
        found = f"{truths.count(True)} of {len(truths)} statements are true"
        yield Finding(f"true or false ({lang})", found, "Bring it near one half.")


def _key_is_longest(item: Item) -> bool:
    key = next(len(option.text) for option in item.options if option.correct)
    return all(len(option.text) < key for option in item.options if not option.correct)


def check_coverage(bank: Bank, documents: Mapping[str, Iterable[Item]]) -> list[Finding]:
    """Check that every complete item of the source documents is named by an item of the bank.

    Args:
        documents: File name -> the items parsed from it, as `examgen.parse` gives them.
    """
    covered = {(source.document, source.number) for item in bank.items for source in item.sources}
    findings = []
    for document, items in documents.items():
        for item in items:
            source = item.sources[0]
            if item.complete and (source.document, source.number) not in covered:
                place = f"{document}:{source.line}"
                findings.append(
                    Finding(place, f"item {source.number} is in no item's sources", "Cover it, or name it.")
                )
    return findings


def check_copied(texts: Mapping[str, str], documents: Mapping[str, str], run: int = SHARED_RUN) -> list[Finding]:
    """Find sentences that were taken over from a source document word for word.

    Punctuation does not count: a changed comma does not make a sentence one's own.

    Args:
        texts: Place -> a text of the bank.
        documents: File name -> the text of a source document.
        run: Han characters and Latin words in a row that make a copy.
    """
    seen = {piece: name for name, text in documents.items() for piece in _runs(_words(text), run)}
    findings = []
    for place, text in texts.items():
        copied = [piece for piece in _runs(_words(text), run) if piece in seen]
        if copied:
            piece = copied[0]
            found = f"shares {run} words in a row with {seen[piece]}: {' '.join(piece)}"
            findings.append(Finding(place, found, "Say it in words of your own."))
    return findings


def _runs(words: Sequence[str], run: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[n : n + run]) for n in range(len(words) - run + 1))


def _words(text: str) -> list[str]:
    """Han characters and whole Latin words or numbers; a technical term is then no copy, but a sentence is."""
    return re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff_]+", fold(text))


def check_sources(bank: Bank, folder: Path, documents: Sequence[Path]) -> list[Finding]:
    """Check a bank against the documents that it was made of: all covered, nothing copied.

    Args:
        folder: Where the bank stands; its notes and marked answers are looked through too.
        documents: Files, or folders of files.
    """
    files = sorted(file for place in documents for file in (place.iterdir() if place.is_dir() else [place]))
    parsed = {file.name: parse_document(file).items for file in files}
    copied = check_copied(bank_texts(bank, folder), {file.name: read_text(file) for file in files})
    return check_coverage(bank, parsed) + copied


def check_pictures(bank: Bank, folder: Path) -> list[Finding]:
    """Whether each picture that an item shows is in the bank's folder ``assets`` and can be printed."""
    findings = []
    for item in bank.items:
        for name in shown_names(item):
            try:
                read_asset(folder, name, _name(item))
            except ContentError as error:
                findings.append(Finding(error.place, error.found, error.fix))
    return findings


def check_duplicates(bank: Bank, folder: Path, encoder: Encoder) -> list[Finding]:
    """Let the duplicate finder look for pairs that ask the same or give each other away; enemies are known."""
    findings = []
    for lang in sorted({item.lang for item in bank.items}):
        found = find_duplicates(bank.in_language(lang), encoder, decisions=load_decisions(folder))
        for pair in found.pairs:
            left, right = found.items[pair.left], found.items[pair.right]
            if right.id in left.enemies:
                continue  # an editor knows of the two and keeps both
            if pair.verdict == "same":
                fix = "Merge them, name them as enemies, or say 'different' in decisions.toml."
                findings.append(Finding(f"{left.id} and {right.id} ({lang})", f"ask the same: {pair.reason}", fix))
            elif pair.verdict == "related":
                fix = "Name them as enemies, or say 'different' in decisions.toml."
                place = f"{left.id} and {right.id} ({lang})"
                findings.append(Finding(place, f"give each other away: {pair.reason}", fix, "advice"))
    return findings


def check_marked(bank: Bank, folder: Path) -> list[Finding]:
    """Check the marked answers beside a bank: known items, a credit for every point, and marks that add up.

    Args:
        folder: The bank's; ``marked/part*.jsonl`` hold first marks, ``marked/second.jsonl`` a second marker's.
    """
    items = {(item.id, item.lang): item for item in bank.items}
    findings: list[Finding] = []
    answered: dict[str, Item] = {}
    for file in sorted(folder.glob("marked/part*.jsonl")):
        for number, line in iter_lines(file):
            row = json.loads(line)
            place, item = f"{file.name}:{number}", items.get((row["question_id"], row["lang"]))
            if item is None:
                findings.append(Finding(place, f"no item {row['question_id']!r} in {row['lang']}", "Correct the id."))
            elif row["answer_id"] in answered:
                findings.append(Finding(place, f"the answer id {row['answer_id']} occurs twice", "Give another."))
            else:
                answered[row["answer_id"]] = item
                findings += _check_credits(place, item, row["credits"], row["score"])
    for number, line in iter_lines(folder / "marked" / "second.jsonl") if answered else ():
        row = json.loads(line)
        place = f"second.jsonl:{number}"
        if row["answer_id"] not in answered:
            findings.append(Finding(place, f"nobody marked {row['answer_id']} first", "Correct the id."))
        else:
            findings += _check_credits(place, answered[row["answer_id"]], row["credits"])
    return findings


def _check_credits(place: str, item: Item, given: Mapping[str, float], score: float | None = None) -> Iterator[Finding]:
    if set(given) != {point.id for point in item.points} or not set(given.values()) <= {0, 0.5, 1}:
        yield Finding(place, "the credits are not 0, 0.5 or 1 for each point of the item", "Mark every point.")
        return
    share = sum(point.weight * given[point.id] for point in item.points) / item.max_score
    if score is not None and abs(share - score) > 1e-3:
        yield Finding(place, f"the score is {score}, the credits add up to {share:.4f}", "Make them agree.")


def check_blueprints(bank: Bank, folder: Path) -> list[Finding]:
    """Check that each of the bank's ready blueprints can be met."""
    findings = []
    for file in sorted(folder.glob("blueprints/*.toml")):
        try:
            assemble(bank, load_blueprint(file))
        except ExamgenError as error:
            findings.append(Finding(file.name, f"gives no exam: {error}", "Change the blueprint or the bank."))
    return findings


def bank_texts(bank: Bank, folder: Path) -> dict[str, str]:
    """All that the bank says in words, by place: items field by field, and the Markdown and JSONL files beside them."""
    texts: dict[str, str] = {}
    for item in bank.items:
        fields = [item.title, item.question, *item.model_answers, item.explanation, *(p.text for p in item.points)]
        fields += [text for option in item.options for text in (option.text, option.reason)]
        texts |= {f"{_name(item)} ({n})": text for n, text in enumerate(fields)}
    for file in sorted([*folder.glob("*.md"), *folder.glob("marked/*")]):
        lines = file.read_text(encoding="utf-8").split("\n")
        texts |= {f"{file.name}:{number}": line for number, line in enumerate(lines, 1)}
    return texts
