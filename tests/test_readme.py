"""The README's tour works word for word, on real documents."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examgen.bank import load_bank

ROOT = Path(__file__).parent.parent


def tour(readme):
    """The shell block of the tour, cut into whole commands."""
    block = re.search(r"```sh\n(# 1\..*?)```", (ROOT / readme).read_text(encoding="utf-8"), re.DOTALL)[1]
    commands, heredoc = [], False
    for line in block.splitlines():
        if heredoc:
            commands[-1] += "\n" + line
            heredoc = line != "TOML"
        elif line and not line.startswith("#"):
            commands.append(line)
            heredoc = "<<" in line
    return commands


def test_both_readmes_give_the_same_tour():
    assert tour("README.zh.md") == tour("README.md")


@pytest.mark.seeds
@pytest.mark.model
@pytest.mark.slow
def test_the_tour_works_word_for_word_on_real_documents(seeds_dir, tmp_path):
    (tmp_path / "documents").mkdir()
    for document in seeds_dir.glob("*.txt"):
        shutil.copy(document, tmp_path / "documents")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "examgen").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m examgen "$@"\n', encoding="utf-8")
    (tmp_path / "bin" / "examgen").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}

    codes = {}
    for command in tour("README.md"):
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        codes[" ".join(command.split()[:3])] = done.returncode
        assert done.returncode in (0, 3), f"{command}\n{done.stderr}"

    # 3: the cut-off item of one document, and answers that no machine should decide, wait for a human.
    assert codes["examgen bank build"] == 3
    made = [
        "bank/duplicates.html",
        "papers/paper-A.pdf",
        "papers/paper-A.html",
        "papers/scheme-A.pdf",
        "report/index.html",
    ]
    assert [name for name in made if not (tmp_path / name).is_file()] == []
    assert load_bank(tmp_path / "bank").title == "大模型训练"
    assert len((tmp_path / "grades.jsonl").read_text(encoding="utf-8").splitlines()) == 6 * 5


@pytest.mark.model
@pytest.mark.slow
def test_the_demo_does_the_whole_main_job(runner, tmp_path):
    from examgen.cli import cli

    result = runner.invoke(cli, ["demo", "-o", str(tmp_path / "demo")])

    assert result.exit_code == 0, result.stderr
    paths = [line.split()[-1] for line in result.stdout.splitlines()[1:]]
    assert [path for path in paths if not Path(path).is_file()] == []
    assert len(Path(paths[-1]).read_text(encoding="utf-8").splitlines()) == 60
