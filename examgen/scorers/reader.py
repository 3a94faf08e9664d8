"""The reader: a small network over the token vectors of the embedding model that tells what covers a point.

It compares two short texts, a rubric point and a stretch of an answer, token by token: each token looks for its
counterpart in the other text, is compared with it, and the comparisons are pooled into three numbers: the point is
covered, contradicted, or absent. The embedding model itself stays as it is, so a text is embedded once and then
compared with any number of points.

Source: the attend, compare, aggregate steps of a decomposable attention model (Parikh et al. 2016, arXiv:1606.01933),
over frozen contextual vectors, with word-for-word matches and the question's own words told to it as features.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from examgen.embed.tokens import read_tokens
from examgen.errors import FileError
from examgen.text import simplified

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

FORMAT = 3
SHIPPED = Path(__file__).parent / "reader.safetensors"
# Hidden states that the reader sees: words, phrases, and the sense of the whole. The last three layers of the model
# would cost a third more time than all below them; docs/how-marks-are-made.md tells what was tried.
LAYERS = (3, 6, 9)
# What a reader of format 2 saw, such as that of duplicates.
PROMPTED: dict[str, Any] = {"format": 2, "layers": (4, 8, 12), "prompted": True}
# Dimensions kept of each layer: 88 to 90 % of the variance of 9,000 token vectors of the training texts.
KEPT = 128
WIDTH = 96
PLAIN = 5  # features of a token that need no vectors; see `Reader._features`
MAX_QUESTION = 48
# What may end a sentence and says nothing; a question mark does.
ENDS = " 。.!！；;…，,"
NEGATING = """
not no n't never without neither nor none cannot don doesn didn isn aren wasn weren won
不 没 没有 无 未 非 并非 不是 不会 不能 无法 不同 不需要
"""
NEGATIONS = frozenset(NEGATING.split())


@dataclass(frozen=True)
class About:
    """Where a reader comes from; stored in its file."""

    model: str
    """Fingerprint of the weights of the embedding model, without prompt and precision."""
    date: str
    trained: tuple[tuple[str, str, int], ...]
    """Data sets with their licences and numbers of samples."""
    format: int = FORMAT
    layers: tuple[int, ...] = LAYERS
    prompted: bool = False
    """Whether the model's prompt stood in front of every text."""


@dataclass(frozen=True)
class Text:
    """A text as the reader sees it."""

    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]
    """(n, layers * KEPT), each layer's part of length 1."""
    spans: NDArray[np.int64]


def network(
    members: int = 1, width: int = WIDTH, kept: int = KEPT, layers: int = len(LAYERS), dropout: float = 0.4
) -> torch.nn.Module:
    """An untrained network; its forward pass takes a batch of points, stretches and questions.

    Args:
        members: Networks of the same form that give their opinion together: the mean of their logits.
    """
    import torch
    from torch import nn

    features = PLAIN + 3 * layers

    class Member(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.proj, self.norm = nn.Linear(kept * layers, width), nn.LayerNorm(width)
            self.match = nn.Linear(width, width, bias=False)
            self.scale = nn.Parameter(torch.full((layers + 1,), 2.0))
            self.compare = nn.Sequential(
                nn.Linear(4 * width + features, width),
                nn.GELU(),
                nn.Dropout(dropout),
                nn.Linear(width, width),
                nn.GELU(),
            )
            self.gate = nn.Linear(width + features, 1)
            self.judge = nn.Sequential(
                nn.Linear(6 * width + 4 * features, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, 3)
            )

        def forward(self, point: Batch, part: Batch, close: list[Tensor], told: tuple[Tensor, Tensor]) -> Tensor:
            p, a = self.norm(self.proj(point.vectors)), self.norm(self.proj(part.vectors))
            match = torch.bmm(self.match(p), a.transpose(1, 2)) / math.sqrt(width) * self.scale[-1]
            for layer, cosine in enumerate(close):
                match = match + 2 * self.scale[layer] * cosine
            to_part = torch.softmax(match + part.hidden, 2) @ a
            to_point = torch.softmax(match.transpose(1, 2) + point.hidden, 2) @ p
            pooled = [self._pool(p, to_part, told[0], point), self._pool(a, to_point, told[1], part)]
            logits: Tensor = self.judge(torch.cat(pooled, 1))
            return logits

        def _pool(self, own: Tensor, other: Tensor, features: Tensor, text: Batch) -> Tensor:
            compared = self.compare(torch.cat([own, other, (own - other).abs(), own * other, features], 2))
            there = text.there[:, :, None]
            weight = torch.softmax(self.gate(torch.cat([compared, features], 2)).squeeze(2) + text.hidden[:, 0], 1)
            rare = features[:, :, :1] * there
            rare = rare / (rare.sum(1, keepdim=True) + 1e-6)
            return torch.cat(
                [
                    (compared * weight[:, :, None]).sum(1),
                    (compared * there).sum(1) / there.sum(1),
                    (compared + (there - 1) * 1e4).max(1).values,
                    (features * rare).sum(1),
                    (features * weight[:, :, None]).sum(1),
                ],
                1,
            )

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.members = nn.ModuleList([Member() for _ in range(members)])

        def forward(self, point: Batch, part: Batch, question: Batch) -> Tensor:
            """Logits of covered, contradicted, absent: (n, 3)."""
            close = _cosines(point, part, layers)
            back = [cosine.transpose(1, 2) for cosine in close]
            told = _features(point, part, question, close, layers), _features(part, point, question, back, layers)
            return torch.stack([member(point, part, close, told) for member in self.members]).mean(0)

    return Network()


@dataclass(frozen=True)
class Batch:
    """Texts side by side, padded with token 0."""

    ids: Tensor
    vectors: Tensor
    plain: Tensor
    """Rarity of the token, whether it negates, whether it is a number: (n, length, 3)."""

    @property
    def there(self) -> Tensor:
        """1 where a token is, 0 where padding is."""
        return (self.ids > 0).float()

    @property
    def hidden(self) -> Tensor:
        """What is added to logits over this text so that padding gets no weight: (n, 1, length)."""
        return ((self.ids == 0) * -1e4)[:, None, :]


def _cosines(left: Batch, right: Batch, layers: int) -> list[Tensor]:
    import torch

    kept = left.vectors.shape[2] // layers
    cut = [slice(layer * kept, (layer + 1) * kept) for layer in range(layers)]
    return [torch.bmm(left.vectors[:, :, part], right.vectors[:, :, part].transpose(1, 2)) for part in cut]


def _features(own: Batch, other: Batch, question: Batch, close: list[Tensor], layers: int) -> Tensor:
    """What each token of ``own`` is and meets.

    Rarity, negation, number, the same token in the other text and in the
    question; then for each layer its nearest token in the other text and how
    many come close, and for each layer the nearest token in the question.
    """
    import torch

    same = (own.ids[:, :, None] == other.ids[:, None, :]).any(2).float()
    asked = (own.ids[:, :, None] == question.ids[:, None, :]).any(2).float()
    found = [*own.plain.unbind(2), same, asked]
    for cosine in close:
        nearest = (cosine + other.hidden).max(2).values.clamp(min=-1)
        found += [nearest, torch.logsumexp((cosine + other.hidden) * 10, 2) / 10 - nearest]
    for cosine in _cosines(own, question, layers):
        found.append((cosine + question.hidden).max(2).values.clamp(min=-1))
    return torch.stack(found, 2)


class Reader:
    """Tells for pairs of texts whether the second covers the first."""

    def __init__(self, model: SentenceTransformer, weights: dict[str, Tensor], about: About) -> None:
        import torch

        self.model, self.about = model, about
        self.known: dict[str, Text] = {}
        """Texts that were read before and are not read again."""
        device = model.device
        self.basis, self.middle = weights["basis"].to(device), weights["middle"].to(device)
        self.rarity = weights["rarity"].float() / 255
        self.negates, self.number = map(torch.from_numpy, _vocabulary_of(model))
        trained = {name[4:]: tensor.float() for name, tensor in weights.items() if name[:4] == "net."}
        self.net = network(members_of(trained)).to(device).eval()
        self.net.load_state_dict(trained)
        for parameter in self.net.parameters():
            parameter.requires_grad_(False)

    def read(self, texts: Sequence[str]) -> list[Text]:
        """Embed texts, each once, as far as the model reads; traditional characters are read as simplified ones."""
        import torch

        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        read: dict[str, Text] = {}
        found = read_tokens(self.model, [as_read(text) for text in new], self.about.layers, self.about.prompted)
        for text, tokens in zip(new, found, strict=True):
            vectors = torch.from_numpy(tokens.vectors).to(self.basis.device)
            read[text] = Text(tokens.ids, self.reduce(vectors).cpu().numpy(), tokens.spans)
        return [read[text] if text in read else self.known[text] for text in texts]

    def reduce(self, vectors: Tensor) -> Tensor:
        """Hidden states, (n, layers * dim), to the part that the reader uses, (n, layers * KEPT)."""
        import torch

        states = vectors.view(len(vectors), len(LAYERS), -1) - self.middle
        reduced = torch.einsum("nld,ldk->nlk", states, self.basis)
        return torch.nn.functional.normalize(reduced, dim=2).flatten(1)

    def judge(self, pairs: Sequence[tuple[Text, Text, Text]], batch_size: int = 128) -> NDArray[np.float32]:
        """Probabilities that a point is covered, contradicted, absent.

        Args:
            pairs: Point, stretch of an answer, question.

        Returns:
            (n, 3), rows that add up to 1; a pair without tokens on one side is absent.
        """
        import torch

        found = np.tile(np.array([0, 0, 1], dtype=np.float32), (len(pairs), 1))
        order = [n for n, (point, part, _) in enumerate(pairs) if len(point.ids) and len(part.ids)]
        order.sort(key=lambda n: len(pairs[n][0].ids) + len(pairs[n][1].ids))
        with torch.inference_mode():
            for begin in range(0, len(order), batch_size):
                rows = order[begin : begin + batch_size]
                point, part, question = (self.batch([pairs[n][side] for n in rows]) for side in range(3))
                found[rows] = torch.softmax(self.net(point, part, question), 1).cpu().numpy()
        return found

    def batch(self, texts: Sequence[Text]) -> Batch:
        """Pad texts to one length, on the model's device."""
        import torch

        length = max(1, *(len(text.ids) for text in texts)) if texts else 1
        ids = np.zeros((len(texts), length), dtype=np.int64)
        vectors = np.zeros((len(texts), length, self.basis.shape[0] * self.basis.shape[2]), dtype=np.float32)
        for row, text in enumerate(texts):
            ids[row, : len(text.ids)] = text.ids
            vectors[row, : len(text.ids)] = text.vectors
        places = torch.from_numpy(ids)
        plain = torch.stack([self.rarity[places], self.negates[places], self.number[places]], 2)
        device = self.basis.device
        return Batch(places.to(device), torch.from_numpy(vectors).to(device), plain.to(device))


def members_of(names: Iterable[str]) -> int:
    """How many networks a reader's weights make, from their names: ``members.0.gate.bias``, ..."""
    return len({name.partition("members.")[2].partition(".")[0] for name in names if "members." in name})


def as_read(text: str) -> str:
    """A text as it is embedded: in simplified characters, without the marks at its end; all offsets stay.

    Whether a sentence has its full stop is no matter of its sense, but moves the vectors of all its tokens.
    """
    plain = simplified(text)
    plain = plain if len(plain) == len(text) else text
    return plain.rstrip(ENDS) or plain


@functools.lru_cache(maxsize=2)
def _vocabulary_of(model: SentenceTransformer) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """See `vocabulary`; kept, since a training makes several readers over one model."""
    first: Any = model[0]
    return vocabulary(first.tokenizer.get_vocab())


def vocabulary(tokens: Mapping[str, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Which tokens of a vocabulary negate, and which are numbers: 1 or 0 at each token's place."""
    size = max(tokens.values()) + 1
    negates, number = np.zeros(size, np.float32), np.zeros(size, np.float32)
    for piece, place in tokens.items():
        word = piece.lstrip("▁").lower()
        if word in NEGATIONS:
            negates[place] = 1
        elif word[:1].isdigit() and word.replace(".", "", 1).isdecimal():
            number[place] = 1
    return negates, number


@functools.cache
def shipped_reader(path: Path = SHIPPED) -> About | None:
    """Where a shipped reader comes from; None where none is shipped."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as stored:
            return about_of(stored.metadata(), path)
    except (OSError, SafetensorError, ValueError):
        return None


def about_of(metadata: dict[str, str] | None, path: Path) -> About:
    """What stands in a reader's file about its origin."""
    about = json.loads((metadata or {}).get("about", "{}"))
    if about.get("format") not in (PROMPTED["format"], FORMAT):
        raise FileError(str(path), None, "is a reader of another version", "Train it anew.")
    if about["format"] == PROMPTED["format"]:
        about |= PROMPTED
    about["layers"] = tuple(about.get("layers", LAYERS))
    return About(**{**about, "trained": tuple(map(tuple, about["trained"]))})


def stored_reader(path: Path, framework: Literal["pt", "numpy"]) -> tuple[About, dict[str, Any]]:
    """Read a trained reader's file: where it comes from, and its weights by name, as arrays of torch or numpy.

    Raises:
        FileError: the file is missing or damaged, or is of another version.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework=framework) as stored:
            about = about_of(stored.metadata(), path)
            return about, {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  # not a dict
    except (OSError, SafetensorError, ValueError) as error:
        raise FileError(str(path), None, f"the reader cannot be loaded: {error}", "Train it anew.") from error


def load_reader(model: SentenceTransformer, path: Path = SHIPPED) -> Reader:
    """Load a trained reader.

    Raises:
        FileError: see `stored_reader`.
    """
    about, weights = stored_reader(path, "pt")
    return Reader(model, weights, about)


def save_reader(reader: Reader, path: Path) -> None:
    """Write a reader: one file of about 2 MB."""
    import torch
    from safetensors.torch import save

    from examgen.records import write_bytes

    weights = {f"net.{name}": tensor.cpu().half() for name, tensor in reader.net.state_dict().items()}
    weights |= {"basis": reader.basis.cpu(), "middle": reader.middle.cpu()}
    weights["rarity"] = (reader.rarity * 255).round().to(torch.uint8)
    write_bytes(path, save(weights, {"about": json.dumps(asdict(reader.about), ensure_ascii=False)}))
