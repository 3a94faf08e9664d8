"""The cache of embeddings: shared, bounded, and never in the way."""

import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from examgen.embed.cache import VectorCache, key, max_bytes


def vectors(*numbers):
    return np.array([[number, number + 0.5] for number in numbers], np.float32)


def keys(*numbers):
    return [key("model", str(number)) for number in numbers]


def test_what_was_put_is_found_by_another_user_of_the_file(tmp_path):
    VectorCache(tmp_path / "c.sqlite").put(keys(1, 2), vectors(1, 2))

    found = VectorCache(tmp_path / "c.sqlite").get(keys(2, 3))

    assert {name: vector.tolist() for name, vector in found.items()} == {keys(2)[0]: [2.0, 2.5]}


def test_a_key_keeps_its_first_vector(tmp_path):
    cache = VectorCache(tmp_path / "c.sqlite")
    cache.put(keys(1), vectors(1))
    cache.put(keys(1), vectors(9))

    assert cache.get(keys(1))[keys(1)[0]].tolist() == [1.0, 1.5]


def test_model_backend_and_text_make_the_key():
    assert len({key("a torch", "x"), key("a onnx", "x"), key("b torch", "x"), key("a torch", "y")}) == 4


def test_many_keys_are_found_at_once(tmp_path):
    cache = VectorCache(tmp_path / "c.sqlite")
    cache.put(keys(*range(3000)), vectors(*range(3000)))

    assert len(cache.get(keys(*range(-100, 4000)))) == 3000


def test_the_file_stays_within_its_bound_and_the_newest_stay(tmp_path):
    path = tmp_path / "c.sqlite"
    cache = VectorCache(path, limit=2_000_000)
    for start in range(0, 10_000, 500):
        cache.put(keys(*range(start, start + 500)), np.ones((500, 384), np.float32))
    cache.close()

    assert path.stat().st_size < 3_500_000
    assert len(VectorCache(path).get(keys(*range(9500, 10_000)))) == 500
    assert VectorCache(path).get(keys(*range(500))) == {}


def write(path, start):
    cache = VectorCache(path)
    for number in range(start, start + 50):
        cache.put(keys(number), vectors(number))
        assert len(cache.get(keys(number))) == 1
    return 50


def test_several_processes_write_to_one_file(tmp_path):
    path = tmp_path / "c.sqlite"

    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert sum(pool.map(write, [path] * 3, [0, 1000, 2000])) == 150

    assert len(VectorCache(path).get(keys(*range(3000)))) == 150


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_replaced(tmp_path, content):
    (tmp_path / "c.sqlite").write_bytes(content)
    cache = VectorCache(tmp_path / "c.sqlite")

    assert cache.get(keys(1)) == {}
    cache.put(keys(1), vectors(1))
    assert len(VectorCache(tmp_path / "c.sqlite").get(keys(1))) == 1


def test_a_file_of_another_version_is_replaced(tmp_path):
    with sqlite3.connect(tmp_path / "c.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    cache = VectorCache(tmp_path / "c.sqlite")
    cache.put(keys(1), vectors(1))

    assert len(cache.get(keys(1))) == 1


def test_a_cache_without_a_place_is_off_and_says_so_once(tmp_path, caplog):
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = VectorCache(tmp_path / "file" / "c.sqlite")

    for _ in range(3):
        cache.put(keys(1), vectors(1))
        assert cache.get(keys(1)) == {}

    assert len(caplog.records) == 1
    assert "embeddings are not kept" in caplog.text


def test_a_cache_that_others_hold_is_passed_by(tmp_path, monkeypatch):
    monkeypatch.setattr("examgen.embed.cache.WAIT_SECONDS", 0.1)
    cache = VectorCache(tmp_path / "c.sqlite")
    cache.put(keys(1), vectors(1))
    other = sqlite3.connect(tmp_path / "c.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    cache.put(keys(2), vectors(2))
    other.execute("COMMIT")
    other.close()
    cache.put(keys(3), vectors(3))

    assert set(cache.get(keys(1, 2, 3))) == set(keys(1, 3))


def test_the_environment_bounds_the_file(monkeypatch):
    monkeypatch.setenv("EXAMGEN_CACHE_MB", "5")
    assert max_bytes() == 5 * 1024**2

    monkeypatch.setenv("EXAMGEN_CACHE_MB", "much")
    assert max_bytes() == 2 * 1024**3
