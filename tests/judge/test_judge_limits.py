"""What a judge must stand: being killed, being stopped by a user's error, and being fast."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import judge_server as js
import pytest
from grader_parts import calibration

from examgen.engines import grade_answers
from examgen.errors import ExamgenError, FileError
from examgen.grade import Risk
from examgen.judge.client import Limits
from examgen.judge.grader import AHEAD, JudgedGrader, JudgeRule
from examgen.judge.opinion import Judge, JudgeSettings
from examgen.judge.store import Store
from examgen.model import Answer, Grade, Item, PointGrade, RubricPoint

POINTS = (RubricPoint(id="p1", text="防止发散", weight=3), RubricPoint(id="p2", text="按范数缩放", weight=3))
ITEM = Item(id="clip", question="为什么裁剪？", points=POINTS, max_score=6)
EVERYTHING = bool(os.environ.get("EXAMGEN_ALL"))
# A call takes 50 ms, and 16 are made at once. On a busy machine the clock measures the neighbours, so the promise of
# 1.3 is checked only where somebody asks for it; otherwise this only makes sure that calls overlap at all.
ANSWERS, SLOWEST = (10_000, 1.3) if EVERYTHING else (600, 6.0)

ASKER = """
import sys, threading
from pathlib import Path
from concurrent.futures import ThreadPoolExecutor
from examgen.judge.opinion import Judge, JudgeSettings
from examgen.model import Item, RubricPoint
points = (RubricPoint(id="p1", text="防止发散", weight=3), RubricPoint(id="p2", text="按范数缩放", weight=3))
item = Item(id="clip", question="为什么裁剪？", points=points, max_score=6)
judge = Judge(JudgeSettings(url=sys.argv[1], model="m", cache=Path(sys.argv[2])))
def ask(n):
    judge.hear(item, points, f"第 {n} 份")
    sys.stdout.write(f"{n}\\n")
    sys.stdout.flush()
with ThreadPoolExecutor(4) as pool:
    list(pool.map(ask, range(10_000)))
"""


def test_a_kill_at_any_moment_loses_no_reply_that_was_paid_for(tmp_path):
    with js.JudgeServer() as server:
        cache = tmp_path / "replies.sqlite"
        for wait in (0.0, 0.013, 0.031):
            asker = subprocess.Popen(
                [sys.executable, "-c", ASKER, server.url, str(cache)], stdout=subprocess.PIPE, text=True
            )
            told = [int(asker.stdout.readline()) for _ in range(20)]
            time.sleep(wait)
            os.kill(asker.pid, signal.SIGKILL)
            told += [int(line) for line in asker.stdout.read().split()]
            asker.wait()
            asker.stdout.close()

            asked = len(server.requests)
            judge = Judge(JudgeSettings(url=server.url, model="m", cache=cache))
            outcomes = {judge.hear(ITEM, POINTS, f"第 {n} 份").outcome for n in told}
            judge.close()

            assert (outcomes, len(server.requests)) == ({"believed"}, asked)


class HalfSure:
    """A local grader that costs nothing: three answers in ten are in doubt."""

    calibration = calibration()
    risk = Risk()

    def item_of(self, answer):
        return ITEM

    def grade(self, answers):
        points = tuple(PointGrade(id=p.id, credit=0.4, similarity=0.5, start=0, end=4) for p in POINTS)
        return [
            Grade(
                candidate_id="",
                item_id="clip",
                score=2.4,
                max_score=6,
                status="review" if int(answer.answer.split()[-1]) % 10 < 3 else "graded",
                points=points,
            )
            for answer in answers
        ]


@pytest.mark.timeout(600)
def test_calls_overlap_and_memory_stays_flat(tmp_path):
    path = answers_file(tmp_path / "answers.jsonl", ANSWERS)
    server = subprocess.Popen([sys.executable, js.__file__, "0.05"], stdout=subprocess.PIPE, text=True)
    judge = Judge(
        JudgeSettings(
            url=f"http://127.0.0.1:{int(server.stdout.readline())}/v1",
            model="m",
            cache=tmp_path / "r.sqlite",
            asks=1,
            limits=Limits(16),
        )
    )
    grader = JudgedGrader(HalfSure(), judge)
    grader.grade([Answer(candidate_id="", item_id="clip", answer=f"预热 {n}0") for n in range(64)])
    warm, before = judge.stats.calls, resident()
    started = time.monotonic()
    try:
        summary = grade_answers(str(path), str(tmp_path / "grades.jsonl"), lambda: grader, {"test": "1"})
        seconds, grown = time.monotonic() - started, resident() - before
    finally:
        server.kill()
        server.stdout.close()
        server.wait()
        grader.close()

    calls = judge.stats.calls - warm
    ideal = calls * 0.05 / 16
    assert (summary.answers, calls) == (ANSWERS, ANSWERS * 3 // 10)
    assert seconds < SLOWEST * ideal
    assert grown < 60


def answers_file(path, count):
    rows = ({"candidate_id": f"c{n}", "item_id": "clip", "answer": f"防止发散 {n}"} for n in range(count))
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def asking(url, folder, concurrency=4):
    """A grader that asks about every answer."""
    settings = JudgeSettings(url=url, model="m", cache=folder / "r.sqlite", asks=1, limits=Limits(concurrency))
    return JudgedGrader(HalfSure(), Judge(settings), JudgeRule(scope="all"))


def test_the_next_shard_is_asked_about_before_the_last_reply_to_this_one_is_in(tmp_path):
    second, overlapped = threading.Event(), []

    def mind(question):
        number = int(question.answer.split()[-1])
        if number == 3:
            overlapped.append(second.wait(20))
        elif number == 4:
            second.set()
        return js.no(question)

    source = answers_file(tmp_path / "answers.jsonl", 8)
    with js.JudgeServer(mind) as server:
        grader = asking(server.url, tmp_path)
        grade_answers(str(source), str(tmp_path / "g.jsonl"), lambda: grader, {"test": "1"}, shard_rows=4)
        grader.close()

    grades = [json.loads(line) for line in (tmp_path / "g.jsonl").read_text(encoding="utf-8").splitlines()]
    assert overlapped == [True]
    assert [(grade["candidate_id"], grade["judge"]["calls"]) for grade in grades] == [(f"c{n}", 1) for n in range(8)]


RUN = """
import sys
from pathlib import Path
from test_judge_limits import asking, grade_answers
url, folder = sys.argv[1], Path(sys.argv[2])
source, output = str(folder / "answers.jsonl"), str(folder / "g.jsonl")
grade_answers(source, output, lambda: asking(url, folder), {"test": "1"}, shard_rows=40)
"""


def test_a_killed_run_goes_on_with_the_replies_of_both_shards_that_were_on_their_way(tmp_path):
    source, output = answers_file(tmp_path / "answers.jsonl", 120), tmp_path / "g.jsonl"
    place = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    halfway = threading.Event()

    def mind(question):
        if int(question.answer.split()[-1]) == 39 and not halfway.is_set():
            halfway.wait(20)  # the first shard cannot end, and the second one is begun
        return js.no(question)

    with js.JudgeServer(mind) as server:
        killed = subprocess.Popen([sys.executable, "-c", RUN, server.url, str(tmp_path)], env=place)
        while len(server.requests) < 60:
            time.sleep(0.01)
        killed.kill()
        killed.wait()
        parts = list((tmp_path / "g.jsonl.parts").glob("part-*"))
        halfway.set()
        grader = asking(server.url, tmp_path)
        grade_answers(str(source), str(output), lambda: grader, {"test": "1"}, shard_rows=40, resume=True)
        grader.close()

        on_their_way = 6  # threads for four calls at once
        assert parts == []
        assert grader.stats.cached >= 60 - on_their_way
        assert len(server.requests) <= 120 + on_their_way
        again = asking(server.url, tmp_path)
        grade_answers(str(source), str(tmp_path / "h.jsonl"), lambda: again, {"test": "1"})
        again.close()
    assert output.read_bytes() == (tmp_path / "h.jsonl").read_bytes()


def test_what_waits_when_a_run_ends_early_is_not_asked(tmp_path):
    def mind(question):
        time.sleep(0.05)
        return js.no(question)

    with js.JudgeServer(mind) as server:
        grader = asking(server.url, tmp_path)
        grader.start([Answer(candidate_id="", item_id="clip", answer=f"防止发散 {n}") for n in range(100)])
        grader.close()

        assert len(server.requests) < 20


def test_marking_waits_for_a_judge_that_is_slower(tmp_path):
    class Watching(HalfSure):
        def grade(self, answers):
            seen.append(judge.stats.waiting)
            return super().grade(answers)

    seen: list[int] = []
    with js.JudgeServer() as server:
        settings = JudgeSettings(url=server.url, model="m", cache=tmp_path / "r.sqlite", asks=1, limits=Limits(4))
        judge = Judge(settings)
        grader = JudgedGrader(Watching(), judge, JudgeRule(scope="all"))

        grades = grader.grade([Answer(candidate_id="", item_id="clip", answer=f"防止发散 {n}") for n in range(640)])

        grader.close()
    assert [grade.judge is not None for grade in grades] == [True] * 640
    assert 0 < max(seen) <= AHEAD + 4


def resident() -> float:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def test_a_wrong_key_stops_the_whole_run(tmp_path):
    with js.JudgeServer() as server:
        server.faults = [js.status(401)] * 100
        settings = JudgeSettings(url=server.url, model="m", cache=tmp_path / "r.sqlite", limits=Limits(4))
        grader = JudgedGrader(HalfSure(), Judge(settings))

        with pytest.raises(ExamgenError, match="refuses the key"):
            grader.grade([Answer(candidate_id="", item_id="clip", answer=f"x {n}0") for n in range(60)])

        grader.close()
        assert len(server.requests) <= 8


def test_a_file_that_is_no_store_is_named(tmp_path):
    (tmp_path / "r.sqlite").write_text("no database, but long enough to look like one " * 100, encoding="utf-8")

    with pytest.raises(FileError, match=r"r\.sqlite: the judge's replies cannot be kept"):
        Store(tmp_path / "r.sqlite")


def test_replies_are_readable_by_their_owner_alone(tmp_path):
    Store(tmp_path / "r.sqlite").close()

    assert (tmp_path / "r.sqlite").stat().st_mode & 0o077 == 0
