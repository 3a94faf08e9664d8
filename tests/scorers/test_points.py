"""Points made from reference answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.model import Item, RubricPoint
from examgen.scorers.points import MAX_POINTS, alternatives, made_points, origin


def texts(reference):
    return [point.text for point in made_points(reference, 1.0)]


@pytest.mark.parametrize(
    ("reference", "points"),
    [
        ("网络分层有四层：物理层、链路层、网络层、传输层。", ["物理层", "链路层", "网络层", "传输层"]),
        ("排序算法分为稳定排序和不稳定排序", ["稳定排序", "不稳定排序"]),
        ("三个要素：一是热源，二是燃料，三是氧气。", ["热源", "燃料", "氧气"]),
        ("The phases are: solid, liquid and gas.", ["solid", "liquid", "gas"]),
        ("（1）先测温度（2）再记录读数", ["先测温度", "再记录读数"]),
        ("- 加热\n- 冷却\n", ["加热", "冷却"]),
        ("1. Heat it.\n2. Cool it.", ["Heat it.", "Cool it."]),
        ("水沸腾。汽上升。", ["水沸腾。", "汽上升。"]),
        ("出栈序列为 3、2、1。", ["出栈序列为 3、2、1。"]),
        ("锁防止两个线程同时写。", ["锁防止两个线程同时写。"]),
    ],
)
def test_a_reference_is_cut_where_a_reader_would(reference, points):
    assert texts(reference) == points


def test_made_points_share_the_marks_and_say_that_they_are_made():
    points = made_points("要素有：甲物质、乙物质、丙物质、丁物质", 10.0)

    assert [(point.id, point.weight) for point in points] == [("r1", 2.5), ("r2", 2.5), ("r3", 2.5), ("r4", 2.5)]


def test_a_rubric_wins_over_reference_answers():
    rubric = (RubricPoint(id="p1", text="x", weight=1.0),)

    assert alternatives(Item(id="a", reference="y", points=rubric, max_score=1)) == (rubric,)


def test_every_reference_answer_is_a_way_of_its_own():
    ways = alternatives(Item(id="a", references=("甲", "乙。丙。"), max_score=2))

    assert [[point.text for point in way] for way in ways] == [["甲"], ["乙。", "丙。"]]


def test_a_composite_has_the_points_of_its_written_parts_and_one_for_each_keyed_part():
    keyed = Item(id="a", kind="true_false", question="锁可以\n重入？", truth=True, max_score=1)
    written = Item(id="b", references=("甲", "乙。丙。"), max_score=4)

    ways = alternatives(Item(id="c", kind="composite", parts=(keyed, written), max_score=5))

    assert [[(point.id, point.text, point.weight) for point in way] for way in ways] == [
        [("a", "锁可以 重入？ → 对", 1), ("b.r1", "甲", 4)],
        [("a", "锁可以 重入？ → 对", 1), ("b.r1", "乙。", 2), ("b.r2", "丙。", 2)],
    ]


@given(st.text(min_size=1))
def test_any_reference_gives_points_that_add_up(reference):
    points = made_points(reference, 4.0)

    assert 1 <= len(points) <= MAX_POINTS
    assert sum(point.weight for point in points) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("item", "sort"),
    [
        (
            Item(id="a", points=(RubricPoint(id="p", text="x", weight=1),), reference="甲类、乙类、丙类", max_score=1),
            "rubric",
        ),
        (Item(id="a", reference="分为：甲类、乙类、丙类", max_score=1), "list"),
        (Item(id="a", reference="锁防止两个线程同时写。", max_score=1), "text"),
        (Item(id="a", references=("锁防止两个线程同时写。", "锁让线程排队。"), max_score=1), "several"),
    ],
)
def test_points_have_an_origin(item, sort):
    assert origin(item) == sort
