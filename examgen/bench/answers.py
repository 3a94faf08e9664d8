"""Made-up questions and answers that look like real ones, the same every time."""

from __future__ import annotations

import random
import zlib
from collections import deque
from collections.abc import Iterator

from examgen.model import Answer, Item, RubricPoint
from examgen.scorers.exercises import OPENINGS, Topic, read_topics

# How often an answer says a point in other words or its own, says the opposite, or only something beside it.
SAYS, DENIES, EVADES = 0.55, 0.15, 0.15
EXAMPLES = {"zh": "，例如 {}", "en": ", for example {}"}


def bench_items() -> tuple[Item, ...]:
    """Nineteen questions of the reader's exercises, with their statements as points."""
    return tuple(
        Item(
            id=f"t{number}",
            lang=topic.lang,
            question=topic.question,
            points=tuple(
                RubricPoint(id=f"p{place}", text=statement.text, weight=1)
                for place, statement in enumerate(topic.statements, 1)
            ),
            max_score=len(topic.statements),
        )
        for number, topic in enumerate(_topics())
    )


def bench_answers(count: int, repeats: float = 0.3, seed: int = 0) -> Iterator[Answer]:
    """Answers of one to five sentences, about 120 characters; a share of them repeats an earlier one word for word.

    Args:
        count: How many.
        repeats: Share of answers that are the same as one of the last thousand new ones.
        seed: Decides what is drawn.
    """
    rng = random.Random(f"answers {seed}")
    topics = _topics()
    recent: deque[tuple[str, str]] = deque(maxlen=1000)
    seen: set[int] = set()
    for number in range(count):
        if recent and rng.random() < repeats:
            item_id, text = rng.choice(recent)
        else:
            place = rng.randrange(len(topics))
            item_id, text = f"t{place}", _said(topics[place], rng)
            if (mark := zlib.crc32(text.encode())) in seen:
                text += f"（{number}）"
            seen.add(mark)
            recent.append((item_id, text))
        yield Answer(candidate_id=f"c{number}", item_id=item_id, answer=text)


def _topics() -> list[Topic]:
    """Some are enough: in an exam many people answer the same questions."""
    return [*read_topics("zh-subjects"), *read_topics("en-subjects")][::4]


def _said(topic: Topic, rng: random.Random) -> str:
    """An answer that covers some points, denies some and leaves some out."""
    said = []
    for statement in topic.statements:
        drawn = rng.random()
        if drawn < SAYS:
            said.append(rng.choice([statement.text, *statement.same]))
        elif drawn < SAYS + DENIES and statement.against:
            said.append(rng.choice(statement.against))
        elif drawn < SAYS + DENIES + EVADES and statement.beside:
            said.append(rng.choice(statement.beside))
    rng.shuffle(said)
    # Two people hardly ever write the same sentence: without these, a grader would find most sentences read already.
    opening, example = OPENINGS[topic.lang], EXAMPLES[topic.lang]
    said = [rng.choice(opening) + text + example.format(rng.randrange(10_000)) for text in said]
    end = "。" if topic.lang == "zh" else ". "
    return (end.join(said or [topic.statements[0].text]) + end).strip()
