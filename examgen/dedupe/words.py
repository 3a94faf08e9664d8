"""Chinese words."""

from __future__ import annotations

import functools
import logging


@functools.cache
def cutter():  # type: ignore[no-untyped-def]  # jieba has no type hints
    """jieba's word cutter, loaded once and without its talk."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return tokenizer
