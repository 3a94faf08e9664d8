"""``examgen exam papers``: an exam to files that are printed, or answered in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from examgen.cli.talk import progress_bar, say

SORTS = ("paper", "teacher", "scheme")


def _listed(known: tuple[str, ...]) -> click.Option:
    """Reads a list with commas."""

    def read(_: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
        unknown = [name for name in names if known and name not in known]
        if unknown or not names:
            raise click.BadParameter(f"{', '.join(unknown) or 'nothing'}: choose from {', '.join(known)}", param=param)
        return names

    return read  # type: ignore[return-value]


@click.command("papers")
@click.argument("exam_path", metavar="EXAM", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder."
)
@click.option(
    "--format", "formats", default="pdf,html", show_default=True, callback=_listed(("pdf", "html")), help="List."
)
@click.option(
    "--sort",
    "sorts",
    default="paper,scheme",
    show_default=True,
    callback=_listed(SORTS),
    help="List of what is printed: the candidate's paper, the teacher's copy with answers, the marking scheme.",
)
@click.option("--form", "forms", multiple=True, help="Only this form; may be given again.")
@click.option("--size", default="a4", show_default=True, help="a4, a3 (two pages a sheet), letter, 16k, large (print).")
@click.option("--theme", default="school", show_default=True, help="Name of a theme, or a folder with a theme.toml.")
@click.option("--lang", help="Language of the questions, if it is not the exam's.")
@click.option("--second-lang", help="Print each question in this language too.")
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
) -> None:
    """Print the papers of EXAM, a folder or an exam.json.

    The HTML paper is answered in a browser, without a network: answers are kept as they are typed, and saved
    to a file that `examgen grade` takes.

    \b
    examgen exam papers EXAM -o papers
    examgen exam papers EXAM -o papers --format pdf --sort paper,teacher --size a3
    """
    from examgen.paper import read_exam
    from examgen.render import Look
    from examgen.render.run import print_forms, read_pictures

    exam = read_exam(exam_path)
    pictures = read_pictures(exam_path if exam_path.is_dir() else exam_path.parent)
    look = Look(theme, size, pictures)
    told: set[str] = set()
    with progress_bar("files") as progress:
        for printout in print_forms(
            exam,
            folder,
            formats=formats,
            sorts=sorts,  # type: ignore[arg-type]
            forms=forms,
            look=look,
            lang=lang,
            second_lang=second_lang,
            progress=progress,
        ):
            for problem in printout.problems:
                if problem not in told:
                    say(f"Note: {problem}")
                    told.add(problem)
            click.echo(printout.path)
