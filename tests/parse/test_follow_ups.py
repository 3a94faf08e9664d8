"""Questions that follow up an answer, 追问：… 回答：…, are items of their own, named after the main question."""

from textwrap import dedent

import pytest

from examgen.parse import Rule
from examgen.parse.prose import parse_prose


def read(text):
    return parse_prose(dedent(text).lstrip("\n"), path="d.md", document="d.md", prefix="d")


def asked(text):
    return [(item.title, item.question, item.reference) for item in read(text).items]


MAIN = ("讲讲页表", "讲讲页表", "虚拟页到物理页的映射。")
FIRST = ("讲讲页表 – 为什么分级？", "讲讲页表\n\n追问：为什么分级？", "省内存。")
SECOND = ("讲讲页表 – 什么是快表？", "讲讲页表\n\n追问：什么是快表？", "页表的缓存。")
LAST = ("什么是缺页", "什么是缺页", "页不在内存。")


@pytest.mark.parametrize(
    "text",
    [
        """
        ## 1. 讲讲页表

        虚拟页到物理页的映射。

        追问：为什么分级？
        回答：省内存。

        追问：什么是快表？
        回答：页表的缓存。

        ## 2. 什么是缺页

        页不在内存。
        """,
        """
        1. 讲讲页表
        答：虚拟页到物理页的映射。
        追问1：为什么分级？
        答：省内存。
        追问2：什么是快表？
        答：页表的缓存。

        2. 什么是缺页
        答：页不在内存。
        """,
        """
        ## 1. 讲讲页表

        虚拟页到物理页的映射。

        **追问：** 为什么分级？ 回答：省内存。

        #### 追问：什么是快表？

        **答：** 页表的缓存。

        ## 2. 什么是缺页

        页不在内存。
        """,
        """
        ## 1. 讲讲页表

        虚拟页到物理页的映射。

        **追问：**

        为什么分级？

        答：省内存。

        追问

        什么是快表？

        答：页表的缓存。

        ## 2. 什么是缺页

        页不在内存。
        """,
    ],
    ids=[
        "below unlabelled answers",
        "numbered below labelled answers",
        "on one line, bold, in headings",
        "on the next line",
    ],
)
def test_a_follow_up_with_its_answer_is_an_item_named_after_the_main_question(text):
    assert asked(text) == [MAIN, FIRST, SECOND, LAST]
    assert read(text).problems == ()


def test_follow_ups_among_the_entries_of_an_answer_are_items():
    text = """
        1. **什么是原型链？**
           - 对象沿 __proto__ 查找属性。
           - 追问：终点是什么？
           - 答：null。
        2. **什么是柯里化？**
           - 逐个接收参数。
    """

    assert asked(text) == [
        ("什么是原型链？", "什么是原型链？", "- 对象沿 __proto__ 查找属性。"),
        ("什么是原型链？ – 终点是什么？", "什么是原型链？\n\n追问：终点是什么？", "null。"),
        ("什么是柯里化？", "什么是柯里化？", "- 逐个接收参数。"),
    ]


def test_a_follow_up_right_below_the_main_question_shares_its_answer():
    text = "1. 什么是甲？\n追问：如何实现？\n答：用乙。\n2. 什么是丙？\n追问：有何缺点？\n答：慢。\n"

    assert [(item.question, item.reference) for item in read(text).items] == [
        ("什么是甲？\n\n追问：如何实现？", "用乙。"),
        ("什么是丙？\n\n追问：有何缺点？", "慢。"),
    ]


def test_a_follow_up_without_a_label_on_its_answer_stays_in_the_answer_above():
    text = "1、什么是甲？\n   一。\n   追问：为什么？\n   因为二。\n2、什么是乙？\n   三。\n"

    assert [item.reference for item in read(text).items] == ["一。\n追问：为什么？\n因为二。", "三。"]


def test_a_follow_up_of_a_question_with_options_does_not_repeat_them():
    text = """
        1. 栈的特点是？
        A. 先进先出
        B. 后进先出
        答案：B
        追问：举一个用途。
        答：函数调用。
        2. 队列的特点是？
        A. 先进先出
        B. 后进先出
        答案：A
    """

    assert asked(text)[1] == ("栈的特点是？ – 举一个用途。", "栈的特点是？\n\n追问：举一个用途。", "函数调用。")


def test_a_line_that_announces_labelled_follow_ups_belongs_to_no_answer():
    parsed = read("Q1：什么是甲？\nA：一。\n\n追问：\nQ2：什么是乙？\nA：二。\n")

    assert [item.reference for item in parsed.items] == ["一。", "二。"]
    assert [line.text for line in parsed.lines if line.rule is Rule.SECTION] == ["追问："]
