"""Printing an exam: all its papers, in all formats asked for, into a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from examgen.errors import FileError
from examgen.model import Exam
from examgen.paper import Paper, Shuffle, file_stem, make_paper
from examgen.records import read_bytes, write_bytes
from examgen.render import Look, Sort, render
from examgen.render.markdown import MAX_PICTURE_BYTES

SUFFIXES = {"pdf": ".pdf", "html": ".html", "docx": ".docx"}
MAX_PICTURES = 1000


@dataclass(frozen=True)
class Printout:
    """One file that was written."""

    path: Path
    problems: tuple[str, ...] = ()


def print_forms(
    exam: Exam,
    folder: Path,
    *,
    formats: Sequence[str] = ("pdf", "html"),
    sorts: Sequence[Sort] = ("paper", "scheme"),
    forms: Sequence[str] = (),
    look: Look | None = None,
    lang: str | None = None,
    second_lang: str | None = None,
    shuffle: Shuffle = "none",
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Printout]:
    """Print every form of an exam once, for nobody in particular.

    Args:
        exam: What is printed.
        folder: Where ``paper-A.pdf``, ``scheme-A.pdf`` and so on are written.
        formats: Names in `examgen.render.FORMATS`.
        sorts: What is printed of each form.
        forms: Names of forms; all where none is named.
        look: Theme, page size and pictures.
        lang: Language of the questions, if it is not the exam's.
        second_lang: Print each question in this language too.
        shuffle: What is mixed, as in `examgen.paper.make_paper`.
        progress: Is told how many files of how many are written.

    Yields:
        Each file, once it is written.
    """
    names = list(forms or (form.name for form in exam.forms))
    jobs = [(name, sort, format) for name in names for sort in sorts for format in formats]  # noqa: A001
    for done, (name, sort, suffix) in enumerate(jobs, 1):
        paper: Paper = make_paper(exam, name, lang=lang, second_lang=second_lang, shuffle=shuffle)
        made = render(paper, suffix, sort, look)
        path = folder / f"{sort}-{file_stem(name)}{SUFFIXES[suffix]}"
        write_bytes(path, made.data)
        if progress:
            progress(done, len(jobs))
        yield Printout(path, made.problems)


def read_pictures(folder: Path) -> dict[str, bytes]:
    """The pictures of an exam: the files in its folder ``assets``, by their names and as ``assets/NAME``.

    Nothing else on disk can be shown, whatever a text asks for.

    Raises:
        FileError: there are too many, or one is too large.
    """
    pictures: dict[str, bytes] = {}
    assets = folder / "assets"
    paths = sorted(assets.iterdir()) if assets.is_dir() else []
    if len(paths) > MAX_PICTURES:
        raise FileError(str(assets), None, f"holds {len(paths)} files, more than {MAX_PICTURES}", "Take some out.")
    for path in paths:
        if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".gif", ".webp") and path.is_file():
            data = read_bytes(path, MAX_PICTURE_BYTES)
            pictures[path.name] = pictures[f"assets/{path.name}"] = data
    return pictures
