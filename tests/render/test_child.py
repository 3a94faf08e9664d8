import re
import signal
import time
from pathlib import Path

import child_tasks
import pytest

from examgen.errors import ExamgenError
from examgen.render.child import Task, _Child, in_children


def failure(work, *arguments, seconds=30.0) -> str:
    with pytest.raises(ExamgenError) as error:
        list(in_children([Task("paper of E1", work, arguments)], 1, seconds))
    return str(error.value)


def test_results_of_all_tasks_come_back():
    results = list(in_children([Task(str(n), child_tasks.count, (n,)) for n in (3, 0, 2)], 2))

    assert sorted(value for value, _ in results) == [0, 0, 1, 1, 2]


def test_a_task_that_takes_too_long_is_given_up():
    begun = time.monotonic()

    message = failure(child_tasks.sleep, 60, seconds=1.0)

    assert message.startswith("paper of E1 took more than 1 seconds and was given up.")
    assert time.monotonic() - begun < 20


def test_a_task_that_takes_too_much_memory_is_refused():
    assert failure(child_tasks.eat, 4000) == "the paper needs more than 1536 MB. Look for a huge text in it."


def test_a_crash_is_told_in_one_line():
    assert failure(child_tasks.die).startswith("paper of E1 ended its process by SIGABRT and was given up.")


def test_an_error_of_a_user_comes_back_as_it_was():
    assert failure(child_tasks.complain) == "the text is odd. Mend it."


def test_endless_nesting_is_refused():
    assert failure(child_tasks.recurse) == "a text is nested too deeply to be printed. Make it flatter."


def test_a_child_is_deaf_to_interrupts_before_it_loads_anything():
    child = _Child()
    home = Path(f"/proc/{child.process.pid}")

    while "pydantic_core" not in (home / "maps").read_text():
        time.sleep(0.002)
    ignored = int(re.search(r"SigIgn:\s*(\w+)", (home / "status").read_text())[1], 16)
    child.end()

    assert ignored >> (signal.SIGINT - 1) & 1
