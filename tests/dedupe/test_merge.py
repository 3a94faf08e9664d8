"""One item out of each group."""

from examgen.dedupe import Decision, find_duplicates, merge
from examgen.dedupe.merge import unite
from examgen.model import Item, Option, RubricPoint, Source
from tests.dedupe.fakes import Bigrams


def item(number, question, reference="互斥；循环等待。", **more):
    source = Source(document="os.md", number=number, line=number)
    return Item(id=f"q{number}", question=question, reference=reference, sources=(source,), max_score=1, **more)


def test_enemies_of_an_item_that_was_taken_in_are_enemies_of_the_one_that_took_it():
    encoder = Bigrams()
    items = [
        item(1, "什么是死锁？"),
        item(2, "什么是死锁？", enemies=("q1",)),
        item(3, "敏捷开发有何优点？", "小步交付，尽早得到意见。", enemies=("q2", "elsewhere")),
    ]

    merged = merge(find_duplicates(items, encoder), encoder).items

    assert {each.id: each.enemies for each in merged} == {"q1": (), "q3": ("elsewhere", "q1")}


def test_a_decided_pair_is_listed_once_in_the_order_of_the_items():
    items = [item(number, f"第{'一二三四五六七八九十'[number - 1]}讲说了什么？") for number in (9, 10)]
    decisions = (Decision(verdict="same", items=("os.md#10", "os.md#9")),)

    pairs = find_duplicates(items, Bigrams(), decisions=decisions).pairs

    assert [(pair.left, pair.right) for pair in pairs] == [("os.md#9", "os.md#10")]


def points(*texts, weight=1.0):
    return tuple(RubricPoint(id=f"p{n}", text=text, weight=weight) for n, text in enumerate(texts, 1))


def united(kept, other):
    merged = unite([kept, other], kept, Bigrams())
    return [(point.text, point.weight) for point in merged.points], merged.max_score


def test_points_of_one_label_that_names_no_thing_are_told_apart_by_what_they_say():
    kept = item(1, "敏捷开发有何优点？", points=points("**优点**：小步交付", "迭代：两周一轮"))
    other = item(2, "敏捷开发有何优点？", points=points("优点：用户早早说出意见", "**迭代**：一轮不超过一个月"))

    assert united(kept, other) == ([("**优点**：小步交付", 1), ("迭代：两周一轮", 1), ("优点：用户早早说出意见", 1)], 2)


def test_points_of_another_scale_count_as_a_usual_point_of_the_kept_item_does():
    kept = item(1, "什么是死锁？", points=points("互斥", "占有且等待", weight=3.0)).model_copy(update={"max_score": 6})
    other = item(2, "什么是死锁？", points=points("互斥", "四个条件同时成立", weight=0.5))

    assert united(kept, other) == ([("互斥", 3), ("占有且等待", 3), ("四个条件同时成立", 3)], 9)


def test_a_kept_item_without_points_takes_those_of_the_others():
    kept = item(1, "什么是死锁？", reference="进程互相等待对方占有的资源。")
    other = item(2, "什么是死锁？", points=points("互斥", "循环等待", weight=2.0))

    assert united(kept, other) == ([("互斥", 2), ("循环等待", 2)], 4)


def test_a_choice_item_takes_no_points_of_an_open_one():
    options = (Option(id="A", text="互斥", correct=True), Option(id="B", text="公平"))
    kept = item(1, "下列哪项是死锁的条件？", kind="single_choice", options=options)
    other = item(2, "死锁的条件是什么？", points=points("互斥", "循环等待"))

    assert united(kept, other) == ([], 1)
