from dataclasses import replace

import pypdfium2
import pytest
from exam_samples import ITEMS, make_exam

from examgen.bench.papers import PapersBench, bench_candidates, bench_exam, bench_papers
from examgen.questions import check_item

GOOD = PapersBench(
    papers=1000,
    pages=5000,
    versions=8,
    seconds=20.0,
    laid_out=10,
    seconds_each=1.0,
    single_seconds=2.0,
    peak_mb=300.0,
    largest_bytes=200_000,
    names_checked=5000,
    codes_checked=5000,
)


def test_the_exam_of_the_measurement_is_a_real_one():
    exam = bench_exam()

    assert [len(section.items) for section in exam.forms[0].sections] == [8, 4, 4, 4, 5]
    assert [problem for item in exam.items for problem in check_item(item)] == []


def test_made_up_candidates_are_the_same_every_time():
    assert bench_candidates(50) == bench_candidates(50)
    assert len({candidate.candidate_id for candidate in bench_candidates(50)}) == 50


@pytest.mark.parametrize(
    ("change", "miss"),
    [
        ({}, []),
        ({"seconds": 60.0}, ["only 16.7 times faster"]),
        ({"peak_mb": 700.0}, ["700 MB"]),
        ({"largest_bytes": 300_000}, ["a paper of 300000 bytes"]),
        ({"single_seconds": 4.0}, ["4.0 s for one paper"]),
        ({"names_checked": 4999}, ["not every page was checked for its name"]),
        ({"codes_checked": 4999}, ["not every page was checked for its code"]),
    ],
)
def test_what_does_not_hold_is_said(change, miss):
    assert replace(GOOD, **change).misses == miss


@pytest.mark.slow
def test_a_small_run_prints_and_checks_every_page(tmp_path):
    pytest.importorskip("zxingcpp")

    result = bench_papers(tmp_path, papers=3, versions=2, laid_out=2, exam=make_exam("A", items=ITEMS[:2]))

    pages = sum(len(pypdfium2.PdfDocument(path)) for path in (tmp_path / "papers").glob("*.pdf"))
    assert result.pages == result.names_checked == result.codes_checked == pages
    assert result.largest_bytes < 250_000
    assert 0 < result.peak_mb < 600
