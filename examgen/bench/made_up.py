"""Made-up banks of any size: real terms of many fields, asked about in several wordings, with answers to match."""

from __future__ import annotations

import functools
import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examgen.model import Item, RubricPoint, Source

# Of ten items, three ask again what another one asks.
DUPLICATES = 0.3
# Of ten questions, four differ from another one in nothing but the term, the part, the place or the wish.
SIBLINGS = 0.4
# So many questions are about a part of a term's field, or about one place.
WITH_PART, WITH_PLACE = 0.75, 0.35
ENGLISH = 0.1
ITEMS_OF_A_DOCUMENT = 50
FACTS, SHARED_FACTS = 5, 2
# A rewording calls a thing by its other name, if it has one, and says a fact in other words.
OTHER_NAME, OTHER_WORDS = 0.3, 0.5


@dataclass(frozen=True)
class Field:
    """A field of knowledge."""

    lang: str
    terms: tuple[str, ...]
    parts: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class Wish:
    """What is asked about a subject: wordings of titles, of questions, and of facts for the answers."""

    lang: str
    titles: tuple[str, ...]
    questions: tuple[str, ...]
    facts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Asking:
    """One question, whatever its wording: two items that ask the same have the same."""

    field: Field
    term: str
    part: str
    place: str
    wish: Wish

    @property
    def slots(self) -> tuple[str, str, str, str]:
        """What tells it from others, the place last."""
        return self.wish.titles[0], self.term, self.part, self.place


def bank(count: int, seed: int = 0) -> tuple[list[Item], list[list[str]]]:
    """Make up items, the same every time, and the names of those that ask the same.

    Three in ten reword another item. Two in five of the questions have a
    sibling that differs in one slot: the term, its part, the place or the wish.
    """
    rng = random.Random(f"bank {count} {seed}")
    askings = _askings(count - int(count * DUPLICATES), rng)
    again = rng.choices(range(len(askings)), k=count - len(askings))
    numbers = [*range(len(askings)), *again]
    rng.shuffle(numbers)
    items: list[Item] = []
    names: dict[int, list[str]] = {}
    for number, of in enumerate(numbers, 1):
        item = _item(number, askings[of], len(names.get(of, ())))
        items.append(item)
        source = item.sources[0]
        names.setdefault(of, []).append(f"{source.document}#{source.number}")
    return items, [group for group in names.values() if len(group) > 1]


@functools.cache
def _made_of() -> tuple[dict[str, list[Field]], dict[str, list[Wish]]]:
    """The fields and the wishes of each language."""
    data = tomllib.loads(Path(__file__).with_name("made_up.toml").read_text(encoding="utf-8"))
    fields: dict[str, list[Field]] = {}
    wishes: dict[str, list[Wish]] = {}
    for one in data["field"]:
        words = (tuple(one[key].split()) for key in ("terms", "parts", "places"))
        fields.setdefault(one["lang"], []).append(Field(one["lang"], *words))
    for one in data["wish"]:
        facts = tuple(map(tuple, one["facts"]))
        wishes.setdefault(one["lang"], []).append(
            Wish(one["lang"], tuple(one["titles"]), tuple(one["questions"]), facts)
        )
    return fields, wishes


def _askings(count: int, rng: random.Random) -> list[Asking]:
    """Different questions; chains of siblings among them."""
    found: dict[Asking, None] = {}
    last: Asking | None = None
    while len(found) < count:
        last = _sibling(last, rng) if last and rng.random() < SIBLINGS else _stranger(rng)
        found[last] = None
    return list(found)


def _stranger(rng: random.Random) -> Asking:
    fields, wishes = _made_of()
    lang = "en" if rng.random() < ENGLISH else "zh"
    field = rng.choice(fields[lang])
    return Asking(
        field,
        rng.choice(field.terms),
        rng.choice(field.parts) if rng.random() < WITH_PART else "",
        rng.choice(field.places) if rng.random() < WITH_PLACE else "",
        rng.choice(wishes[lang]),
    )


def _sibling(asking: Asking, rng: random.Random) -> Asking:
    field = asking.field
    choices: dict[str, Sequence[Any]] = {
        "term": field.terms,
        "part": ("", *field.parts),
        "place": ("", *field.places),
        "wish": _made_of()[1][field.lang],
    }
    slot = rng.choice(list(choices))
    return Asking(**{**vars(asking), slot: rng.choice(choices[slot])})


def _item(number: int, asking: Asking, rewording: int) -> Item:
    """An item in a wording of its own; the first one of a question calls things by their first names."""
    rng = random.Random(f"wording {number}")
    names = asking.term.split("/")
    term = rng.choice(names) if rewording and rng.random() < OTHER_NAME else names[0]
    wish = asking.wish
    title, question = (text.format(s=_subject(asking, term, rng)) for text in _wordings(asking, rewording, rng))
    points = _points(asking, rewording, rng)
    document, place = divmod(number - 1, ITEMS_OF_A_DOCUMENT)
    return Item(
        id=f"q{number:06d}",
        lang=wish.lang,
        title=title[0].upper() + title[1:],
        question=question[0].upper() + question[1:],
        reference="\n".join(f"- {point}" for point in points),
        points=tuple(RubricPoint(id=f"p{n}", text=point) for n, point in enumerate(points, 1)),
        max_score=len(points),
        sources=(Source(document=f"made-{document}.md", number=place + 1, line=1),),
    )


def _wordings(asking: Asking, rewording: int, rng: random.Random) -> tuple[str, str]:
    """A title and a question with a gap for the subject; the first rewordings take questions not used before."""
    questions = asking.wish.questions
    first = random.Random(str(asking.slots)).randrange(len(questions))
    return rng.choice(asking.wish.titles), questions[(first + rewording) % len(questions)]


def _subject(asking: Asking, term: str, rng: random.Random) -> str:
    """What the question is about, in one of several orders."""
    part, place = asking.part, asking.place
    if asking.wish.lang == "zh":
        thing = rng.choice((f"{term}{part}", f"{term}的{part}")) if part else term
        return rng.choice((f"{place}的{thing}", f"{place}{thing}")) if place else thing
    term, place = term.replace("-", " "), place.replace("-", " ")
    thing = rng.choice((f"{term} {part}", f"{part} of {term}")) if part else term
    return rng.choice((f"{thing} in {place}", f"{thing} for {place}")) if place else thing


def _points(asking: Asking, rewording: int, rng: random.Random) -> list[str]:
    """What an answer says: the facts of the question, one of them left out and some in other words in a rewording.

    The first facts are those of the question without its place, so that a
    special case shares them with the general one.
    """
    terms = [term.split("/")[0].replace("-", " ") for term in asking.field.terms if term != asking.term]
    kinds, facts = list(asking.wish.facts), []
    for seed, count in ((asking.slots[:-1], SHARED_FACTS), (asking.slots, FACTS - SHARED_FACTS)):
        draw = random.Random(str(seed))
        facts += [(kinds.pop(draw.randrange(len(kinds))), terms.pop(draw.randrange(len(terms)))) for _ in range(count)]
    if rewording:
        facts = rng.sample(facts, FACTS - 1)
    return [wordings[rewording > 0 and rng.random() < OTHER_WORDS].format(o=term) for wordings, term in facts]
