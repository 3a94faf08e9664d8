"""Answers that contradict each other are found; other wordings and further points are not."""

import pytest

from examgen.dedupe.conflicts import conflicts, contradiction
from examgen.dedupe.verdict import Conflict
from examgen.dedupe.words import plain, tokens
from examgen.model import Item


def disagree(one, other):
    return contradiction(tokens(plain(one)), tokens(plain(other)))


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("批次越大，梯度噪声越小", "批次越大，梯度噪声越大", "小 / 大"),
        ("默认端口是 5432", "默认端口是 3306", "5432 / 3306"),
        ("这种锁会阻塞读取", "这种锁不会阻塞读取", "不会 / –"),
        ("The cache is shared between threads", "The cache is not shared between threads", "not / –"),
    ],
)
def test_a_number_an_opposite_or_a_no_contradicts(one, other, why):
    assert disagree(one, other) == why


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("批次越大，梯度噪声越小", "批次越大，梯度噪声越小。"),
        ("先写日志，再写数据页", "日志要先于数据页落盘"),
        ("加快收敛", "需要更多显存"),
        ("默认端口是 5432", "最多允许 100 个连接"),
        ("", "不"),
    ],
)
def test_other_words_do_not(one, other):
    assert disagree(one, other) == disagree(other, one) == ""


def test_a_conflict_names_both_members_and_what_they_say():
    items = [
        ("a.md#1", Item(id="a", reference="队列满时丢弃新消息\n按序投递")),
        ("b.md#4", Item(id="b", reference="队列满时丢弃旧消息")),
    ]

    assert conflicts(items) == (Conflict("a.md#1", "b.md#4", "队列满时丢弃新消息", "队列满时丢弃旧消息", "新 / 旧"),)


def test_copies_of_an_answer_do_not_contradict_each_other():
    text = "召回率评估模型对正类别的识别能力\n精确率评估模型对负类别的识别能力"
    copies = [("a.md#1", Item(id="a", reference=text)), ("b.md#1", Item(id="b", reference=text))]

    assert conflicts(copies) == ()
