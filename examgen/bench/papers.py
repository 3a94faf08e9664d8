"""How fast papers are printed: stamped versions against a new layout for everybody, side by side in one run."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examgen.assets import shipped
from examgen.bank import load_bank
from examgen.bench.processes import family, resident_mb
from examgen.errors import ExamgenError, MissingDependencyError
from examgen.model import Candidate, Exam, Form, Item, Kind, PlacedItem, Section
from examgen.paper import PaperCode, make_paper
from examgen.records import write_json, write_text
from examgen.render import render

# What is promised of a thousand papers of five pages, on two cores.
MIN_TIMES_FASTER = 20.0
MAX_PEAK_MB = 600.0
MAX_PAPER_BYTES = 250_000
MAX_SINGLE_SECONDS = 3.0

# Five pages: three of short questions, two of long ones.
_SECTIONS: tuple[tuple[Kind, int], ...] = (
    ("single_choice", 8),
    ("multiple_choice", 4),
    ("true_false", 4),
    ("fill_in", 4),
    ("short_answer", 5),
)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂文辉玲婷宇浩然子涵欣怡雨轩梓晨思博嘉俊一诺可馨睿瑶"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class PapersBench:
    """What came out."""

    papers: int
    pages: int
    """Of all papers together; versions may differ by one."""
    versions: int
    seconds: float
    """For all papers, from the list of candidates to the manifest."""
    laid_out: int
    """Papers laid out one by one for comparison, half of them before and half after the run."""
    seconds_each: float
    """Median time to lay one out, in one process."""
    single_seconds: float
    """For one paper by a command of its own, with the start of Python."""
    peak_mb: float
    """Upper bound of the memory of all processes together."""
    largest_bytes: int
    names_checked: int
    """Pages that were read back and had the right name and number."""
    codes_checked: int
    """Pages whose QR code was scanned and was right."""

    @property
    def times_faster(self) -> float:
        """Against laying out each paper."""
        return self.seconds_each * self.papers / self.seconds

    @property
    def misses(self) -> list[str]:
        """Which promises are not kept, in words."""
        bounds = (
            (self.times_faster >= MIN_TIMES_FASTER, f"only {self.times_faster:.1f} times faster"),
            (self.peak_mb <= MAX_PEAK_MB, f"{self.peak_mb:.0f} MB"),
            (self.largest_bytes <= MAX_PAPER_BYTES, f"a paper of {self.largest_bytes} bytes"),
            (self.single_seconds <= MAX_SINGLE_SECONDS, f"{self.single_seconds:.1f} s for one paper"),
            (self.names_checked == self.pages, "not every page was checked for its name"),
            (self.codes_checked == self.pages, "not every page was checked for its code"),
        )
        return [words for kept, words in bounds if not kept]


def bench_exam() -> Exam:
    """An exam of five pages from the shipped bank."""
    bank = load_bank(shipped("banks") / "llm-training")
    items: list[Item] = []
    sections = []
    for kind, count in _SECTIONS:
        chosen = [item for item in bank.in_language() if item.kind == kind and item.status == "ready"][:count]
        placed = [
            PlacedItem(number=len(items) + number, item_id=item.id, points=item.max_score)
            for number, item in enumerate(chosen, 1)
        ]
        items += chosen
        sections.append(Section(id=kind, kind=kind, items=tuple(placed)))
    form = Form(name="A", sections=tuple(sections))
    return Exam(id="bench", title="大模型训练岗位笔试", minutes=90, items=tuple(items), forms=(form,), seed=1)


def bench_candidates(count: int) -> tuple[Candidate, ...]:
    """Made-up candidates, the same every time."""
    draw = random.Random(count)
    return tuple(
        Candidate.model_validate(
            {
                "candidate_id": f"E{100001 + number}",
                "name": draw.choice(_SURNAMES) + "".join(draw.choices(_GIVEN, k=draw.choice((1, 2, 2)))),
                "class": f"{number % 12 + 1} 班",
            }
        )
        for number in range(count)
    )


def bench_papers(
    folder: Path,
    papers: int = 1000,
    versions: int = 8,
    laid_out: int = 10,
    exam: Exam | None = None,
    progress: Progress | None = None,
) -> PapersBench:
    """Print papers for made-up candidates with the command line, and lay some out one by one for comparison.

    Args:
        folder: Where the papers are written; they stay there to be looked at.
        papers: How many.
        versions: How many shuffled versions.
        laid_out: How many papers are laid out one by one.
        exam: What is printed; five pages of the shipped bank where none is given.
        progress: Is told what is done, how much of it, and of how much.

    Raises:
        MissingDependencyError: the reader of QR codes is not installed.
    """
    scan = _scanner()
    exam, people = exam or bench_exam(), bench_candidates(papers)
    tell = progress or (lambda what, done, total: None)
    write_json(folder / "exam" / "exam.json", exam.model_dump(mode="json"))
    rows = [f"{who.candidate_id},{who.name},{who.model_dump()['class']}" for who in people]
    write_text(folder / "candidates.csv", "\n".join(["candidate_id,name,class", *rows, ""]))
    command = ["exam", "papers", str(folder / "exam"), "--format", "pdf", "--sort", "paper", "-o"]
    many = [str(folder), "--candidates", str(folder / "candidates.csv"), "--versions", str(versions)]
    next(_lay_out(exam, people[:1]))  # Not counted: it loads WeasyPrint.
    each = _told(_lay_out(exam, people[: laid_out // 2]), "laid out one by one", laid_out // 2, tell)
    tell("stamped", 0, papers)
    seconds, peak_mb = _measured([*command, *many])
    each += _told(_lay_out(exam, people[laid_out // 2 : laid_out]), "laid out one by one", laid_out // 2, tell)
    single_seconds, _ = _measured([*command, str(folder / "single")])
    files = [folder / "papers" / f"{who.candidate_id}.pdf" for who in people]
    pages, names, codes = _checked(files, people, exam.id, scan, tell)
    return PapersBench(
        papers=papers,
        pages=pages,
        versions=versions,
        seconds=seconds,
        laid_out=len(each),
        seconds_each=sorted(each)[len(each) // 2],
        single_seconds=single_seconds,
        peak_mb=peak_mb,
        largest_bytes=max(file.stat().st_size for file in files),
        names_checked=names,
        codes_checked=codes,
    )


def _lay_out(exam: Exam, people: Sequence[Candidate]) -> Iterator[float]:
    """Seconds for each paper in an order of its own, laid out by itself."""
    for who in people:
        begun = time.perf_counter()
        render(make_paper(exam, shuffle="all", candidate=who), "pdf")
        yield time.perf_counter() - begun


def _told(steps: Iterator[float], what: str, total: int, tell: Progress) -> list[float]:
    found = []
    for step in steps:
        found.append(step)
        tell(what, len(found), total)
    return found


def _measured(arguments: Sequence[str]) -> tuple[float, float]:
    """Run a command of ours: how many seconds it takes, and how many MB all its processes hold together at most."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "examgen", *arguments], stdout=subprocess.DEVNULL)  # noqa: S603
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(map(resident_mb, family(process.pid))))
        time.sleep(0.05)
    seconds = time.perf_counter() - begun
    if process.returncode:
        raise ExamgenError(f"'examgen {' '.join(arguments)}' failed with {process.returncode}")
    return seconds, peak


def _scanner() -> Callable[[Any], str]:
    try:
        import zxingcpp
    except ImportError as error:
        raise MissingDependencyError("the reader of QR codes is missing", "Run: pip install zxing-cpp") from error

    def scan(page: Any) -> str:
        width, height = page.get_size()
        # The corner where the code stands: reading the whole page would take ten times as long.
        corner = page.render(scale=3, crop=(width - 110, height - 90, 30, 0)).to_pil()
        return next((code.text for code in zxingcpp.read_barcodes(corner)), "")

    return scan


def _checked(
    files: Sequence[Path], people: Sequence[Candidate], exam_id: str, scan: Callable[[Any], str], tell: Progress
) -> tuple[int, int, int]:
    """Read every page of every paper: how many pages there are, and how many were right in name and code."""
    import pypdfium2

    pages = names = codes = 0
    for done, (file, who) in enumerate(zip(files, people, strict=True), 1):
        pdf = pypdfium2.PdfDocument(file)
        pages += len(pdf)
        for number, page in enumerate(pdf, 1):
            text = page.get_textpage().get_text_bounded()
            names += f"{who.name}\r\n{who.candidate_id}" in text
            code = PaperCode.read(scan(page) or "///0")
            codes += (code.exam_id, code.candidate_id, code.page) == (exam_id, who.candidate_id, number)
        pdf.close()
        tell("checked", done, len(files))
    return pages, names, codes
