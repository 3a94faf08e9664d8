"""``examgen exam papers``: an exam to files that are printed, or answered in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from examgen.cli.talk import progress_bar, say

if TYPE_CHECKING:
    from examgen.model import Exam
    from examgen.render.run import Wanted

FORMATS = ("pdf", "html", "docx")
SORTS = ("paper", "teacher", "scheme", "sheet")


def _one_of(*known: str) -> Callable[[click.Context, click.Parameter, str], tuple[str, ...]]:
    """Reads a list with commas."""

    def read(_: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            raise click.BadParameter(f"{', '.join(unknown) or 'nothing'}; choose from {', '.join(known)}", param=param)
        return names

    return read


@click.command("papers")
@click.argument("exam_path", metavar="EXAM", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the papers.",
)
@click.option("--format", "formats", default="pdf,html", show_default=True, callback=_one_of(*FORMATS))
@click.option(
    "--sort",
    "sorts",
    default="paper,scheme",
    show_default=True,
    callback=_one_of(*SORTS),
    help="The candidate's paper, the teacher's copy with answers, the marking scheme, the answer sheet; beside a "
    "sheet the paper leaves no space for answers.",
)
@click.option("--form", "forms", multiple=True, help="Only this form; may be given again.")
@click.option("--size", default="a4", show_default=True, help="a4, a3 (folded), letter, 16k, large (print).")
@click.option("--theme", default="school", show_default=True, help="A theme's name, or a folder with a theme.toml.")
@click.option("--lang", help="Language of the questions, if it is not the exam's.")
@click.option("--second-lang", help="Print each question in this language too.")
@click.option(
    "--candidates",
    "list_path",
    type=click.Path(path_type=Path),
    help="CSV or JSONL with candidate_id and name: a paper for each.",
)
@click.option("--versions", default=8, show_default=True, type=click.IntRange(1, 200), help="Shuffled versions.")
@click.option("--individual", is_flag=True, help="An order of their own for each candidate.")
@click.option("--one-run", is_flag=True, help="All papers also in one PDF, each beginning on the front of a sheet.")
@click.option("--shuffle", default="all", show_default=True, type=click.Choice(["all", "options", "none"]))
@click.option("--seed", type=int, help="Of the orders and of who gets which; the exam's where none is given.")
@click.option("--jobs", default=0, type=click.IntRange(0, 256), help="Processes; 0 for all cores.")
def command(
    exam_path: Path,
    folder: Path,
    formats: tuple[str, ...],
    sorts: tuple[str, ...],
    forms: tuple[str, ...],
    size: str,
    theme: str,
    lang: str | None,
    second_lang: str | None,
    list_path: Path | None,
    versions: int,
    individual: bool,
    one_run: bool,
    shuffle: str,
    seed: int | None,
    jobs: int,
) -> None:
    """Print the papers of EXAM, a folder or an exam.json.

    The HTML paper is answered in a browser, without a network: answers are kept as they are typed, and saved
    to a file that `examgen grade` takes.

    With --candidates everybody gets a form and one of several shuffled versions, drawn from the seed; keys.jsonl
    tells `examgen grade` what the printed letters stand for, and manifest.csv who has which file. A run that was
    cut short goes on where it stopped.

    \b
    examgen exam papers EXAM -o papers
    examgen exam papers EXAM -o papers --format pdf --sort paper,teacher --size a3
    examgen exam papers EXAM -o papers --format pdf --candidates class.csv --versions 8
    """
    from examgen.assemble import load_exam
    from examgen.render import Look
    from examgen.render.run import Wanted, read_pictures

    exam = load_exam(exam_path)
    pictures = read_pictures(exam_path if exam_path.is_dir() else exam_path.parent)
    look = Look(theme, size, pictures, on_sheet="sheet" in sorts)
    wanted = Wanted(formats, sorts, forms, look, lang, second_lang, shuffle, seed)  # type: ignore[arg-type]
    if list_path is None:
        _print_forms(exam, folder, wanted, jobs)
    else:
        _print_candidates(exam, list_path, folder, wanted, jobs, versions, individual, one_run)


def _print_forms(exam: Exam, folder: Path, wanted: Wanted, jobs: int) -> None:
    from examgen.render.run import print_forms, problems_of

    printouts = []
    with progress_bar("files") as progress:
        for printout in print_forms(exam, folder, wanted, jobs, progress):
            printouts.append(printout)
            click.echo(folder / printout.file)
    for problem in problems_of(printouts):
        say(f"Note: {problem}")


def _print_candidates(
    exam: Exam,
    list_path: Path,
    folder: Path,
    wanted: Wanted,
    jobs: int,
    versions: int,
    individual: bool,
    one_run: bool,
) -> None:
    from examgen.paper import read_candidates
    from examgen.render.run import print_candidates, problems_of

    candidates = read_candidates(list_path)
    with progress_bar("papers") as progress:
        manifest = print_candidates(
            exam,
            candidates,
            folder,
            wanted,
            versions=versions,
            individual=individual,
            one_run=one_run,
            processes=jobs,
            progress=progress,
        )
    for problem in problems_of(manifest):
        say(f"Note: {problem}")
    used = len({printout.version for printout in manifest})
    orders = "each in an order of its own" if individual else f"in {used} versions"
    say(f"{len(manifest)} papers for {len(candidates)} candidates, {orders}; keys in {folder / 'keys.jsonl'}")
    click.echo(folder / "manifest.csv")
