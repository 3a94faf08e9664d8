"""Rows to grades, whatever fails on the way."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stub_grader import Stub, line

from examgen.engines import Workers, grade_answers, shards
from examgen.engines.answers import Row
from examgen.engines.local import Inline, Pool
from examgen.engines.parts import Stream
from examgen.engines.run import POISON, run
from examgen.engines.shards import FirstSeen, Lost, Shard, cut, score
from examgen.errors import ExamgenError

VERSIONS = {"model": "m1"}


def row(number, answer="x", item_id="q1", **extra):
    return Row(f"a.csv:{number}", f"c{number}", item_id, answer, extra)


def answers_file(path, count, answer=lambda number: "x" * (number % 9)):
    rows = [{"candidate_id": f"c{number}", "item_id": "q1", "answer": answer(number)} for number in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def grade(source, output, **settings):
    return grade_answers(str(source), str(output), Stub, VERSIONS, **{"shard_rows": 10} | settings)


def test_equal_answers_are_graded_once_and_each_row_keeps_its_candidate_and_columns():
    grader = Stub()

    scored = score(Shard(0, (row(1, "ab", room="R1"), row(2, "abcdef"), row(3, "ab"), row(4, "ab", "q2"))), grader)

    assert grader.asked == [["ab", "abcdef", "ab"]]
    assert scored.data.decode() == (
        line("c1", 2.0, extra=',"room":"R1"')
        + line("c2", 6.0, status="review")
        + line("c3", 2.0)
        + line("c4", 2.0, "q2")
    )
    assert (scored.counts.rows, scored.counts.unique) == (4, 3)
    assert scored.counts.statuses == Counter(graded=3, review=1)


def test_answers_in_two_languages_are_marked_in_the_language_that_their_row_names():
    class Tongue(Stub):
        def grade(self, answers):
            return [
                grade.model_copy(update={"reason": (answer.model_extra or {}).get("lang", "none"), "lang": "xx"})
                for answer, grade in zip(answers, super().grade(answers), strict=True)
            ]

    rows = (row(1, "A"), row(2, "A", lang="en"), row(3, "A", lang="zh"), row(4, "A", lang="en"), row(5, "A", lang=7))

    lines = list(map(json.loads, score(Shard(0, rows), Tongue()).data.decode().splitlines()))

    assert [line["reason"] for line in lines] == ["none", "en", "zh", "en", "none"]
    assert [line.get("lang") for line in lines] == [None, "en", "zh", "en", 7]


def test_one_failing_answer_is_not_graded_and_says_why():
    rows = tuple(row(number, "boom" if number == 5 else "x" * number) for number in range(9))

    grades = [json.loads(text) for text in score(Shard(0, rows), Stub()).data.splitlines()]

    assert [grade["score"] for grade in grades] == [0, 1, 2, 3, 4, None, 6, 7, 8]
    assert grades[5]["status"] == "ungraded"
    assert grades[5]["reason"] == "grading this answer failed: RuntimeError: no marks for this"


class Ahead(Stub):
    """Begins with answers before it waits for them, and may fail in either."""

    def __init__(self, fails_at_once=False):
        super().__init__()
        self.fails_at_once, self.steps = fails_at_once, []

    def start(self, answers):
        self.steps.append(f"begin {answers[0].answer}")
        grades = self.grade(answers) if self.fails_at_once else None

        def finish():
            self.steps.append(f"end {answers[0].answer}")
            return grades or self.grade(answers)

        return finish


@pytest.mark.parametrize("at_once", [True, False])
def test_one_failing_answer_costs_no_other_where_a_grader_works_ahead(at_once):
    rows = tuple(row(number, "boom" if number == 5 else "x" * number) for number in range(9))

    scored = score(Shard(0, rows), Ahead(at_once))

    assert scored == score(Shard(0, rows), Stub())


def test_a_grader_that_works_ahead_begins_a_shard_before_it_ends_the_last_and_no_more():
    grader, stream = Ahead(), io.BytesIO()
    rows = [row(number, "x" * number) for number in range(4)]

    counts = run(rows, Inline(lambda: grader, "jsonl"), Stream(stream), 1)

    steps = ["begin ", "begin x", "end ", "begin xx", "end x", "begin xxx", "end xx", "end xxx"]
    assert (grader.steps, counts.rows) == (steps, 4)
    assert [json.loads(text)["score"] for text in stream.getvalue().splitlines()] == [0, 1, 2, 3]


def test_a_grader_that_always_fails_ends_the_run():
    rows = tuple(row(number, f"boom {number}") for number in range(50))

    with pytest.raises(ExamgenError, match=r"grading fails for 20 answers in a row: RuntimeError: no marks for this\."):
        score(Shard(0, rows), Stub())


def test_a_second_row_for_the_same_item_and_candidate_names_the_first():
    rows = [
        row(1),
        row(2),
        row(1, "other"),
        row(1, item_id="q2"),
        Row("", "", "q1", "a", {}),
        Row("", "", "q1", "b", {}),
    ]

    found = [one.problem for shard in cut(rows, 2) for one in shard.rows]

    assert found == ["", "", "row 1 answers this item for this candidate already", "", "", ""]


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 7))
def test_the_first_of_each_key_is_found_as_a_dict_finds_it(numbers, size):
    seen, first, expected, found = FirstSeen(), {}, [], []
    for place, number in enumerate(numbers):
        expected.append(first.setdefault(number, place) if number else place)
    for start in range(0, len(numbers), size):
        found += seen.first_places(np.array(numbers[start : start + size], np.uint64), start)

    assert found == expected


def test_shards_of_long_answers_end_earlier(monkeypatch):
    monkeypatch.setattr(shards, "SHARD_CHARS", 10)

    assert [len(shard.rows) for shard in cut([row(n, "x" * 4) for n in range(7)], 100)] == [3, 3, 1]


def test_a_file_is_graded_in_order_and_leaves_no_parts(tmp_path):
    source = answers_file(tmp_path / "a.jsonl", 25)
    done = []

    summary = grade(source, tmp_path / "g.jsonl", progress=lambda rows, resumed: done.append(rows))

    expected = "".join(line(f"c{n}", float(n % 9), status="review" if n % 9 > 5 else "graded") for n in range(25))
    assert (tmp_path / "g.jsonl").read_text(encoding="utf-8") == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "g.jsonl"]
    assert sum(done) == 25
    assert summary.as_json() == {
        "answers": 25, "graded": 18, "review": 7, "ungraded": 0, "resumed": 0, "unique": 23,
        "seconds": summary.seconds, "versions": VERSIONS, "run_key": "", "graded_share": 0.72,
    }  # fmt: skip


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_pool_gives_the_same_bytes(tmp_path, form):
    source = answers_file(tmp_path / "a.jsonl", 45)

    grade(source, tmp_path / f"one.{form}")
    grade(source, tmp_path / f"two.{form}", workers=Workers(count=2))

    assert (tmp_path / f"one.{form}").read_bytes() == (tmp_path / f"two.{form}").read_bytes()


def test_parquet_holds_what_jsonl_holds(tmp_path):
    import pyarrow.parquet as pq

    source = answers_file(tmp_path / "a.jsonl", 15)
    grade(source, tmp_path / "g.jsonl")
    grade(source, tmp_path / "g.parquet")

    lines = (tmp_path / "g.jsonl").read_text(encoding="utf-8").splitlines()
    table = pq.read_table(tmp_path / "g.parquet").to_pylist()

    nested = {"points": "[]", "flags": "[]", "scorer": "{}", "judge": None, "ruling": None}
    assert [{**json.loads(text), **nested, "extra": "{}"} for text in lines] == table


def test_parquet_keeps_what_a_judge_and_a_person_said(tmp_path):
    import pyarrow.parquet as pq

    from examgen.engines.output import OUTPUTS
    from examgen.model import Grade, Opinion, Ruling

    ruling = Ruling(by=("Li",), at="2026-11-25T10:00:00+00:00", line=3)
    grades = [
        Grade(candidate_id="c1", item_id="q", status="graded", judge=Opinion(outcome="doubted"), ruling=ruling),
        Grade(candidate_id="c2", item_id="q", status="graded"),
    ]
    (tmp_path / "g.parquet").write_bytes(OUTPUTS["parquet"].encode([f"{each.model_dump_json()}\n" for each in grades]))

    first, second = pq.read_table(tmp_path / "g.parquet").to_pylist()

    assert json.loads(first["judge"]) == grades[0].judge.model_dump(mode="json")
    assert json.loads(first["ruling"]) == ruling.model_dump(mode="json")
    assert (second["judge"], second["ruling"]) == (None, None)


def test_a_folder_keeps_parts_and_a_manifest_that_names_them(tmp_path):
    source = answers_file(tmp_path / "a.jsonl", 25)

    grade(source, tmp_path / "out")

    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    parts = [tmp_path / "out" / part["name"] for part in manifest["parts"]]
    assert (manifest["complete"], manifest["rows"], len(parts)) == (True, 25, 3)
    assert [len(part.read_text(encoding="utf-8").splitlines()) for part in parts] == [10, 10, 5]


def test_a_stream_gets_the_parts_in_order_whatever_is_done_first():
    class Backwards(Inline):
        capacity = 3

        def next(self):
            return self.begun.pop()()

    rows = [row(number, "x" * number) for number in range(6)]
    stream = io.BytesIO()

    run(rows, Backwards(Stub, "jsonl"), Stream(stream), 1)

    assert [json.loads(text)["score"] for text in stream.getvalue().splitlines()] == [0, 1, 2, 3, 4, 5]


class StoppedError(Exception):
    pass


def stopped(source, output, after, **settings):
    """A run that is stopped once so many rows are done."""
    total = 0

    def progress(rows, resumed):
        nonlocal total
        total += rows
        if total >= after:
            raise StoppedError

    with pytest.raises(StoppedError):
        grade(source, output, progress=progress, **settings)


def test_resume_skips_what_is_there(tmp_path):
    source = answers_file(tmp_path / "a.jsonl", 45)
    grade(source, tmp_path / "whole.jsonl")
    stopped(source, tmp_path / "g.jsonl", 25)

    summary = grade(source, tmp_path / "g.jsonl", resume=True)

    assert summary.resumed == 20
    assert (tmp_path / "g.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert grade(source, tmp_path / "fresh.jsonl", resume=True).resumed == 0


def test_a_part_that_lost_its_end_is_made_again(tmp_path):
    source = answers_file(tmp_path / "a.jsonl", 45)
    grade(source, tmp_path / "whole.jsonl")
    stopped(source, tmp_path / "g.jsonl", 25)
    part = min((tmp_path / "g.jsonl.parts").glob("part-*"))
    part.write_bytes(part.read_bytes()[:-9])

    assert grade(source, tmp_path / "g.jsonl", resume=True).resumed == 10
    assert (tmp_path / "g.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def refused(*arguments, **settings):
    with pytest.raises(ExamgenError) as caught:
        grade(*arguments, **settings)
    return str(caught.value)


def test_an_unfinished_run_is_neither_overwritten_nor_mixed(tmp_path):
    source, output = answers_file(tmp_path / "a.jsonl", 45), tmp_path / "g.jsonl"
    stopped(source, output, 25)
    parts = f"{output}.parts"

    assert refused(source, output) == (
        f"{parts}: holds the parts of an unfinished run. Go on with --resume. Or start over with --restart."
    )
    assert refused(source, output, resume=True, shard_rows=7) == (
        f"{parts}: was begun with shard_rows 10, and this run has 7. "
        "Marks of two makes must not mix: go on with the old one. Or start over with --restart."
    )
    with pytest.raises(ExamgenError, match=r"was begun with model m1, and this run has m2\."):
        grade_answers(source, str(output), Stub, {"model": "m2"}, shard_rows=10, resume=True)
    other = answers_file(tmp_path / "b.jsonl", 45, lambda number: "y" * (number % 9 + 1))
    assert "of other answers than those given now" in refused(other, output, resume=True)
    assert grade(source, output, restart=True).resumed == 0
    assert not Path(parts).exists()


def test_a_run_that_fails_before_its_first_part_leaves_nothing(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("candidate,item_id,answer\nc1,q1,x\n", encoding="utf-8")
    (tmp_path / "mine").mkdir()

    for output in ("g.jsonl", "out", "mine"):
        assert "lacks the column candidate_id" in refused(source, tmp_path / output)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "mine"]
    assert grade(answers_file(tmp_path / "b.jsonl", 5), tmp_path / "mine").answers == 5


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("mine", encoding="utf-8")
    source = answers_file(tmp_path / "a.jsonl", 5)

    assert "out: holds other files, such as thesis.docx" in refused(source, tmp_path / "out", restart=True)
    assert (tmp_path / "out" / "thesis.docx").exists()


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("text", ['["mine"]', '{"versions": 3}', "{}"])
def test_a_folder_with_somebody_s_own_manifest_is_left_alone(tmp_path, text, restart):
    (tmp_path / "out").mkdir()
    for name in ("manifest.json", "notes.tmp"):
        (tmp_path / "out" / name).write_text(text, encoding="utf-8")
    source = answers_file(tmp_path / "a.jsonl", 5)

    assert refused(source, tmp_path / "out", restart=restart) == (
        f"{tmp_path / 'out' / 'manifest.json'}: is not the manifest of a run. Choose an empty folder."
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".lock", "manifest.json", "notes.tmp"]


def test_what_a_kill_left_half_written_is_cleared_away_and_nothing_else(tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("part-000000-0123456789abcdef.77.tmp", ".manifest.json.x1.tmp"):
        (tmp_path / "out" / name).write_text("half", encoding="utf-8")

    grade(answers_file(tmp_path / "a.jsonl", 5), tmp_path / "out")

    assert [path.suffix for path in (tmp_path / "out").iterdir()].count(".tmp") == 0

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tmp").write_text("mine", encoding="utf-8")
    assert "holds other files, such as thesis.tmp" in refused(tmp_path / "a.jsonl", tmp_path / "other")
    assert (tmp_path / "other" / "thesis.tmp").exists()


def test_two_runs_do_not_write_to_one_place(tmp_path):
    source = answers_file(tmp_path / "a.jsonl", 25)
    found = []

    def progress(rows, resumed):
        found.append(refused(source, tmp_path / "g.jsonl", resume=True) if not found else "")

    grade(source, tmp_path / "g.jsonl", progress=progress)

    assert found[0].endswith("g.jsonl.parts: another run is writing here. Wait for it, or choose another output.")


def test_what_cannot_be_an_output_is_one_line(tmp_path):
    source = answers_file(tmp_path / "a.jsonl", 5)

    assert "has the unknown ending '.docx'. Give .jsonl, .parquet, a folder, or '-'." in refused(source, "g.docx")
    assert refused(source, "-", resume=True).startswith("standard output keeps no unfinished run.")
    assert refused(source, tmp_path / "g.jsonl", workers=Workers("spark")).startswith(
        "there is no engine 'spark'. Name one of "
    )


def test_a_row_that_kills_its_worker_is_found_and_the_others_are_graded(tmp_path):
    rows = [row(number, "kill" if number == 13 else "x" * (number % 5)) for number in range(30)]
    stream = io.BytesIO()
    pool = Pool(Stub, "jsonl", 2)
    try:
        counts = run(rows, pool, Stream(stream), 8)
    finally:
        pool.close()

    grades = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert [grade["candidate_id"] for grade in grades] == [f"c{number}" for number in range(30)]
    assert [number for number, grade in enumerate(grades) if grade["status"] == "ungraded"] == [13]
    assert grades[13]["reason"] == f"a.csv:13: {POISON}"
    assert (counts.rows, counts.statuses["graded"]) == (30, 29)


def test_a_worker_killed_from_outside_costs_time_only(tmp_path):
    source = answers_file(tmp_path / "a.jsonl", 60)
    grade(source, tmp_path / "whole.jsonl")
    rows = [Row(f"a.jsonl:{n}", f"c{n}", "q1", "x" * (n % 9), {}) for n in range(60)]
    stream, pool, killed = io.BytesIO(), Pool(Stub, "jsonl", 2), []

    def report(counts, skipped):
        if not killed:
            killed.append(next(iter(pool.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    try:
        run(rows, pool, Stream(stream), 10, report)
    finally:
        pool.close()

    assert killed
    assert stream.getvalue() == (tmp_path / "whole.jsonl").read_bytes()


def test_an_error_of_a_worker_ends_the_run_in_one_line(tmp_path):
    source = answers_file(tmp_path / "a.jsonl", 45, lambda number: f"boom {number}")

    with pytest.raises(ExamgenError, match=r"grading fails for 20 answers in a row"):
        grade(source, tmp_path / "g.jsonl", workers=Workers(count=2), shard_rows=45)


def dead_at_birth():
    os._exit(3)


def test_workers_that_cannot_begin_end_the_run(tmp_path):
    pool = Pool(dead_at_birth, "jsonl", 2)
    try:
        with pytest.raises(ExamgenError, match="the processes that grade end before they have begun"):
            run([row(1)], pool, Stream(io.BytesIO()))
    finally:
        pool.close()


def test_more_deadly_answers_than_could_be_poison_end_the_run(tmp_path):
    class Deadly:
        """An engine whose workers always die."""

        capacity = 1

        def submit(self, shard):
            self.shard = shard

        def next(self):
            return Lost(self.shard)

    with pytest.raises(ExamgenError, match=r"25 answers, one after the other, killed the processes"):
        run([row(number) for number in range(100)], Deadly(), Stream(io.BytesIO()))


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from stub_grader import Stub
from examgen.engines import Workers, grade_answers
workers = Workers(count=int(sys.argv[3]))
grade_answers(sys.argv[1], sys.argv[2], Stub, {{"model": "m1"}}, shard_rows=500, resume=True, workers=workers)
"""


def process(source, output, workers):
    code = SCRIPT.format(tests=str(Path(__file__).parents[1]))
    return subprocess.Popen(
        [sys.executable, "-c", code, str(source), str(output), str(workers)], stderr=subprocess.PIPE, text=True
    )


def kill_and_resume(tmp_path, workers, kills, seed, moment):
    """Kill runs, let the last one end, and compare with a run that was let be; how many were killed before their end.

    ``moment`` waits for the moment of a kill, given the run's process, its parts' folder, and a source of chance.
    """
    source = answers_file(tmp_path / "a.jsonl", 20_000, lambda number: "x" * (number % 97))
    grade(source, tmp_path / "whole.jsonl", shard_rows=500)
    chance = random.Random(seed)
    killed = 0
    for number in range(kills):
        output = tmp_path / f"{number}.jsonl"
        parts = output.with_name(f"{output.name}.parts")
        victim = process(source, output, workers)
        moment(victim, parts, chance)
        victim.kill()
        killed += victim.wait() == -signal.SIGKILL
        victim.stderr.close()
        last = process(source, output, workers)
        assert last.communicate() == (None, "")
        assert last.returncode == 0
        assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
        assert not parts.exists()
    return killed


def some_parts(victim, parts, chance):
    """When so many of the forty parts are there."""
    wanted = chance.randrange(30)
    while victim.poll() is None and len(list(parts.glob("part-*"))) < wanted:
        time.sleep(0.002)


def test_a_killed_run_resumes_to_the_same_output(tmp_path):
    assert kill_and_resume(tmp_path, workers=1, kills=3, seed=1, moment=some_parts) > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif("EXAMGEN_ALL" not in os.environ, reason="90 s: set EXAMGEN_ALL to run it")
def test_thirty_kills_at_random_moments_lose_and_double_nothing(tmp_path):
    source = answers_file(tmp_path / "timed.jsonl", 20_000, lambda number: "x" * (number % 97))
    started = time.monotonic()
    process(source, tmp_path / "timed.out.jsonl", 1).communicate()
    seconds = time.monotonic() - started

    def any_time(victim, parts, chance):
        time.sleep(chance.uniform(0.3, 1.0) * seconds)

    assert kill_and_resume(tmp_path, workers=1, kills=20, seed=2, moment=any_time) >= 10
    assert kill_and_resume(tmp_path, workers=2, kills=10, seed=3, moment=some_parts) >= 5
