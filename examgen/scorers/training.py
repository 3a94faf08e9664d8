"""Training the reader: from samples with marks to a file of weights, the same for the same samples and seed."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from examgen.embed.tokens import read_tokens
from examgen.forked import in_processes
from examgen.scorers.exercises import Sample
from examgen.scorers.reader import KEPT, LAYERS, MAX_QUESTION, About, Reader, Text, network
from examgen.scorers.reading import Stretch, cut, joined, nearest, pieces, stretches_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

# Chosen on Beetle's unseen questions and on held-out questions of SciEntsBank, LE and the exercises: after three epochs
# the marks of unseen questions stop getting better while the loss on the training answers goes on falling.
EPOCHS, BATCH, RATE, DECAY = 3, 32, 1e-3, 0.2
# Networks that are trained apart and give their opinion together: what one has learned by chance the others have not.
MEMBERS = 3
# How much telling contradiction from absence counts against telling covered from the rest.
CONTRADICTION = 0.3
# Of many ways to answer a wrong answer is compared with so many, drawn anew each time, and a right one with the nearest
# of them; that it takes all of them is not what its mark says.
ALTERNATIVES = 2
# How sharply the best of several alternatives counts, against their mean.
SHARPNESS = 8.0
BASIS_TEXTS, BASIS_TOKENS = 3000, 12000
# A batch is compared in so many parts of like length, which saves padding, unless they would have fewer pairs.
PARTS, FEWEST = 3, 24


def texts_of(sample: Sample) -> tuple[str, ...]:
    """All texts that a sample is read as."""
    return (sample.question, *pieces(sample.answer), *(point for way in sample.ways for point in way))


@dataclass(frozen=True)
class Library:
    """Every text of the samples, read once."""

    texts: dict[str, Text]
    basis: Tensor
    middle: Tensor


def read_library(model: SentenceTransformer, samples: Sequence[Sample], seed: int = 0) -> Library:
    """Embed every text of the samples, and find the directions in which their tokens differ most.

    Args:
        seed: Decides which texts the directions are computed from.
    """
    import torch

    wanted = list(dict.fromkeys(text for sample in samples for text in texts_of(sample)))
    drawn = random.Random(seed).sample(wanted, min(BASIS_TEXTS, len(wanted)))
    rng = np.random.default_rng(seed)
    stacked = np.concatenate([tokens.vectors for tokens in read_tokens(model, drawn, LAYERS)])
    stacked = stacked[rng.permutation(len(stacked))[:BASIS_TOKENS]].reshape(
        -1, len(LAYERS), stacked.shape[1] // len(LAYERS)
    )
    middle = stacked.mean(0)
    basis = np.stack([_directions(stacked[:, layer] - middle[layer]) for layer in range(len(LAYERS))])
    blank = _reader(model, torch.from_numpy(basis), torch.from_numpy(middle), network().state_dict())
    return Library(dict(zip(wanted, blank.read(wanted), strict=True)), blank.basis, blank.middle)


def _directions(centred: NDArray[np.float32]) -> NDArray[np.float32]:
    """The principal directions, (dim, KEPT), with signs that do not depend on the solver."""
    _, _, rows = np.linalg.svd(centred, full_matrices=False)
    rows = rows[:KEPT]
    signs = np.sign(rows[np.arange(len(rows)), np.abs(rows).argmax(1)])
    directions: NDArray[np.float32] = np.ascontiguousarray((rows * signs[:, None]).T.astype(np.float32))
    return directions


def _reader(
    model: SentenceTransformer,
    basis: Tensor,
    middle: Tensor,
    states: Mapping[str, Tensor],
    about: About | None = None,
) -> Reader:
    weights = {f"net.{name}": tensor for name, tensor in states.items()}
    weights |= {"basis": basis, "middle": middle, "rarity": rarity(model)}
    return Reader(model, weights, about or About("", "", ()))


@functools.lru_cache(maxsize=2)
def rarity(model: SentenceTransformer) -> Tensor:
    """How rare each token of the vocabulary is, 0..255: its negative log-probability in the tokenizer's own model."""
    import torch

    first: Any = model[0]
    stored = json.loads(first.tokenizer.backend_tokenizer.to_str())["model"]["vocab"]
    scores = [min(-entry[1], 16.0) / 16 for entry in stored] if isinstance(stored, list) else [0.5] * len(stored)
    values = torch.tensor(scores + [0.0] * max(0, len(first.tokenizer) - len(scores)))
    values[list(first.tokenizer.all_special_ids)] = 0.0
    return (values * 255).round().to(torch.uint8)


def train_readers(
    model: SentenceTransformer,
    courses: Sequence[Sequence[Sample]],
    library: Library,
    abouts: Sequence[About],
    seed: int = 0,
    epochs: int = EPOCHS,
    members: int = MEMBERS,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Reader]:
    """Train readers, each on samples of its own, as many networks at once as there are cores.

    The loss is the cross-entropy of the answers' marks; the marks of single
    points need not be known, since an answer's mark is the mean over its
    points, or the best of its alternatives. The members of a reader learn
    apart from each other, from other starts and in another order, each on one
    thread, so they come out the same on any number of cores.

    Args:
        courses: For each reader what it learns from.
        library: Of these samples, or of more.
        abouts: For each reader what is written into its file.
        seed: Decides weights, order and drop-out.
        progress: Called with a line after each epoch, by the process that trains.
    """
    networks = [(course, member) for course in range(len(courses)) for member in range(members)]

    def train(some: Sequence[tuple[int, int]]) -> dict[str, NDArray[np.float32]]:
        ((course, member),) = some
        name = f"reader {course + 1} of {len(courses)}, network {member + 1} of {members}"
        with _one_thread():
            return _train_member(
                model,
                courses[course],
                library,
                seed * members + member,
                epochs,
                lambda line: progress(f"{name}: {line}"),
            )

    # On a GPU one after the other: a process that is forked cannot use it.
    at_once = model.device.type == "cpu"
    trained = in_processes(train, networks, 1, 2) if at_once else [train([each]) for each in networks]
    states: list[dict[str, Tensor]] = [{} for _ in courses]
    for (course, member), alone in zip(networks, trained, strict=True):
        states[course] |= _named(alone, member)
    return [
        _reader(model, library.basis, library.middle, each, about) for each, about in zip(states, abouts, strict=True)
    ]


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """torch has one thread in here, whatever there is: how sums come out depends on the number."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _named(weights: Mapping[str, NDArray[np.float32]], member: int) -> dict[str, Tensor]:
    """The weights of a network that was trained alone, by the names that they have among the others."""
    import torch

    return {
        name.replace("members.0.", f"members.{member}."): torch.from_numpy(array) for name, array in weights.items()
    }


def _train_member(
    model: SentenceTransformer,
    samples: Sequence[Sample],
    library: Library,
    seed: int,
    epochs: int,
    progress: Callable[[str], None],
) -> dict[str, NDArray[np.float32]]:
    """The trained weights of a network of one member."""
    import torch

    torch.manual_seed(seed)
    rng = random.Random(seed)
    reader = _reader(model, library.basis, library.middle, network().state_dict())
    net = reader.net.train()
    for parameter in net.parameters():
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    steps = epochs * math.ceil(len(samples) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    for epoch in range(epochs):
        total = 0.0
        for batch in _batches(samples, rng):
            cases = [(sample, _drawn(sample, library, rng)) for sample in batch]
            loss = _loss(answer_marks(reader, library, cases), batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        progress(f"epoch {epoch + 1} of {epochs}: loss {total / math.ceil(len(samples) / BATCH):.3f}")
    return {name: weights.cpu().numpy() for name, weights in net.state_dict().items()}


def _batches(samples: Sequence[Sample], rng: random.Random) -> list[list[Sample]]:
    """Samples in random order, those of a batch of like length."""
    order = list(samples)
    rng.shuffle(order)
    batches: list[list[Sample]] = []
    for start in range(0, len(order), BATCH * 20):
        bucket = sorted(order[start : start + BATCH * 20], key=lambda sample: len(sample.answer))
        batches += [bucket[i : i + BATCH] for i in range(0, len(bucket), BATCH)]
    rng.shuffle(batches)
    return batches


def _drawn(sample: Sample, library: Library, rng: random.Random) -> tuple[tuple[str, ...], ...]:
    """The ways to answer that a sample is compared with this time."""
    if len(sample.ways) <= ALTERNATIVES:
        return sample.ways
    if sample.mark < 0.5:
        return tuple(rng.sample(sample.ways, ALTERNATIVES))
    tokens = [library.texts[piece].vectors for piece in pieces(sample.answer)]
    answer = np.concatenate([*tokens, np.zeros((1, tokens[0].shape[1]), dtype=np.float32)])

    def likeness(way: tuple[str, ...]) -> float:
        vectors = [library.texts[point].vectors for point in way]
        return float(np.mean([(each @ answer.T).max(1).mean() if len(each) else 0.0 for each in vectors]))

    return tuple(sorted(sample.ways, key=likeness, reverse=True)[:ALTERNATIVES])


def answer_marks(
    reader: Reader, library: Library, cases: Sequence[tuple[Sample, tuple[tuple[str, ...], ...]]]
) -> Tensor:
    """Marks and contradictions of answers, (n, 2), from the verdicts on their sentences, alone and together."""
    import torch

    pairs: list[tuple[Text, Text, Text]] = []
    counts: list[list[list[int]]] = []
    for sample, ways in cases:
        stretches = stretches_of(sample.answer, library.texts)
        question = cut(library.texts[sample.question], 0, MAX_QUESTION)
        counts.append([])
        for way in ways:
            looked = [_looked_at(library.texts[point], stretches) for point in way]
            counts[-1].append([len(parts) for parts in looked])
            pairs += [
                (library.texts[point], part, question)
                for point, parts in zip(way, looked, strict=True)
                for part in parts
            ]
    sizes = [size for each in counts for way in each for size in way]
    verdicts = iter(torch.split(_verdicts(reader, pairs), sizes))
    found = []
    for ways_counts in counts:
        ways_found = []
        for points_counts in ways_counts:
            mine = torch.stack([_best(next(verdicts)) for _ in points_counts])
            ways_found.append(torch.stack([mine[:, 0].mean(), mine[:, 1].max()]))
        found.append(_best(torch.stack(ways_found)))
    return torch.stack(found)


def _verdicts(reader: Reader, pairs: Sequence[tuple[Text, Text, Text]]) -> Tensor:
    """Probabilities of covered, contradicted, absent, (n, 3); pairs of like length are compared at once."""
    import torch

    order = sorted(range(len(pairs)), key=lambda n: len(pairs[n][0].ids) + len(pairs[n][1].ids))
    parts = max(1, min(PARTS, len(order) // FEWEST))
    edges = [len(order) * n // parts for n in range(parts + 1)]
    logits = []
    for begin, end in itertools.pairwise(edges):
        rows = order[begin:end]
        logits.append(reader.net(*(reader.batch([pairs[n][side] for n in rows]) for side in range(3))))
    back = torch.tensor(order, dtype=torch.long, device=logits[0].device).argsort()
    return torch.softmax(torch.cat(logits), 1)[back]


def _looked_at(point: Text, stretches: list[Stretch]) -> list[Text]:
    """What a point is compared with: the sentences nearest to it, and where there are several these together."""
    if not len(point.ids):
        return []
    near = nearest(point, stretches)
    return [each.text for each in near] + ([joined(near)] if len(near) > 1 else [])


def _best(verdicts: Tensor) -> Tensor:
    """Covered and contradicted, (2,), as the stretch or way to answer that covers best has them."""
    import torch

    if not len(verdicts):
        return verdicts.new_zeros(2)
    weight = torch.softmax(SHARPNESS * verdicts[:, 0], 0)
    best: Tensor = (weight[:, None] * verdicts[:, :2]).sum(0)
    return best


def _loss(found: Tensor, batch: Sequence[Sample]) -> Tensor:
    import torch

    device = found.device
    marks = torch.tensor([sample.mark for sample in batch], device=device)
    loss = _entropy(found[:, 0], marks).mean()
    known = torch.tensor([sample.contradicts is not None for sample in batch], device=device)
    if known.any():
        against = torch.tensor([float(bool(sample.contradicts)) for sample in batch], device=device)
        loss = loss + CONTRADICTION * _entropy(found[:, 1], against)[known].mean()
    return loss


def _entropy(found: Tensor, wanted: Tensor) -> Tensor:
    bounded = found.clamp(1e-4, 1 - 1e-4)
    return -(wanted * bounded.log() + (1 - wanted) * (1 - bounded).log())
