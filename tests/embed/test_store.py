"""A built folder appears whole or not at all, and damage is noticed."""

import errno
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from examgen.embed.store import built_folder, cache_dir, is_whole
from examgen.errors import ModelError


def two_files(folder: Path) -> None:
    (folder / "weights").write_bytes(b"12345678")
    (folder / "sub").mkdir()
    (folder / "sub" / "settings.json").write_text("{}", encoding="utf-8")


def never(folder: Path) -> None:
    raise AssertionError("built again")


def test_a_folder_is_built_once_with_the_checksums_of_its_files(tmp_path):
    folder = built_folder(tmp_path / "m", two_files, "s1")

    assert built_folder(tmp_path / "m", never, "s1") == folder
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8")) == {
        "source": "s1",
        "files": {
            "sub/settings.json": {
                "bytes": 2,
                "sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            },
            "weights": {
                "bytes": 8,
                "sha256": "ef797c8118f02dfb649607dd5d3f8c7623048c9c063d532cc95c5ed7a898a64f",
            },
        },
    }


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "weights").write_bytes(b"1234567X"),
        lambda folder: (folder / "weights").write_bytes(b"1234"),
        lambda folder: (folder / "sub" / "settings.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{", encoding="utf-8"),
        lambda folder: (folder / "manifest.json").write_text("[]", encoding="utf-8"),
        lambda folder: (folder / "manifest.json").unlink(),
    ],
    ids=["a changed byte", "a cut file", "a lost file", "a broken manifest", "a foreign manifest", "no manifest"],
)
def test_damage_is_noticed_and_mended(tmp_path, damage):
    folder = built_folder(tmp_path / "m", two_files, "s1")
    damage(folder)

    assert not is_whole(folder, "s1")
    built_folder(folder, two_files, "s1")
    assert is_whole(folder, "s1")
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == ["m"]


def test_another_source_is_built_anew(tmp_path):
    built_folder(tmp_path / "m", two_files, "s1")

    built_folder(tmp_path / "m", lambda folder: (folder / "weights").write_bytes(b"new"), "s2")

    assert (tmp_path / "m" / "weights").read_bytes() == b"new"
    assert not (tmp_path / "m" / "sub").exists()


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path):
    def build(folder):
        two_files(folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ModelError) as caught:
        built_folder(tmp_path / "m", build, "s1")

    fix = "Free some space, or name another folder in EXAMGEN_CACHE."
    assert str(caught.value) == f"{tmp_path / 'm'}: the model cannot be stored: No space left on device. {fix}"
    assert [path.name for path in tmp_path.iterdir()] in ([".m.lock"], [])


def test_a_cache_that_is_a_file_is_one_line(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(ModelError, match="cannot be stored: "):
        built_folder(tmp_path / "file" / "m", two_files, "s1")


def test_a_failed_build_leaves_the_folder_as_it_was_and_no_traces(tmp_path):
    with pytest.raises(ModelError, match="damaged package"):
        built_folder(tmp_path / "m", lambda _: (_ for _ in ()).throw(ModelError("damaged package")), "s1")

    assert not (tmp_path / "m").exists()
    assert list(tmp_path.glob("*.tmp")) + list(tmp_path.glob(".*.tmp")) == []


SLOW_BUILD = """
import os, sys, time
from pathlib import Path
from examgen.embed.store import built_folder
place = Path(sys.argv[1])
def build(folder):
    with open(place / "builds", "a") as log:
        log.write(f"{os.getpid()}\\n")
    (folder / "weights").write_bytes(b"1234")
    time.sleep(float(sys.argv[2]))
    (folder / "more").write_bytes(b"5678")
built_folder(place / "m", build, "s1")
print(sorted(path.name for path in (place / "m").iterdir()))
"""


def start(place: Path, seconds: float) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", SLOW_BUILD, str(place), str(seconds)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_of_three_processes_at_once_one_builds_and_all_get_the_whole(tmp_path):
    processes = [start(tmp_path, 0.5) for _ in range(3)]

    results = [process.communicate(timeout=60) for process in processes]

    assert results == [("['manifest.json', 'more', 'weights']\n", "")] * 3
    assert len((tmp_path / "builds").read_text(encoding="utf-8").split()) == 1


def test_a_killed_build_is_cleared_away_by_the_next(tmp_path):
    process = start(tmp_path, 60)
    while not (strays := list(tmp_path.glob(".m.*.tmp/weights"))):
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate()

    built_folder(tmp_path / "m", two_files, "s1")

    assert is_whole(tmp_path / "m", "s1")
    assert not strays[0].exists()


def test_the_environment_names_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EXAMGEN_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path

    monkeypatch.delenv("EXAMGEN_CACHE")
    assert cache_dir().name == "examgen"
