"""``examgen review``: a person decides, and the decision stands."""

from __future__ import annotations

import functools
import getpass
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from examgen.cli.talk import say
from examgen.errors import ExamgenError
from examgen.model import Decision, Item

if TYPE_CHECKING:
    from examgen.review import Case, DecisionFile

Command = TypeVar("Command", bound=Callable[..., Any])
PATH = click.Path(path_type=Path)
GRADES = click.argument("grades", type=click.Path(path_type=Path))


class OpenByDefault(click.Group):
    """A group whose arguments go to ``open`` unless they begin with the name of a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["open", *args]
        return super().parse_args(ctx, args)


def decisions_option(command: Command) -> Command:
    """Which file of decisions."""
    return click.option("--decisions", "decisions_path", type=PATH, help="[default: decisions.jsonl beside GRADES]")(
        command
    )


def case_options(command: Command) -> Command:
    """The options of commands that look at answers beside their rubrics: whose key, and which file of decisions."""
    return key_options(decisions_option(command))


def key_options(command: Command) -> Command:
    """Whose key answers are looked at with."""
    options = [
        click.option("--items", "items_path", type=PATH, help="items.jsonl or bank: shows questions and rubrics."),
        click.option("--exam", "exam_dir", type=PATH, help="Exam folder, instead of --items."),
    ]

    @functools.wraps(command)
    def wrapped(*args: Any, **given: Any) -> Any:
        return command(*args, **given)

    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def marker_option(command: Command) -> Command:
    """Who decides."""
    return click.option("--marker", default=getpass.getuser, help="Who decides.  [default: the user of this machine]")(
        command
    )


@click.group("review", cls=OpenByDefault)
def command() -> None:
    """Review GRADES: a local page where a person marks what the machine should not decide alone.

    \b
    examgen review grades.jsonl --items items.jsonl --marker 李老师
    examgen review apply grades.jsonl -o final.jsonl
    """


@command.command("open")
@GRADES
@case_options
@marker_option
@click.option("--order", type=click.Choice(["confidence", "question"]), default="confidence", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Also the answers that the machine has settled.")
@click.option("--blind", is_flag=True, help="No names, and no machine mark before one's own.")
@click.option("--double", is_flag=True, help="Two markers for each answer.")
@click.option(
    "--difference", type=click.FloatRange(0, 1), help="Marks further apart need an arbiter; share of the maximum."
)
@click.option("--arbiter", is_flag=True, help="Decide where two markers are too far apart.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="[default: that of the items]")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="[default: any free one]")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def open_desk(
    grades: Path,
    items_path: Path | None,
    exam_dir: Path | None,
    decisions_path: Path | None,
    marker: str,
    order: str,
    everything: bool,
    blind: bool,
    double: bool,
    difference: float | None,
    arbiter: bool,
    lang: str | None,
    port: int,
    no_browser: bool,
) -> None:
    """Open the desk in a browser; end it with Ctrl-C. Every decision is on the disk before it is confirmed."""
    import webbrowser

    from examgen.bank import bank_folder
    from examgen.report.words import main_language
    from examgen.review import Desk
    from examgen.review.server import DeskServer

    cases = _cases(grades, items_path, exam_dir, everything, order)
    decisions = _decisions(grades, decisions_path)
    desk = Desk(cases, decisions, marker, "arbiter" if arbiter else "marker", blind)
    if double or difference is not None:
        policy = desk.policy
        desk.set_policy(2 if double else policy.markers, policy.difference if difference is None else difference)
    items = [case.item for case in cases.values() if case.item]
    source = items_path or exam_dir
    server = DeskServer(desk, lang or main_language(items), port, bank_folder(source) if source else None)
    say(f"{len(cases)} answers; decisions go to {decisions.path}. End with Ctrl-C.")
    click.echo(server.url)
    if not no_browser:
        webbrowser.open(server.url)
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    say(_told(decisions))


@command.command("apply")
@GRADES
@decisions_option
@click.option("-o", "--output", required=True, type=PATH, help="Where the reviewed grades go.")
@click.pass_context
def apply_decisions(ctx: click.Context, grades: Path, decisions_path: Path | None, output: Path) -> None:
    """Put the human marks into GRADES. A human mark always wins, however often GRADES were made anew.

    Exit code 3 says that some decisions could not be applied or wait for a second person.
    """
    from examgen.model import Grade
    from examgen.records import read_jsonl, write_jsonl
    from examgen.review.settle import Applied, apply

    decisions = _decisions(grades, decisions_path)
    applied = Applied()
    write_jsonl(output, apply(read_jsonl(grades, Grade), decisions.entries, applied))
    say(f"{applied.changed} answers have a human mark, {applied.waiting} of them wait for another person")
    for keys, what in (
        (applied.other_answer, "the answer is another one now"),
        (applied.missing, "is not in the grades"),
    ):
        for candidate, item in keys:
            say(f"not applied: {candidate}, {item}: {what}")
    say(_told(decisions))
    if applied.waiting or applied.other_answer or applied.missing:
        ctx.exit(3)


@command.command("appeal")
@GRADES
@case_options
@marker_option
@click.option("--candidate", required=True)
@click.option("--item", "item_id", required=True)
@click.option("--score", required=True, type=float)
@click.option("--why", required=True, help="The reason, which is kept with the mark.")
def decide_appeal(
    grades: Path,
    items_path: Path | None,
    exam_dir: Path | None,
    decisions_path: Path | None,
    marker: str,
    candidate: str,
    item_id: str,
    score: float,
    why: str,
) -> None:
    """Decide an appeal.

    The answer gets a new mark with a reason, above all marks before it.
    """
    from examgen.review.desk import appeal

    cases = _cases(grades, items_path, exam_dir, everything=True)
    decisions = _decisions(grades, decisions_path)
    fitting = [case for case in cases.values() if case.key == (candidate, item_id)]
    decision = appeal(decisions, fitting, marker, score, why)
    say(f"{candidate}, {item_id}: {decision.score:g} of {decision.max_score:g}, noted in {decisions.path}")


@command.command("export")
@GRADES
@key_options
@click.option("-o", "--output", required=True, type=PATH, help="A .csv or .xlsx file.")
@click.option("--all", "everything", is_flag=True, help="Also the answers that the machine has settled.")
@click.option("--blind", is_flag=True, help="No names and no machine marks.")
def export(
    grades: Path,
    items_path: Path | None,
    exam_dir: Path | None,
    output: Path,
    everything: bool,
    blind: bool,
) -> None:
    """Write the queue as a sheet to fill in: every answer that waits in GRADES, decided already or not."""
    from examgen.review.sheets import needs_rows, write_sheet

    cases = list(_cases(grades, items_path, exam_dir, everything, "question").values())
    needs_rows(cases)
    write_sheet(cases, output, blind)
    say(f"{len(cases)} answers; fill in the credits, or 'score', then 'examgen review import {output} {grades}'")
    click.echo(output)


@command.command("import")
@click.argument("sheet", type=PATH)
@GRADES
@case_options
@marker_option
def import_sheet(
    sheet: Path,
    grades: Path,
    items_path: Path | None,
    exam_dir: Path | None,
    decisions_path: Path | None,
    marker: str,
) -> None:
    """Read the marks of a filled-in SHEET.

    They become decisions; all rows are checked before one is written.
    """
    from examgen.review.sheets import append_once, read_sheet

    cases = _cases(grades, items_path, exam_dir, everything=True)
    decisions = _decisions(grades, decisions_path)
    found = read_sheet(sheet, cases, marker)
    new = append_once(found, [entry for entry in decisions.entries if isinstance(entry, Decision)])
    if new:
        decisions.append(new)
    say(f"{len(found)} marks read, {len(new)} of them new")


@command.command("agreement")
@GRADES
@decisions_option
@click.option(
    "--step", default=1.0, show_default=True, type=click.FloatRange(0, min_open=True), help="Marks that count."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_agreement(grades: Path, decisions_path: Path | None, step: float, as_json: bool) -> None:
    """Compare markers with each other and the machine."""
    import json
    from dataclasses import asdict

    from examgen.review.agreement import agreements

    found = agreements(_decisions(grades, decisions_path).entries, step)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in found], ensure_ascii=False, indent=2))
        return
    if not found:
        raise ExamgenError("there are no marks to compare", "Review some answers first.")
    from rich.console import Console
    from rich.table import Table

    table = Table("pair", "item", *("n", "QWK", "equal", "within one", "difference"))
    for row in found:
        qwk = "–" if row.qwk is None else f"{row.qwk:.2f}{'' if row.pairs >= 30 else ' ?'}"
        figures = (str(row.pairs), qwk, f"{row.exact:.0%}", f"{row.adjacent:.0%}", f"{row.difference:+.1%}")
        table.add_row(f"{row.left} – {row.right}", row.item_id or "all", *figures)
    Console(markup=False, highlight=False).print(table)
    say("'?': fewer than 30 pairs say little. Difference: mean of the first minus the second, of the maximum.")


@command.command("marked")
@GRADES
@case_options
@click.option("-o", "--output", required=True, type=PATH, help="A file for 'examgen calibrate' and 'examgen evaluate'.")
def write_marked(
    grades: Path, items_path: Path | None, exam_dir: Path | None, decisions_path: Path | None, output: Path
) -> None:
    """Write what 'examgen calibrate' can learn from.

    These are the reviewed answers with their human marks.
    """
    from examgen.records import write_text
    from examgen.review.learn import marked_rows

    cases = _cases(grades, items_path, exam_dir, everything=True)
    rows = marked_rows(cases.values(), _decisions(grades, decisions_path).entries)
    if not rows:
        raise ExamgenError("no reviewed answer has a question", "Review some answers, and name --items or --exam.")
    write_text(output, "".join(f"{row}\n" for row in rows))
    say(f"{len(rows)} marked answers; next: examgen calibrate {output}")
    click.echo(output)


@command.command("verify")
@click.argument("decisions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(decisions: Path) -> None:
    """Check a file of DECISIONS.

    Exit code 1 says that a line was changed, removed or put in.
    """
    from examgen.review import DecisionFile

    click.echo(_told(DecisionFile(decisions)))


def _cases(
    grades: Path, items_path: Path | None, exam_dir: Path | None, everything: bool = False, order: str = "confidence"
) -> dict[str, Case]:
    from examgen.model import Grade
    from examgen.records import read_jsonl
    from examgen.review import make_cases

    items: dict[str, list[Item]] = {}
    for item in _items(items_path, exam_dir):
        items.setdefault(item.id, []).append(item)
    return make_cases(read_jsonl(grades, Grade), items, order, everything)  # type: ignore[arg-type]


def _items(items_path: Path | None, exam_dir: Path | None) -> Sequence[Item]:
    if items_path is None and exam_dir is None:
        return ()
    from examgen.cli.grade import read_items

    return read_items(exam_dir, items_path)


def _decisions(grades: Path, path: Path | None) -> DecisionFile:
    from examgen.review import DecisionFile

    return DecisionFile(path or grades.parent / "decisions.jsonl")


def _told(decisions: DecisionFile) -> str:
    marks = sum(isinstance(entry, Decision) for entry in decisions.entries)
    head = decisions.head[:16] or "none"
    return f"{decisions.path}: {marks} marks, chain whole, last line {head}"
