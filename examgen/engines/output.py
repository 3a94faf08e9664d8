"""Forms of the output: how the lines of a shard become a part, and the parts one file."""

from __future__ import annotations

import io
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from examgen.errors import MissingDependencyError
from examgen.model import Grade

# Fields of a grade that Parquet keeps as they are; the others travel as JSON text, so that all parts have one schema.
PLAIN = {"candidate_id": "str", "item_id": "str", "score": "float", "max_score": "float", "status": "str"}
MORE = {"confidence": "float", "reason": "str", "answer": "str"}


class Output(Protocol):
    """One form of the output."""

    def encode(self, lines: Sequence[str]) -> bytes:
        """A part, of grades as lines of JSON."""

    def statuses(self, part: Path) -> Counter[str]:
        """How often each status stands in a part.

        Raises:
            ValueError: the part is damaged.
        """

    def join(self, parts: Iterable[Path], target: Path) -> None:
        """Make one file of all parts, in their order."""


class Jsonl:
    """One JSON object a line."""

    def encode(self, lines: Sequence[str]) -> bytes:
        """See `Output`."""
        return "".join(lines).encode()

    def statuses(self, part: Path) -> Counter[str]:
        """See `Output`."""
        with part.open(encoding="utf-8") as lines:
            return Counter(json.loads(line)["status"] for line in lines)

    def join(self, parts: Iterable[Path], target: Path) -> None:
        """See `Output`."""
        with target.open("wb") as whole:
            for part in parts:
                with part.open("rb") as stream:
                    shutil.copyfileobj(stream, whole, 1 << 20)


class Parquet:
    """Parquet with one row group a shard; nested fields and passed-through columns are JSON text."""

    def encode(self, lines: Sequence[str]) -> bytes:
        """See `Output`."""
        pa, pq = _arrow()
        types = {"str": pa.string(), "float": pa.float64()}
        grades = [json.loads(line) for line in lines]
        plain = PLAIN | MORE
        columns: dict[str, Any] = {
            name: pa.array([grade[name] for grade in grades], types[kind]) for name, kind in plain.items()
        }
        for name in ("points", "flags", "scorer", "judge", "ruling"):
            texts = [_dumps(grade[name]) if grade.get(name) is not None else None for grade in grades]
            columns[name] = pa.array(texts, pa.string())
        own = Grade.model_fields
        columns["extra"] = pa.array(
            [_dumps({name: value for name, value in grade.items() if name not in own}) for grade in grades], pa.string()
        )
        sink = io.BytesIO()
        pq.write_table(pa.table(columns), sink, compression="zstd")
        return sink.getvalue()

    def statuses(self, part: Path) -> Counter[str]:
        """See `Output`."""
        pa, pq = _arrow()
        try:
            return Counter(pq.read_table(part, columns=["status"]).column("status").to_pylist())
        except pa.ArrowException as error:
            raise ValueError(str(error)) from error

    def join(self, parts: Iterable[Path], target: Path) -> None:
        """See `Output`."""
        _, pq = _arrow()
        writer = None
        for part in parts:
            table = pq.read_table(part)
            writer = writer or pq.ParquetWriter(target, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is not None:
            writer.close()


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingDependencyError(
            "Parquet needs the package pyarrow, which is not installed", "Run: pip install 'openexamgen[parquet]'"
        ) from error
    return pyarrow, pyarrow.parquet


# Ending of the output -> its form.
OUTPUTS: dict[str, Output] = {"jsonl": Jsonl(), "parquet": Parquet()}
