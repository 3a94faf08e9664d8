"""The word lists of things with several names."""

from collections import Counter

import pytest

from examgen.dedupe.names import units
from examgen.dedupe.words import CONCEPTS, GLOSSARY, one_name, things


def lines_of_names():
    """The names of each line of all word lists, as they are looked up."""
    for path in (*GLOSSARY, *CONCEPTS):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and line[0] != "#":
                yield {units(name) for name in line.replace(" / ", " ").split()}


def test_no_name_stands_on_two_lines():
    lines = Counter(name for names in lines_of_names() for name in names)

    assert [name for name, count in lines.items() if count > 1] == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("简述拉链法", "简述 链地址法 "),
        ("什么是 max-heaps？", "什么是  大顶堆 ？"),
        ("平衡的二叉查找树", " 平衡二叉搜索树 "),
        ("what is the bst", "what is the  bst "),
        ("binary search trees and binary-search", " bst  and  binary search "),
        ("mylrus and 3bst", "mylrus and 3bst"),
        ("the advantages of dma", "the advantages of  dma "),
        ("you can't test it", "you can't test it"),
        ("费雪–耶茨洗牌", " 洗牌算法 "),
        ("bayes’ theorem", " bayes' theorem "),
        ("非凸优化和互斥量而非自旋锁", "非凸优化和 互斥锁 而非 自旋锁 "),
        ("non-linear regression", "non-linear regression"),
    ],
)
def test_the_longest_name_that_stands_for_itself_gets_the_first_name(written, read):
    assert one_name(written) == read


def test_a_title_of_latin_letters_names_the_same_thing_as_a_chinese_one():
    assert things("mvcc") == things("多版本并发控制的原理") == {"多版本并发控制"}


def test_the_broader_list_of_the_field_names_no_things_of_the_glossary():
    assert things("模型优化") == frozenset()
