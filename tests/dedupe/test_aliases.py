"""Which names the documents say are of one thing, and which only stand side by side."""

import pytest

from examgen.dedupe.aliases import find_aliases
from examgen.text import fold


def classes(*texts):
    """The names of each class that are found in (title, question, answer) texts."""
    found = find_aliases((f"a.md#{n}", *text) for n, text in enumerate(texts, 1))
    return [set(names) for names in found.names.values()]


@pytest.mark.parametrize(
    ("stated", "asked", "names"),
    [
        ("什么是写时拷贝（Lazy Copy，LC）？", "LC 有什么好处？", {"写时拷贝", "lazy copy", "lc"}),
        ("请说明蓄水池抽样（又称水塘抽样）。", "水塘抽样怎么做？", {"蓄水池抽样", "水塘抽样"}),
        ("请说明水塘法（蓄水池法）。", "蓄水池法怎么做？", {"水塘法", "蓄水池法"}),
        ("LC（写时拷贝）是什么？", "写时拷贝有什么好处？", {"写时拷贝", "lc"}),
        (
            "What is lazy copy, also known as deferred duplication?",
            "Why use deferred duplication?",
            {"lazy copy", "deferred duplication"},
        ),
        ("Explain optimistic disk mirroring (ODM).", "Why use ODM?", {"optimistic disk mirroring", "odm"}),
        ("What does ODM do?", "Describe optimistic disk mirroring.", {"optimistic disk mirroring", "odm"}),
    ],
)
def test_names_that_a_question_says_are_one(stated, asked, names):
    assert classes(("", stated, ""), ("", asked, "")) == [names]


def test_an_answer_may_say_it_and_the_title_is_what_it_speaks_of():
    answer = "- 又叫水塘抽样\n- 一遍扫描，内存固定"

    assert classes(("蓄水池抽样", "请介绍蓄水池抽样。", answer), ("水塘抽样", "水塘抽样的步骤？", "")) == [
        {"蓄水池抽样", "水塘抽样"}
    ]


def test_two_chinese_names_with_one_translation_are_one():
    answer = "- **数据扩容（Data Inflation）**：造更多样本\n- **样本膨胀（Data Inflation）**：同上"

    assert classes(("数据扩容", "", answer), ("样本膨胀", "", "")) == [{"数据扩容", "样本膨胀", "data inflation"}]


@pytest.mark.parametrize(
    ("stated", "asked"),
    [
        ("请介绍抽样方法（如水塘抽样）。", "水塘抽样怎么做？"),
        ("请介绍抽样（水塘抽样）。", "水塘抽样怎么做？"),
        ("请介绍正向抽样（又称反向抽样）。", "反向抽样怎么做？"),
        ("请介绍项目管理（甲方）的职责。", "甲方有哪些职责？"),
        ("请介绍线程池（进程内）的用法。", "进程内如何通信？"),
        ("What does ODM do?", "Compare optimistic disk mirroring and offline data migration."),
    ],
)
def test_examples_kinds_opposites_notes_and_doubtful_initials_are_no_names(stated, asked):
    assert classes(("", stated, ""), ("", asked, "")) == []


def test_a_chinese_word_behind_an_acronym_in_an_answer_may_be_a_note():
    assert classes(("LC", "LC 有什么用？", "- LC（节省内存）"), ("节省内存", "如何节省内存？", "")) == []


def test_names_that_no_question_uses_are_not_kept():
    assert classes(("蓄水池抽样", "", "又称水塘抽样")) == []


def test_things_of_several_names_bear_one_and_what_says_so_is_told():
    found = find_aliases(
        [("a.md#1", "", "什么是蓄水池抽样（又称水塘抽样）？", ""), ("a.md#2", "水塘抽样", "水塘抽样有何优点？", "")]
    )

    assert found.replace(fold("什么是蓄水池抽样（又称水塘抽样）？")) == "什么是 水塘抽样 )?"
    assert found.said["蓄", "水", "池", "抽", "样"] == "a.md#1: 什么是蓄水池抽样(又称水塘抽样)"
    assert found.called("蓄水池抽样的步骤") == {"水塘抽样": frozenset({("蓄", "水", "池", "抽", "样")})}
