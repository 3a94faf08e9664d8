"""examgen parse: documents to items."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.errors import ParseError
from examgen.parse import NO_QUESTIONS, NO_QUESTIONS_FIX, Parsed, read_documents
from examgen.records import to_json, write_jsonl


@click.command()
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write items here instead of to stdout.")
@click.option("--explain", is_flag=True, help="Show which rule took which line, instead of the items.")
@click.pass_context
def command(ctx: click.Context, documents: tuple[Path, ...], output: Path | None, explain: bool) -> None:
    """Read question documents into items, one JSON object a line.

    Exit code 3 says that the items are written and that something needs a look;
    it stands on stderr, with file and line.

    \b
    examgen parse week1.md week2.docx -o items.jsonl
    examgen parse week1.md --explain
    """
    parsed = read_documents(documents)
    if explain:
        for path, document in zip(documents, parsed, strict=True):
            _explain(path, document)
    for path, document in zip(documents, parsed, strict=True):
        if not document.items:
            raise ParseError(str(path), 1, NO_QUESTIONS, NO_QUESTIONS_FIX)
    items = [item for document in parsed for item in document.items]
    problems = [problem for document in parsed for problem in document.problems]
    if output is not None:
        write_jsonl(output, items)
    elif not explain:
        for item in items:
            click.echo(to_json(item))
    for problem in problems:
        click.echo(str(problem), err=True)
    complete = sum(item.complete for item in items)
    click.echo(f"{len(items)} items, {complete} complete, {len(problems)} problems", err=True)
    if problems:
        ctx.exit(3)


def _explain(path: Path, document: Parsed) -> None:
    width = max((len(rule) for rule in {line.rule for line in document.lines}), default=0)
    for line in document.lines:
        item = f"{line.item:>4}" if line.item else "    "
        click.echo(f"{path}:{line.line}: {line.rule:<{width}} {item}  {line.text}".rstrip())
