"""Training the reader of pairs: the network of the grader's reader learns which questions are the same, or related.

`tools/fit_dedupe.py` runs it.
"""

from __future__ import annotations

import datetime
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from examgen.dedupe.second_look import context, wording
from examgen.embed.tokens import token_model
from examgen.forked import in_processes
from examgen.model import Item
from examgen.scorers.reader import MAX_QUESTION, About, Reader, Text, load_reader, network
from examgen.scorers.reading import cut

EPOCHS, BATCH, RATE, DECAY, MEMBERS = 3, 32, 1e-3, 0.2, 2
# Pairs of a label are shown so many times an epoch: most pairs are different.
TIMES = {"same": 3, "related": 2, "different": 1}
VERDICTS = list(TIMES)


@dataclass(frozen=True)
class LabelledPair:
    """Two items of a set, and how they are to each other."""

    group: str
    """Held out together with the pairs of this set."""
    left: Item
    right: Item
    label: str


def train_readers(encoder, pairs: Sequence[LabelledPair], courses: Sequence[frozenset[str]], members: int):
    """Readers of pairs, one for each course, trained as many at once as there are cores; the same on any number.

    Args:
        courses: For each reader the sets that it learns from.
        members: Networks of each reader, which give their opinion together.
    """
    model = token_model(encoder)
    base = load_reader(model)
    items = {id(item): item for pair in pairs for item in (pair.left, pair.right)}
    wanted = list(dict.fromkeys(text(item) for item in items.values() for text in (wording, context)))
    texts = dict(zip(wanted, base.read(wanted), strict=True))
    jobs = [(course, member) for course in range(len(courses)) for member in range(members)]

    def train(some):
        ((course, member),) = some
        torch.set_num_threads(1)
        return _train(base, texts, [pair for pair in pairs if pair.group in courses[course]], member)

    states: list[dict] = [{} for _ in courses]
    for (course, member), trained in zip(jobs, in_processes(train, jobs, 1, 2), strict=True):
        states[course] |= {
            name.replace("members.0.", f"members.{member}."): torch.from_numpy(weights)
            for name, weights in trained.items()
        }
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    count = [sum(pair.group in course for pair in pairs) for course in courses]
    return [
        _reader(base, state, About(base.about.model, today, (("pairs", "Apache-2.0", number),)))
        for state, number in zip(states, count, strict=True)
    ]


def _reader(base: Reader, state, about: About) -> Reader:
    weights = {f"net.{name}": tensor for name, tensor in state.items()}
    shared = {"basis": base.basis, "middle": base.middle, "rarity": (base.rarity * 255).round().to(torch.uint8)}
    return Reader(base.model, weights | shared, about)


def _train(base: Reader, texts: dict[str, Text], pairs: Sequence[LabelledPair], seed: int) -> dict[str, np.ndarray]:
    torch.manual_seed(seed)
    rng = random.Random(seed)
    reader = _reader(base, network().state_dict(), base.about)
    net = reader.net.train()
    for parameter in net.parameters():
        parameter.requires_grad_(True)
    shown = [pair for pair in pairs for _ in range(TIMES[pair.label])]
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * math.ceil(len(shown) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    for _ in range(EPOCHS):
        for batch in _batches(shown, texts, rng):
            turned = [(pair.left, pair.right) if rng.random() < 0.5 else (pair.right, pair.left) for pair in batch]
            logits = net(
                reader.batch([texts[wording(left)] for left, _ in turned]),
                reader.batch([texts[wording(right)] for _, right in turned]),
                reader.batch([cut(texts[context(left)], 0, MAX_QUESTION) for left, _ in turned]),
            )
            wanted = torch.tensor([VERDICTS.index(pair.label) for pair in batch])
            loss = torch.nn.functional.cross_entropy(logits, wanted)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return {name: weights.numpy() for name, weights in net.state_dict().items()}


def _batches(shown: Sequence[LabelledPair], texts: dict[str, Text], rng: random.Random) -> list[list[LabelledPair]]:
    """Pairs in random order, those of a batch of like length."""
    order = list(shown)
    rng.shuffle(order)
    batches = []
    for start in range(0, len(order), BATCH * 20):
        bucket = order[start : start + BATCH * 20]
        bucket.sort(key=lambda pair: len(texts[wording(pair.left)].ids) + len(texts[wording(pair.right)].ids))
        batches += [bucket[place : place + BATCH] for place in range(0, len(bucket), BATCH)]
    rng.shuffle(batches)
    return batches
