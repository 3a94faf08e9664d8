"""One item out of each group."""

from examgen.dedupe import Decision, find_duplicates, merge
from examgen.model import Item, Source
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
