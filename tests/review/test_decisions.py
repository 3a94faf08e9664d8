"""The file of decisions: chained, appended, on the disk, and never lost."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_samples import CLIP

from examgen.errors import FileError
from examgen.model import Decision, Policy
from examgen.review.decisions import DecisionFile


def mark(by="Li", score=4.0, candidate="李雷", **more):
    facts = {"at": "2026-11-25T10:00:00+00:00", "item_id": "clip", "max_score": 10.0} | more
    return Decision(by=by, score=score, candidate_id=candidate, **facts)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.jsonl"


def test_each_line_holds_the_checksum_of_the_one_before(path):
    file = DecisionFile(path)
    file.append([mark(), mark(score=5)])
    file.append([Policy(at="x", markers=2)])

    again = DecisionFile(path)

    assert again.entries == file.entries
    assert (again.head, [entry.previous for entry in again.entries[:1]]) == (file.head, [""])
    assert again.entries[1].previous != again.entries[2].previous != ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [lines[0].replace(b'"score":4.0', b'"score":9.0'), *lines[1:]],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: lines[1:],
    ],
    ids=["changed", "removed", "swapped", "doubled", "cut at the start"],
)
def test_whatever_is_done_to_the_file_breaks_the_chain(path, damage):
    DecisionFile(path).append([mark(score=float(n)) for n in (4, 5, 6)])
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))

    with pytest.raises(FileError, match=r"decisions\.jsonl:\d: does not follow from the line before"):
        DecisionFile(path)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_changed_byte_is_noticed_or_cuts_the_file(tmp_path_factory, place, change):
    path = tmp_path_factory.mktemp("d") / "decisions.jsonl"
    head = DecisionFile(path).head
    DecisionFile(path).append([mark(), mark(score=5), mark(score=6)])
    whole = DecisionFile(path)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= change
    path.write_bytes(bytes(data))

    try:
        head = DecisionFile(path).head
    except FileError:
        return
    assert head != whole.head


def test_a_line_that_a_kill_cut_short_is_set_aside(path):
    file = DecisionFile(path)
    file.append([mark()])
    with path.open("ab") as stream:
        stream.write(b'{"kind":"mark","at":"2026')

    again = DecisionFile(path)
    again.append([mark(score=5)])

    assert [entry.score for entry in DecisionFile(path).entries] == [4.0, 5.0]
    assert path.with_name("decisions.jsonl.torn").read_bytes() == b'{"kind":"mark","at":"2026\n'


def test_two_markers_write_to_one_file(path):
    first, second = DecisionFile(path), DecisionFile(path)
    first.append([mark("A")])
    second.append([mark("B")])
    first.append([mark("A", 5)])

    assert [entry.by for entry in DecisionFile(path).entries] == ["A", "B", "A"]
    assert second.refresh() and len(second.entries) == 3


WRITER = """
import sys
from pathlib import Path
from examgen.review.decisions import DecisionFile
from examgen.model import Decision
file = DecisionFile(Path(sys.argv[1]))
number = len(file.entries)
while True:
    number += 1
    name = f"c{number}"
    file.append([Decision(at="t", by="Li", candidate_id=name, item_id="clip", score=1, max_score=9, why="x" * 3000)])
    print(number, flush=True)
"""


KILLS = 20 if os.environ.get("EXAMGEN_ALL") else 4


def test_kills_at_any_moment_lose_no_confirmed_decision(path):
    confirmed = 0
    for round_ in range(KILLS):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3 + round_ % 5):
            confirmed = int(writer.stdout.readline())
        time.sleep(0.001 * round_)
        os.kill(writer.pid, signal.SIGKILL)
        confirmed = max([confirmed, *(int(line) for line in writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()

        entries = DecisionFile(path).entries
        assert [entry.candidate_id for entry in entries[:confirmed]] == [f"c{n}" for n in range(1, confirmed + 1)]


def test_a_decision_holds_no_answer(path):
    DecisionFile(path).append([mark(answer_sha256="a" * 64)])

    assert "answer" not in json.loads(path.read_text(encoding="utf-8"))
    assert CLIP.question not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("others", "found"),
    [
        (lambda path: path.unlink(), "cannot be read or written: No such file or directory"),
        (lambda path: path.write_bytes(b""), "was replaced while it was open here"),
        (lambda path: path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n"), "was replaced"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"Li", b"Wu")), "was replaced"),
    ],
    ids=["gone", "empty", "older copy", "other"],
)
def test_a_file_that_was_replaced_under_an_open_desk_is_not_written_to(path, others, found):
    file = DecisionFile(path)
    file.append([mark(), mark(score=5), mark(score=6)])
    others(path)
    there = path.read_bytes() if path.exists() else None

    with pytest.raises(FileError, match=found):
        file.append([mark(score=7)])

    assert (path.read_bytes() if path.exists() else None) == there
