"""``examgen export``: the embedding model for machines without torch."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("export")
@click.option("--model", help="Any sentence-transformers model, by name or folder.  [default: built in]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Put a copy into this new folder.")
def command(model: str | None, output: Path | None) -> None:
    """Export the embedding model for the backend 'onnx', which needs no torch.

    The export is kept in the cache, where --backend onnx finds it. A copy in
    a folder of its own can be carried to another machine and named there.

    \b
    examgen export -o model
    examgen grade answers.csv --exam exam --backend onnx --model model -o grades.jsonl
    """
    from examgen.embed.onnx_backend import copy_export, exported

    folder = exported(model)
    if output is not None:
        copy_export(folder, output)
    click.echo(str(output or folder))
