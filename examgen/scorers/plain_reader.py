"""The reader without torch: the same network in numpy, over a model that shows its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examgen.embed.parallel import for_each, threads
from examgen.embed.tokens import TokenModel
from examgen.scorers.reader import (
    KEPT,
    LAYERS,
    SHIPPED,
    WIDTH,
    About,
    Text,
    as_read,
    members_of,
    stored_reader,
    vocabulary,
)

Floats = NDArray[np.float32]
PAIRS_AT_ONCE = 64
FAR = np.float32(-1e4)


@dataclass(frozen=True)
class Padded:
    """Texts side by side, padded with token 0; see `examgen.scorers.reader.Batch`."""

    texts: tuple[Text, ...]
    ids: NDArray[np.int64]
    vectors: Floats
    plain: Floats

    @property
    def there(self) -> Floats:
        """1 where a token is, 0 where padding is: (n, length, 1)."""
        there: Floats = (self.ids > 0).astype(np.float32)[:, :, None]
        return there

    @property
    def hidden(self) -> Floats:
        """What is added to logits over this text so that padding gets no weight: (n, 1, length)."""
        hidden: Floats = ((self.ids == 0) * FAR)[:, None, :]
        return hidden


class PlainReader:
    """Tells for pairs of texts whether the second covers the first; see `examgen.scorers.reader.Reader`.

    Its numbers differ from those of torch by the order of additions, about 1e-6.
    """

    def __init__(self, model: TokenModel, weights: dict[str, NDArray[np.generic]], about: About) -> None:
        self.model, self.about = model, about
        self.weights = {name: array.astype(np.float32) for name, array in weights.items()}
        self.rarity = self.weights["rarity"] / 255
        self.members = [
            _Member({name[len(head) :]: array for name, array in self.weights.items() if name.startswith(head)})
            for head in (f"net.members.{n}." for n in range(members_of(weights)))
        ]
        self.negates, self.number = vocabulary(model.vocabulary())

    def read(self, texts: Sequence[str]) -> list[Text]:
        """See `examgen.scorers.reader.Reader.read`."""
        new = list(dict.fromkeys(texts))
        found = self.model.read_tokens([as_read(text) for text in new], LAYERS)
        read = {
            text: Text(tokens.ids, self.reduce(tokens.vectors), tokens.spans)
            for text, tokens in zip(new, found, strict=True)
        }
        return [read[text] for text in texts]

    def reduce(self, vectors: Floats) -> Floats:
        """See `examgen.scorers.reader.Reader.reduce`."""
        states = vectors.reshape(len(vectors), len(LAYERS), -1) - self.weights["middle"]
        reduced = np.matmul(states.transpose(1, 0, 2), self.weights["basis"]).transpose(1, 0, 2)
        length = np.maximum(np.linalg.norm(reduced, axis=2, keepdims=True), 1e-12)
        return np.ascontiguousarray((reduced / length).reshape(len(vectors), -1))

    def judge(self, pairs: Sequence[tuple[Text, Text, Text]]) -> Floats:
        """See `examgen.scorers.reader.Reader.judge`."""
        found = np.tile(np.array([0, 0, 1], dtype=np.float32), (len(pairs), 1))
        order = [n for n, (point, part, _) in enumerate(pairs) if len(point.ids) and len(part.ids)]
        order.sort(key=lambda n: len(pairs[n][0].ids) + len(pairs[n][1].ids))
        known = [member.projections([text for n in order for text in pairs[n][:2]]) for member in self.members]

        def look(begin: int) -> None:
            rows = order[begin : begin + PAIRS_AT_ONCE]
            found[rows] = _softmax(self._logits([pairs[n] for n in rows], known), 1)

        for_each(look, range(0, len(order), PAIRS_AT_ONCE), threads())
        return found

    def _logits(self, pairs: Sequence[tuple[Text, Text, Text]], known: Sequence[dict[int, Floats]]) -> Floats:
        """The forward pass of `examgen.scorers.reader.network`."""
        point, part, question = (self._padded([pair[side] for pair in pairs]) for side in range(3))
        close = _cosines(point, part)
        back = [cosine.transpose(0, 2, 1) for cosine in close]
        told = _features(point, part, question, close), _features(part, point, question, back)
        logits = [
            member.logits(point, part, close, told, projections)
            for member, projections in zip(self.members, known, strict=True)
        ]
        mean: Floats = np.mean(logits, 0)
        return mean

    def _padded(self, texts: Sequence[Text]) -> Padded:
        length = max(1, *(len(text.ids) for text in texts))
        ids = np.zeros((len(texts), length), np.int64)
        vectors = np.zeros((len(texts), length, len(LAYERS) * KEPT), np.float32)
        for row, text in enumerate(texts):
            ids[row, : len(text.ids)] = text.ids
            vectors[row, : len(text.ids)] = text.vectors
        plain = np.stack([self.rarity[ids], self.negates[ids], self.number[ids]], 2)
        return Padded(tuple(texts), ids, vectors, plain)


class _Member:
    """The forward pass of one member of `examgen.scorers.reader.network`."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self.weights = weights

    def projections(self, texts: Sequence[Text]) -> dict[int, Floats]:
        """What the network makes of each text's vectors, by the text's identity: one text is in many pairs."""
        different = list({id(text): text for text in texts}.values())
        if not different:
            return {}
        rows = self._projected(np.concatenate([text.vectors for text in different]))
        cuts = np.cumsum([len(text.ids) for text in different])[:-1]
        return dict(zip(map(id, different), np.split(rows, cuts), strict=True))

    def logits(
        self,
        point: Padded,
        part: Padded,
        close: Sequence[Floats],
        told: tuple[Floats, Floats],
        projections: dict[int, Floats],
    ) -> Floats:
        p, a = (self._side(text, projections) for text in (point, part))
        scale = self.weights["scale"]
        match = _times(p, self.weights["match.weight"]) @ a.transpose(0, 2, 1) * (scale[-1] / np.sqrt(WIDTH))
        for layer, cosine in enumerate(close):
            match += 2 * scale[layer] * cosine
        to_part = _softmax(match + part.hidden, 2) @ a
        to_point = _softmax(match.transpose(0, 2, 1) + point.hidden, 2) @ p
        pooled = [self._pool(p, to_part, told[0], point), self._pool(a, to_point, told[1], part)]
        return self._linear("judge.3", _gelu(self._linear("judge.0", np.concatenate(pooled, 1))))

    def _side(self, padded: Padded, projections: dict[int, Floats]) -> Floats:
        """The projections of a batch's texts side by side: (n, length, WIDTH)."""
        side = np.zeros((*padded.ids.shape, WIDTH), np.float32)
        for row, text in enumerate(padded.texts):
            side[row, : len(text.ids)] = projections[id(text)]
        return side

    def _projected(self, vectors: Floats) -> Floats:
        """The projection and its layer norm, for tokens in rows."""
        values = self._linear("proj", vectors)
        centred = values - values.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + np.float32(1e-5))
        normal: Floats = centred / spread * self.weights["norm.weight"] + self.weights["norm.bias"]
        return normal

    def _pool(self, own: Floats, other: Floats, features: Floats, text: Padded) -> Floats:
        """What the tokens of a text say together; padding is left out of the work."""
        places = np.flatnonzero(text.ids)
        mine, theirs, told = (part.reshape(-1, part.shape[2])[places] for part in (own, other, features))
        both = np.concatenate([mine, theirs, np.abs(mine - theirs), mine * theirs, told], 1)
        compared = np.zeros((*text.ids.shape, WIDTH), np.float32)
        compared.reshape(-1, WIDTH)[places] = _gelu(self._linear("compare.3", _gelu(self._linear("compare.0", both))))
        gate = self._linear("gate", np.concatenate([compared, features], 2))[:, :, 0]
        weight = _softmax(gate + text.hidden[:, 0], 1)[:, :, None]
        there = text.there
        rare = features[:, :, :1] * there
        rare = rare / (rare.sum(1, keepdims=True) + np.float32(1e-6))
        return np.concatenate(
            [
                (compared * weight).sum(1),
                (compared * there).sum(1) / there.sum(1),
                (compared + (there - 1) * -FAR).max(1),
                (features * rare).sum(1),
                (features * weight).sum(1),
            ],
            1,
        )

    def _linear(self, name: str, values: Floats) -> Floats:
        found = _times(values, self.weights[f"{name}.weight"])
        found += self.weights[f"{name}.bias"]
        return found


def _times(values: Floats, weight: Floats) -> Floats:
    """The last axis times a matrix, as one product: numpy would make one for each pair."""
    found: Floats = (values.reshape(-1, values.shape[-1]) @ weight.T).reshape(*values.shape[:-1], len(weight))
    return found


def _cosines(left: Padded, right: Padded) -> list[Floats]:
    cut = [slice(layer * KEPT, (layer + 1) * KEPT) for layer in range(len(LAYERS))]
    return [left.vectors[:, :, part] @ right.vectors[:, :, part].transpose(0, 2, 1) for part in cut]


def _features(own: Padded, other: Padded, question: Padded, close: Sequence[Floats]) -> Floats:
    """See `examgen.scorers.reader._features`."""
    same = (own.ids[:, :, None] == other.ids[:, None, :]).any(2)
    asked = (own.ids[:, :, None] == question.ids[:, None, :]).any(2)
    found = [*np.moveaxis(own.plain, 2, 0), same.astype(np.float32), asked.astype(np.float32)]
    for cosine in close:
        values = cosine + other.hidden
        top = values.max(2)
        nearest = np.maximum(top, -1)
        total = np.exp((values - top[:, :, None]) * 10).sum(2)
        found += [nearest, top + np.log(total) / 10 - nearest]
    found += [np.maximum((cosine + question.hidden).max(2), -1) for cosine in _cosines(own, question)]
    return np.stack(found, 2)


def _softmax(values: Floats, axis: int) -> Floats:
    raised = np.exp(values - values.max(axis, keepdims=True))
    share: Floats = raised / raised.sum(axis, keepdims=True)
    return share


def _gelu(values: Floats) -> Floats:
    from scipy.special import erf

    found: Floats = values * np.float32(np.sqrt(0.5))
    erf(found, out=found)
    found += 1
    found *= values
    found *= np.float32(0.5)
    return found


def load_plain_reader(model: TokenModel, path: Path = SHIPPED) -> PlainReader:
    """Load a trained reader without torch.

    Raises:
        FileError: see `examgen.scorers.reader.stored_reader`.
    """
    about, weights = stored_reader(path, "numpy")
    return PlainReader(model, weights, about)
