"""What a judge must stand: being killed, being stopped by a user's error, and being fast."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import judge_server as js
import pytest
from grader_parts import calibration

from examgen.engines import grade_answers
from examgen.errors import ExamgenError, FileError
from examgen.grade import Risk
from examgen.judge.client import Limits
from examgen.judge.grader import PIECE, JudgedGrader, JudgeRule
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
    path = tmp_path / "answers.jsonl"
    rows = ({"candidate_id": f"c{n}", "item_id": "clip", "answer": f"防止发散 {n}"} for n in range(ANSWERS))
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
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
    assert 0 < max(seen) <= PIECE + 4


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
