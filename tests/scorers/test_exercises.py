"""Exercises for the reader."""

import random

from examgen.model import Item, RubricPoint
from examgen.scorers.exercises import Statement, Topic, bank_topics, exercises, read_topics, shuffled, with_typo


def test_every_topic_can_be_practised():
    topics = read_topics()

    assert len(topics) > 60
    assert all(len(topic.statements) >= 1 for topic in topics)
    lacking = [s.text for topic in topics for s in topic.statements if not (s.same and s.against and s.beside)]
    assert lacking == []
    assert len({topic.question for topic in topics}) == len(topics)


def test_right_and_wrong_are_told_apart_by_construction():
    topic = Topic(
        "锁是什么？",
        [
            Statement("锁保证互斥", ["同时只许一个进入"], ["锁允许同时进入"], ["锁很常用"]),
            Statement("锁会阻塞", ["拿不到就等"], ["锁不会阻塞"], ["等待很无聊"]),
        ],
    )

    made = exercises([topic], seed=1, kept={})

    right = {sample.answer for sample in made if sample.mark == 1.0 and sample.kind == "same"}
    assert {"同时只许一个进入", "拿不到就等"} <= right
    assert {(sample.answer, sample.contradicts) for sample in made if sample.answer == "锁允许同时进入"} == {
        ("锁允许同时进入", True)
    }
    assert all(
        sample.mark == 0.0 for sample in made if sample.kind in ("beside", "soup", "copied", "injection", "filler")
    )
    assert made == exercises([topic], seed=1, kept={})


def test_slips_and_soups_keep_the_letters():
    rng = random.Random(0)

    assert abs(len(with_typo("同时只许一个进入", rng)) - 8) <= 2
    assert sorted(shuffled("memory is shared", rng).replace("，", " ").replace("、", " ").split()) == [
        "is",
        "memory",
        "shared",
    ]


def test_a_banks_points_are_said_again_in_the_other_language():
    def item(lang, *texts):
        points = tuple(RubricPoint(id=f"p{n}", text=text, weight=1.0) for n, text in enumerate(texts))
        return Item(id="i", lang=lang, question=f"{lang}?", points=points, max_score=float(len(texts)))

    zh, en = bank_topics([item("zh", "锁保证互斥", "锁会阻塞"), item("en", "a lock excludes others")], {"i": "locks"})

    assert zh == Topic("zh?", [Statement("锁保证互斥", ["a lock excludes others"]), Statement("锁会阻塞", [])], "locks")
    assert en == Topic("en?", [Statement("a lock excludes others", ["锁保证互斥"])], "locks")
    made = exercises([zh, en], kept={})
    assert {sample.group for sample in made} == {"locks"}
    assert ("锁保证互斥", "a lock excludes others", 1.0) in {(s.ways[0][0], s.answer, s.mark) for s in made}


def test_the_points_of_a_sibling_question_are_wrong_answers_unless_they_say_much_the_same():
    vanish = Topic("梯度消失怎么办？", [Statement("用残差连接让梯度直接传回浅层")], "gradient")
    explode = Topic(
        "梯度爆炸怎么办？", [Statement("按阈值裁剪梯度的范数"), Statement("用残差连接让梯度传回浅层")], "gradient"
    )
    stranger = Topic("锁是什么？", [Statement("锁保证互斥")], "lock")

    made = exercises([vanish, explode, stranger], kept={})

    kin = {(sample.question, sample.ways[0][0], sample.answer, sample.mark) for sample in made if sample.kind == "kin"}
    assert kin == {
        ("梯度消失怎么办？", "用残差连接让梯度直接传回浅层", "按阈值裁剪梯度的范数", 0.0),
        ("梯度爆炸怎么办？", "按阈值裁剪梯度的范数", "用残差连接让梯度直接传回浅层", 0.0),
    }
