"""The library: every public name is there, typed, documented, and costs nothing until it is used."""

import inspect
import subprocess
import sys

import examgen


def test_every_public_name_is_what_its_module_documents():
    undocumented = [name for name in examgen.__all__ if name != "__version__" and not getattr(examgen, name).__doc__]

    assert undocumented == []


def test_a_function_called_like_its_module_stays_the_function():
    code = (
        "import examgen, examgen.grade, examgen.assemble, examgen.render\n"
        "from examgen import assemble, grade, render\n"
        "print(*(type(f).__name__ for f in (assemble, grade, render, examgen.grade)))"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "function function function function\n"


def test_importing_the_library_imports_no_step():
    code = "import sys, examgen; print(*(m for m in sys.modules if m.startswith('examgen.')))"

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "\n"


def test_every_public_function_is_typed():
    untyped = [
        name
        for name in examgen.__all__
        if inspect.isfunction(value := getattr(examgen, name))
        and any(p.annotation is p.empty for p in inspect.signature(value).parameters.values())
    ]

    assert untyped == []
