"""The nouns: what their fields promise to each other."""

from examgen.model import Blank, Exam, Form, Item, PlacedItem, RubricPoint, Section


def test_a_scaled_item_keeps_the_shares_of_its_weights():
    part = Item(id="a", kind="fill_in", blanks=(Blank(answers=("甲",), weight=2),), max_score=2)
    item = Item(
        id="c", kind="composite", parts=(part,), points=(RubricPoint(id="p1", text="点", weight=4),), max_score=4
    )

    half = item.scaled(2)

    assert (half.max_score, half.points[0].weight, half.parts[0].max_score, half.parts[0].blanks[0].weight) == (
        2,
        2,
        1,
        1,
    )
    assert item.scaled(4) is item


def test_an_exam_marks_its_items_by_what_the_paper_says():
    item = Item(id="a", points=(RubricPoint(id="p1", text="点", weight=10),), max_score=10)
    section = Section(id="s", items=(PlacedItem(number=1, item_id="a", points=6),))
    exam = Exam(id="e", title="卷", items=(item,), forms=(Form(name="A", sections=(section,)),))

    assert [(i.max_score, i.points[0].weight) for i in exam.marked_items()] == [(6, 6)]


def test_an_exam_marks_by_its_own_language_first():
    items = tuple(Item(id="a", lang=lang, max_score=1) for lang in ("en", "zh"))

    assert [item.lang for item in Exam(id="e", title="卷", lang="zh", items=items).marked_items()] == ["zh", "en"]
