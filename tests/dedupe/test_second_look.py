"""A second look reads two questions side by side, both ways round, and each of them once."""

import numpy as np
import pytest

from examgen.dedupe.second_look import SecondLook, context, open_second_look, wording
from examgen.embed.cache import VectorCache
from examgen.model import Item
from examgen.scorers.reader import Text


def item(name, title, question):
    return Item(id=name, title=title, question=question)


class Lengths:
    """Takes two texts for one the more surely, the longer the first is; notes what it has read."""

    def __init__(self):
        self.texts = []

    def read(self, texts):
        self.texts += texts
        return [
            Text(np.arange(len(text)), np.zeros((len(text), 1), np.float32), np.zeros((len(text), 2))) for text in texts
        ]

    def judge(self, pairs):
        same = np.array([len(left.ids) / 100 for left, _, _ in pairs], dtype=np.float32)
        return np.stack([same, (1 - same) / 4, (1 - same) * 3 / 4], axis=1)


LEFT, RIGHT = item("a", "锁", "什么是锁？"), item("b", "互斥锁", "请说明互斥锁的用法。")


def test_which_question_stands_first_does_not_matter():
    look = SecondLook(Lengths)

    (there,), (back,) = look.look([(LEFT, RIGHT)]), look.look([(RIGHT, LEFT)])

    short, long = len(wording(LEFT)) / 100, len(wording(RIGHT)) / 100
    odds = (np.log(short / ((1 - short) * 3 / 4)) + np.log(long / ((1 - long) * 3 / 4))) / 2
    assert there == back
    assert there.same == round(odds, 2)
    assert 0 < there.probability < 1


def test_a_question_is_read_once():
    reader = Lengths()
    look = SecondLook(lambda: reader)

    look.look([(LEFT, RIGHT), (RIGHT, LEFT)])
    look.look([(LEFT, RIGHT)])

    assert sorted(reader.texts) == sorted([wording(LEFT), context(LEFT), wording(RIGHT), context(RIGHT)])


def test_a_pair_that_was_read_before_needs_no_reader(tmp_path):
    cache = VectorCache(tmp_path / "cache.sqlite")
    first = SecondLook(Lengths, cache, "one reader").look([(LEFT, RIGHT), (RIGHT, LEFT)])

    def none_there():
        raise AssertionError("the reader was opened")

    assert SecondLook(none_there, cache, "one reader").look([(RIGHT, LEFT), (LEFT, RIGHT)]) == [first[1], first[0]]
    assert SecondLook(Lengths).look([(LEFT, RIGHT), (RIGHT, LEFT)]) == first
    with pytest.raises(AssertionError):
        SecondLook(none_there, cache, "another reader").look([(LEFT, RIGHT)])


@pytest.mark.model
def test_the_shipped_reader_tells_a_paraphrase_from_a_sibling(encoder):
    look = open_second_look(encoder)
    asked = item("a", "乐观锁", "什么是乐观锁？它怎样发现冲突？")
    again = item("b", "乐观锁的原理", "请解释乐观并发控制如何检测冲突。")
    sibling = item("c", "悲观锁", "什么是悲观锁？它怎样避免冲突？")

    same, other = look.look([(asked, again), (asked, sibling)])

    assert same.probability > other.probability


def test_another_model_gets_no_second_look():
    class Other:
        fingerprint = "another"

    assert open_second_look(Other()) is None
