"""The engine ``ray``: the same bytes as here, whatever is killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from stub_grader import Stub

from examgen.engines import Workers, grade_answers
from examgen.errors import ExamgenError

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]

TESTS = Path(__file__).parents[1]
SCRIPT = """
import os, signal, sys, time
import ray, psutil  # Ray brings psutil along
from ray.cluster_utils import Cluster
from stub_grader import Stub
from examgen.engines import Workers, grade_answers
class Busy(Stub):  # so slow that the worker that is left is at work when the other one dies
    def grade(self, answers):
        time.sleep(0.05)
        return super().grade(answers)
how, address, killed = sys.argv[3], "", []
if how == "kill a node":
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    second, address = cluster.add_node(num_cpus=1), cluster.address
def progress(rows, resumed):
    if killed or not how:
        return
    while len(workers()) < 2:  # one on each node
        time.sleep(0.1)
    if how == "kill a worker":
        killed.append(workers()[0])
        os.kill(killed[0], signal.SIGKILL)
    else:
        killed.append(cluster.remove_node(second, allow_graceful=False))
def workers():
    tree = psutil.Process().children(recursive=True)
    return [process.pid for process in tree if process.name().startswith("ray::Worker")]
summary = grade_answers(sys.argv[1], sys.argv[2], Busy, {"model": "m1"}, workers=Workers("ray", 2, address),
                        shard_rows=500, progress=progress)
print(summary.answers, len(killed))
"""


def source(path, rows, deadly=-1):
    lines = (
        {"candidate_id": f"c{number}", "item_id": "q1", "answer": "kill" if number == deadly else "x" * (number % 97)}
        for number in range(rows)
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def on_ray(answers, output, how):
    place = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(TESTS)]), "RAY_USAGE_STATS_ENABLED": "0"}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(answers), str(output), how],
        capture_output=True, text=True, env=place, check=False,
    )  # fmt: skip


def here(answers, output):
    grade_answers(str(answers), str(output), Stub, {"model": "m1"}, shard_rows=500)
    return output.read_bytes()


def test_a_killed_actor_costs_time_only(tmp_path):
    answers = source(tmp_path / "a.jsonl", 20_000)

    result = on_ray(answers, tmp_path / "ray.jsonl", "kill a worker")

    assert result.stdout == "20000 1\n", result.stderr
    assert (tmp_path / "ray.jsonl").read_bytes() == here(answers, tmp_path / "here.jsonl")


def test_a_killed_node_costs_time_only(tmp_path):
    answers = source(tmp_path / "a.jsonl", 20_000)

    result = on_ray(answers, tmp_path / "ray.jsonl", "kill a node")

    assert result.stdout == "20000 1\n", result.stderr
    assert (tmp_path / "ray.jsonl").read_bytes() == here(answers, tmp_path / "here.jsonl")


@pytest.mark.skipif("EXAMGEN_ALL" not in os.environ, reason="a new actor for each death: set EXAMGEN_ALL to run it")
def test_a_row_that_kills_its_actor_is_found(tmp_path):
    answers = source(tmp_path / "a.jsonl", 4, deadly=2)

    assert on_ray(answers, tmp_path / "ray.jsonl", "").stdout == "4 0\n"
    grades = [json.loads(line) for line in (tmp_path / "ray.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["candidate_id"] for row in grades if row["status"] == "ungraded"] == ["c2"]


def test_no_cluster_at_that_address_is_one_line(tmp_path):
    answers = source(tmp_path / "a.jsonl", 5)

    with pytest.raises(ExamgenError, match=r"there is no Ray cluster at 127\.0\.0\.1:1: "):
        grade_answers(str(answers), str(tmp_path / "g.jsonl"), Stub, {}, workers=Workers("ray", address="127.0.0.1:1"))
