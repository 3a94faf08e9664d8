"""Printing an exam into a folder: once for each form, or a paper for each candidate."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from examgen import __version__
from examgen.errors import ExamgenError, FileError
from examgen.model import Candidate, Exam
from examgen.paper import Paper, Shuffle, assign_versions, file_stem, find_form, make_paper, write_keys
from examgen.pictures import FOLDER, MAX_BYTES
from examgen.pictures import SUFFIXES as PICTURE_SUFFIXES
from examgen.records import atomic_path, csv_safe, file_sha256, iter_lines, read_bytes, write_bytes, write_text
from examgen.render import Look, Sort, lay_out, render, stamp_codes, stamp_values, stamped
from examgen.render.child import Task, in_children

SUFFIXES = {"pdf": ".pdf", "html": ".html", "docx": ".docx"}
MAX_PICTURES = 1000
DEFAULT_VERSIONS = 8
# Candidates whose papers are all different are handed to a child in portions of this size.
INDIVIDUAL_PORTION = 25
# A print run of papers that share nothing is cut into files of so many papers.
RUN_PORTION = 200
RUN_SECONDS = 900.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Wanted:
    """What is to be printed."""

    formats: tuple[str, ...] = ("pdf", "html")
    """Names in `examgen.render.FORMATS`."""
    sorts: tuple[Sort, ...] = ("paper", "scheme")
    forms: tuple[str, ...] = ()
    """Names of forms; empty for all."""
    look: Look = field(default_factory=Look)
    lang: str | None = None
    """Language of the questions, if it is not the exam's."""
    second_lang: str | None = None
    """Print each question in this language too."""
    shuffle: Shuffle = "all"
    """What is mixed in candidates' papers."""
    seed: int | None = None
    """Of the orders; the exam's where none is given."""

    def paper(self, exam: Exam, form: str, **more: object) -> Paper:
        """A paper in the languages asked for."""
        return make_paper(exam, form, lang=self.lang, second_lang=self.second_lang, seed=self.seed, **more)  # type: ignore[arg-type]

    def form_names(self, exam: Exam) -> list[str]:
        """The forms to be printed.

        Raises:
            ExamgenError: the exam does not have one of them.
        """
        return [find_form(exam, name).name for name in self.forms or [form.name for form in exam.forms]]


@dataclass(frozen=True)
class Printout:
    """One file that was written; a line of the manifest where it is a candidate's."""

    file: str
    """Path in the folder."""
    sha256: str
    pages: int = 0
    """0 where the format has none."""
    candidate_id: str = ""
    name: str = ""
    form: str = ""
    version: str = ""
    problems: tuple[str, ...] = ()


def print_forms(
    exam: Exam, folder: Path, wanted: Wanted, processes: int = 0, progress: Progress | None = None
) -> Iterator[Printout]:
    """Print every form of an exam once, for nobody in particular.

    Args:
        exam: What is printed.
        folder: Where ``paper-A.pdf``, ``scheme-A.pdf`` and so on are written.
        wanted: What is printed of each form, and how; nothing is shuffled.
        processes: How many at a time; 0 for the number of cores.
        progress: Is told how many files of how many are written.

    Yields:
        Each file, once it is written.

    Raises:
        ContentError: a text cannot be printed; it names the item.
        ExamgenError: a paper takes too long or too much memory.
    """
    papers = [wanted.paper(exam, name) for name in wanted.form_names(exam)]
    yield from _print_for_nobody(papers, folder, wanted, wanted.sorts, processes, progress)


def _print_for_nobody(
    papers: Sequence[Paper],
    folder: Path,
    wanted: Wanted,
    sorts: Sequence[Sort],
    processes: int = 0,
    progress: Progress | None = None,
) -> Iterator[Printout]:
    tasks = [
        Task(f"{sort} {paper.version}", print_one, (paper, kind, sort, wanted.look, folder))
        for paper in papers
        for sort in sorts
        for kind in wanted.formats
        if sort != "sheet" or kind == "pdf"  # Bubbles are for paper.
    ]
    for done, printout in enumerate(in_children(tasks, processes), 1):
        if progress:
            progress(done, len(tasks))
        yield printout


def print_one(paper: Paper, kind: str, sort: Sort, look: Look, folder: Path) -> Iterator[Printout]:
    """Make one file. Runs in a child process."""
    made = render(paper, kind, sort, look)
    file = f"{sort}-{file_stem(paper.version)}{SUFFIXES[kind]}"
    yield _written(folder, file, made.data, paper, made.pages, made.problems)


def _written(
    folder: Path, file: str, data: bytes, paper: Paper, pages: int = 0, problems: tuple[str, ...] = ()
) -> Printout:
    write_bytes(folder / file, data)
    who = paper.candidate
    return Printout(
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        pages=pages,
        candidate_id=who.candidate_id if who else "",
        name=who.name if who else "",
        form=paper.form.name,
        version=paper.version,
        problems=problems,
    )


def print_candidates(
    exam: Exam,
    candidates: Sequence[Candidate],
    folder: Path,
    wanted: Wanted,
    *,
    versions: int = DEFAULT_VERSIONS,
    individual: bool = False,
    one_run: bool = False,
    processes: int = 0,
    progress: Progress | None = None,
) -> list[Printout]:
    """Print a paper for each candidate, with the keys that `grade` reads.

    Written are ``papers/NUMBER.pdf`` (and ``.html``), ``keys.jsonl``, ``manifest.csv``, and the marking scheme of every
    version. A run that was cut short goes on where it stopped: papers that are there already, of the same exam and
    with the same settings, are kept.

    Args:
        exam: What is printed.
        candidates: Who gets a paper.
        folder: Where everything is written.
        wanted: What is printed and how.
        versions: How many shuffled versions there are, over all forms. Each is laid out once.
        individual: Give everybody an order of their own instead; each paper is laid out by itself.
        one_run: Write all papers also into ``print-run.pdf``, for a printer that prints on both sides.
        processes: How many at a time; 0 for the number of cores.
        progress: Is told how many papers of how many are done.

    Returns:
        The manifest: all papers in the order of the list.

    Raises:
        ContentError: a text or a name cannot be printed.
        ExamgenError: a paper takes too long or too much memory.
    """
    _check_file_names(candidates)
    papers = _papers(exam, candidates, wanted, versions, individual)
    # One font for the page and one for the stamps, whoever is printed already: the bytes must not depend on it.
    chars = "".join(sorted(set("".join(_stamped_texts(candidates)))))
    look = replace(wanted.look, more_characters=chars)
    write_keys(folder / "keys.jsonl", (papers[c.candidate_id].key() for c in candidates))
    journal = _Journal(folder, _fingerprint(exam, wanted, look, versions, individual))
    done = journal.read()
    total = len(candidates) * len(wanted.formats)
    todo = [
        (papers[candidate.candidate_id], kind)
        for candidate in candidates
        for kind in wanted.formats
        if _file(candidate, kind) not in done
    ]
    tasks = _individual_tasks(todo, look, folder) if individual else _version_tasks(todo, look, folder)
    if progress:
        progress(len(done), total)
    with journal.open() as lines:
        for printout in in_children(tasks, processes):
            lines.write(journal.line(printout))
            lines.flush()
            done[printout.file] = printout
            if progress:
                progress(len(done), total)
    manifest = [done[_file(candidate, kind)] for candidate in candidates for kind in wanted.formats]
    write_text(folder / "manifest.csv", manifest_csv(manifest))
    others: list[Sort] = [sort for sort in wanted.sorts if sort != "paper"]
    if others:
        bare = {paper.version: replace(paper, candidate=None) for paper in papers.values()}
        own = [wanted.paper(exam, name) for name in wanted.form_names(exam)] if individual else list(bare.values())
        list(_print_for_nobody(sorted(own, key=lambda paper: paper.version), folder, wanted, others, processes))
    if one_run and "pdf" in wanted.formats:
        _print_run([papers[candidate.candidate_id] for candidate in candidates], look, folder, individual)
    journal.close()
    return manifest


def _print_run(papers: Sequence[Paper], look: Look, folder: Path, individual: bool) -> None:
    if individual:
        tasks = [
            Task("print run", join_papers, (list(files), folder / f"print-run-{number}.pdf"))
            for number, files in enumerate(_portions([folder / _file_of(paper) for paper in papers]), 1)
        ]
    else:
        tasks = [Task("print run", stamp_run, (papers, look, folder / "print-run.pdf"))]
    list(in_children(tasks, seconds=RUN_SECONDS))


def _portions(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(files), RUN_PORTION):
        yield files[start : start + RUN_PORTION]


def stamp_run(papers: Sequence[Paper], look: Look, path: Path) -> Iterator[int]:
    """Write the papers of some versions into one file. Runs in a child process."""
    from examgen.render.impose import print_run

    stampers = {
        paper.version: lay_out(replace(paper, candidate=None), "paper", look, [look.more_characters])[0]
        for paper in {paper.version: paper for paper in papers}.values()
    }
    filled = [
        (stamper, stamp_values(paper, look.theme), stamp_codes(paper, stamper.printed.pages))
        for paper in papers
        for stamper in [stampers[paper.version]]
    ]
    with atomic_path(path) as temporary:
        yield print_run(filled, temporary)


def join_papers(files: Sequence[Path], path: Path) -> Iterator[int]:
    """Write finished papers into one file. Runs in a child process."""
    from examgen.render.impose import join

    with atomic_path(path) as temporary:
        yield join(files, temporary)


def _papers(
    exam: Exam, candidates: Sequence[Candidate], wanted: Wanted, versions: int, individual: bool
) -> dict[str, Paper]:
    """Everybody's paper, by candidate."""
    forms = wanted.form_names(exam)
    seed = exam.seed if wanted.seed is None else wanted.seed
    if individual or wanted.shuffle == "none":
        form_of = assign_versions(candidates, forms, seed)
        bare = {form: wanted.paper(exam, form) for form in forms} if wanted.shuffle == "none" else {}
        return {
            who.candidate_id: bare[form_of[who.candidate_id]].for_candidate(who)
            if bare
            else wanted.paper(exam, form_of[who.candidate_id], shuffle=wanted.shuffle, candidate=who)
            for who in candidates
        }
    each = -(-versions // len(forms))
    made = {
        f"{form}{number}": wanted.paper(exam, form, shuffle=wanted.shuffle, version=f"{form}{number}")
        for form in forms
        for number in range(1, each + 1)
    }
    version_of = assign_versions(candidates, list(made), seed)
    return {who.candidate_id: made[version_of[who.candidate_id]].for_candidate(who) for who in candidates}


def _version_tasks(todo: Sequence[tuple[Paper, str]], look: Look, folder: Path) -> list[Task[Printout]]:
    """One task for each version and format: it is laid out once and stamped for all who get it."""
    groups: dict[tuple[str, str], list[Paper]] = {}
    for paper, kind in todo:
        groups.setdefault((paper.version, kind), []).append(paper)
    tasks = []
    for (version, kind), papers in groups.items():
        people = [paper.candidate for paper in papers]
        bare = replace(papers[0], candidate=None)
        tasks.append(Task(f"version {version}", print_version, (bare, people, kind, look, folder)))
    return tasks


def print_version(paper: Paper, people: Sequence[Candidate], kind: str, look: Look, folder: Path) -> Iterator[Printout]:
    """Make the papers of all candidates of one version. Runs in a child process."""
    if kind != "pdf":
        for who in people:
            yield from print_individual([paper.for_candidate(who)], kind, look, folder)
        return
    stamper, problems = lay_out(paper, "paper", look, [look.more_characters])
    for who in people:
        own = paper.for_candidate(who)
        pages = stamper.printed.pages
        yield _written(folder, _file(who, kind), stamped(stamper, own, look.theme), own, pages, problems)


def _individual_tasks(todo: Sequence[tuple[Paper, str]], look: Look, folder: Path) -> list[Task[Printout]]:
    tasks = []
    for kind in dict.fromkeys(kind for _, kind in todo):
        papers = [paper for paper, of_kind in todo if of_kind == kind]
        for start in range(0, len(papers), INDIVIDUAL_PORTION):
            portion = papers[start : start + INDIVIDUAL_PORTION]
            name = f"paper of {portion[0].candidate.candidate_id}" if portion[0].candidate else ""
            tasks.append(Task(name, print_individual, (portion, kind, look, folder)))
    return tasks


def print_individual(papers: Sequence[Paper], kind: str, look: Look, folder: Path) -> Iterator[Printout]:
    """Make papers that are all different. Runs in a child process."""
    for paper in papers:
        made = render(paper, kind, "paper", look)
        if paper.candidate:
            yield _written(folder, _file(paper.candidate, kind), made.data, paper, made.pages, made.problems)


def _file(candidate: Candidate, kind: str) -> str:
    return f"papers/{file_stem(candidate.candidate_id)}{SUFFIXES[kind]}"


def _file_of(paper: Paper) -> str:
    if paper.candidate is None:
        raise ValueError("a paper that is nobody's has no file")
    return _file(paper.candidate, "pdf")


def _check_file_names(candidates: Sequence[Candidate]) -> None:
    seen: dict[str, str] = {}
    for candidate in candidates:
        name = file_stem(candidate.candidate_id).casefold()
        if other := seen.get(name):
            found = f"candidates {other!r} and {candidate.candidate_id!r} differ only in capital letters"
            raise ExamgenError(found, "Their papers would have one file name on some systems: change one.")
        seen[name] = candidate.candidate_id


def _stamped_texts(candidates: Sequence[Candidate]) -> Iterator[str]:
    for candidate in candidates:
        yield from (str(value) for value in candidate.model_dump().values())


def _fingerprint(exam: Exam, wanted: Wanted, look: Look, versions: int, individual: bool) -> str:
    """What decides the bytes of the papers, in one word."""
    pictures = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(look.pictures.items())}
    facts = [
        __version__,
        exam.model_dump_json(),
        [look.theme, look.size, look.on_sheet, look.more_characters, pictures],
        [wanted.lang, wanted.second_lang, wanted.shuffle, wanted.seed, list(wanted.forms)],
        [versions, individual],
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode("utf-8")).hexdigest()


class _Journal:
    """Which papers of a run are finished, so that it can go on after it was cut short."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder, self.fingerprint = folder, fingerprint
        self.path = folder / "papers" / ".finished.jsonl"

    def read(self) -> dict[str, Printout]:
        """The finished papers of an earlier run with the same settings, by file, as far as they are still there."""
        finished = {}
        if self.path.is_file():
            for _, line in iter_lines(self.path):
                try:
                    row = json.loads(line)
                    printout = Printout(**row["printout"] | {"problems": tuple(row["printout"]["problems"])})
                except (ValueError, TypeError, KeyError):
                    continue  # The line that was being written when the run was cut short.
                path = self.folder / printout.file
                if row["of"] == self.fingerprint and path.is_file() and file_sha256(path) == printout.sha256:
                    finished[printout.file] = printout
        return finished

    def open(self) -> io.TextIOWrapper:
        """The journal, to be added to."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self.path.open("a", encoding="utf-8", newline="\n")
        except OSError as error:
            found = f"cannot be written: {error.strerror}"
            raise FileError(str(self.path), None, found, "Choose another place.") from error

    def line(self, printout: Printout) -> str:
        """One finished paper."""
        return json.dumps({"of": self.fingerprint, "printout": asdict(printout)}, ensure_ascii=False) + "\n"

    def close(self) -> None:
        """Everything is printed; the manifest says the same."""
        self.path.unlink(missing_ok=True)


def manifest_csv(printouts: Sequence[Printout]) -> str:
    """The manifest: who has which version in which file."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(("candidate_id", "name", "form", "version", "file", "pages", "sha256"))
    for one in printouts:
        pages = str(one.pages or "")
        row = (one.candidate_id, one.name, one.form, one.version, one.file, pages, one.sha256)
        rows.writerow(map(csv_safe, row))
    return table.getvalue()


def read_pictures(folder: Path) -> dict[str, bytes]:
    """The pictures of an exam: the files in its folder ``assets``, by their names and as ``assets/NAME``.

    Nothing else on disk can be shown, whatever a text asks for.

    Raises:
        FileError: there are too many, or one is too large.
    """
    pictures: dict[str, bytes] = {}
    assets = folder / FOLDER
    paths = sorted(assets.iterdir()) if assets.is_dir() else []
    if len(paths) > MAX_PICTURES:
        raise FileError(str(assets), None, f"holds {len(paths)} files, more than {MAX_PICTURES}", "Take some out.")
    for path in paths:
        inside = path.resolve().is_relative_to(assets.resolve())
        if path.suffix.lower() in PICTURE_SUFFIXES and inside and path.is_file():
            data = read_bytes(path, MAX_BYTES)
            pictures[path.name] = pictures[f"assets/{path.name}"] = data
    return pictures


def problems_of(printouts: Sequence[Printout]) -> list[str]:
    """The problems of some files, each once."""
    return list(dict.fromkeys(problem for printout in printouts for problem in printout.problems))
