"""The vectors of a text's tokens, from inside the model, for what one vector a text blurs.

Layers above the highest wanted one are not run. The prompt is left out unless it is asked for: of a short sentence it
is a fifth of the tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from examgen.embed.batching import CPU_TEXTS, CPU_TOKENS, batches, padded
from examgen.embed.torch_backend import TorchEncoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

# Longer texts are cut by the caller: what a model does not read at once, it does not read.
MAX_TOKENS = 256
# For a GPU: three layers of hidden states of so many tokens take 75 MB.
GPU_TOKENS, GPU_TEXTS = 16_384, 512


@dataclass(frozen=True)
class Tokens:
    """What a model sees of one text, without the special tokens."""

    ids: NDArray[np.int64]
    """Numbers of the tokens in the model's vocabulary, (n,)."""
    vectors: NDArray[np.float32]
    """Hidden states of the wanted layers side by side, each of length 1 a token, (n, layers * dim)."""
    spans: NDArray[np.int64]
    """Offsets of the tokens in the text, (n, 2)."""


class TokenModel(Protocol):
    """A model without torch that shows what it makes of each token."""

    def read_tokens(self, texts: Sequence[str], layers: Sequence[int], prompted: bool = False) -> list[Tokens]:
        """See `read_tokens`."""

    def vocabulary(self) -> dict[str, int]:
        """All tokens with their numbers."""


def innermost(encoder: object) -> object:
    """The encoder inside those that remember, count or cut."""
    while hasattr(encoder, "encoder"):
        encoder = encoder.encoder
    return encoder


def reads_tokens(encoder: object) -> bool:
    """Whether the tokens of an encoder's model can be read with torch; tells it of one that is not loaded yet too."""
    return isinstance(innermost(encoder), TorchEncoder) or token_model(encoder) is not None


def token_model(encoder: object) -> SentenceTransformer | None:
    """The model inside an encoder whose tokens can be read; None where there is none, as in other backends."""
    while not hasattr(encoder, "model"):
        if not hasattr(encoder, "encoder"):
            return None
        encoder = encoder.encoder
    model: SentenceTransformer = encoder.model
    first: Any = model[0] if len(model) else None
    backend = getattr(getattr(first, "tokenizer", None), "backend_tokenizer", None)
    return model if backend is not None and hasattr(first, "auto_model") else None


def read_tokens(
    model: SentenceTransformer, texts: Sequence[str], layers: Sequence[int], prompted: bool = False
) -> list[Tokens]:
    """Run a model over texts and keep what it says of each token.

    Texts of like length share a batch, so little is spent on padding; a
    token's vector depends on its batch by no more than about 1e-6.

    Args:
        texts: Each is read up to `MAX_TOKENS` tokens.
        layers: Which hidden states to keep, counted from 0 for the word embeddings.
        prompted: Put the model's prompt in front of each text; its own tokens are not given.

    Returns:
        One entry a text, in order. A text without a token of its own has none.
    """
    import torch

    if not texts:
        return []
    first: Any = model[0]
    tokenizer, device = first.tokenizer, model.device
    room = (CPU_TOKENS, CPU_TEXTS) if device.type == "cpu" else (GPU_TOKENS, GPU_TEXTS)
    limit = min(MAX_TOKENS, model.max_seq_length or MAX_TOKENS)
    # Tokenised before they are cut into batches: with guessed lengths a fifth of the tokens was padding.
    prompt = (model.prompts.get(model.default_prompt_name or "") or "") if prompted else ""
    encodings = tokenizer([prompt + text for text in texts], truncation=True, max_length=limit).encodings
    found: list[Tokens | None] = [None] * len(texts)
    for places in batches([len(encoding.ids) for encoding in encodings], *room):
        ids, mask = padded([encodings[place].ids for place in places], tokenizer.pad_token_id or 0)
        with torch.inference_mode():
            states = _hidden_states(
                first.auto_model, torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device), layers
            )
            wanted = [torch.nn.functional.normalize(state.float(), dim=-1) for state in states]
            vectors = torch.cat(wanted, dim=-1).cpu().numpy()
        for place, rows in zip(places, vectors, strict=True):
            found[place] = own_tokens(encodings[place], len(prompt), rows)
    return [tokens for tokens in found if tokens is not None]


def _hidden_states(transformer: Any, ids: Tensor, mask: Tensor, layers: Sequence[int]) -> list[Tensor]:
    """The wanted hidden states of a batch, each (texts, tokens, dim); a BERT is run up to the highest of them only."""
    if type(transformer).__name__ != "BertModel":
        states = transformer(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        return [states[layer] for layer in layers]
    import torch

    state = transformer.embeddings(input_ids=ids)
    padding = torch.zeros_like(mask, dtype=state.dtype).masked_fill(mask == 0, torch.finfo(state.dtype).min)
    states = [state]
    for block in transformer.encoder.layer[: max(layers)]:
        state = block(state, attention_mask=padding[:, None, None, :])
        states.append(state)
    return [states[layer] for layer in layers]


def own_tokens(encoding: Any, prompt: int, vectors: NDArray[np.float32]) -> Tokens:
    """The tokens of a text itself.

    Args:
        encoding: What a tokenizer made of the prompt and the text.
        prompt: Characters of the prompt.
        vectors: One row for each token, and more for padding.
    """
    spans = np.array(encoding.offsets, np.int64) - prompt
    own = (np.array(encoding.special_tokens_mask) == 0) & (spans[:, 1] > 0)
    return Tokens(np.array(encoding.ids, np.int64)[own], vectors[: len(own)][own], np.maximum(spans[own], 0))
