"""Questions that have their answer, or their options, on the same line."""

from textwrap import dedent

import pytest

from examgen.parse.answered import answer_behind_colon, answer_behind_question
from examgen.parse.prose import parse_prose


def read(text):
    return parse_prose(dedent(text).lstrip("\n"), path="d.md", document="d.md", prefix="d")


def asked(text):
    """Title, or question where there is none, and answer of every item."""
    return [(item.title or item.question, item.reference) for item in read(text).items]


@pytest.mark.parametrize(
    ("line", "question", "answer"),
    [
        ("什么是桥接？ 把两个网段连成一个。", "什么是桥接？", "把两个网段连成一个。"),
        ("什么是桥接?把两个网段连成一个", "什么是桥接?", "把两个网段连成一个"),
        (
            "为什么要加盐？请举例说明。相同的口令得到不同的散列。",
            "为什么要加盐？请举例说明。",
            "相同的口令得到不同的散列。",
        ),
        ("什么是加盐？有什么用？防彩虹表。", "什么是加盐？有什么用？", "防彩虹表。"),
        ("什么是倒置？控制权转移。谁转移？框架。", "什么是倒置？", "控制权转移。谁转移？框架。"),
        ("**默认端口是多少？** 80", "**默认端口是多少？**", "80"),
        ("什么是桥接？——把网段连起来", "什么是桥接？", "把网段连起来"),
        ("什么是桥接？（高频）：把网段连起来", "什么是桥接？（高频）", "把网段连起来"),
        ("What does `a ? b : c` do? It picks one.", "What does `a ? b : c` do?", "It picks one."),
        ("C# 的 ?? 是什么？空合并。", "C# 的 ?? 是什么？", "空合并。"),
    ],
)
def test_a_question_ends_at_its_mark_where_a_sentence_follows_that_does_not_ask(line, question, answer):
    split = answer_behind_question(line)

    assert split is not None
    assert (line[: split.end].rstrip(), line[split.start :]) == (question, answer)


@pytest.mark.parametrize(
    "line",
    [
        "为什么？请举例说明。",
        "甲是什么？乙是什么？",
        "如何备份？（提示：从全量和增量两方面回答）",
        "如何备份？（10 分）",
        "什么是备份？优缺点、使用场景",
        "什么是备份？和快照的区别",
        "要备份吗？为什么",
        "甲能分几类？每类各举一例。",
        "哪一个对？ A. 甲 B. 乙",
        "什么是备份？ 高频",
        "什么是备份？ ⭐⭐⭐",
        "什么是备份？ [看答案](https://example.com/?q=1)",
        "“什么是备份？”是谁说的？",
        "https://example.com/?q=备份 是什么",
        "What is a backup? Explain with an example.",
        "简述备份的种类。全量、增量。",
    ],
)
def test_what_goes_on_asking_or_only_remarks_on_the_question_is_no_answer(line):
    assert answer_behind_question(line) is None


def test_only_a_question_word_in_front_of_a_colon_makes_an_answer_of_what_is_behind_it():
    lines = ["什么是抖动：页面频繁换入换出。", "简述以下概念：抖动、颠簸", "手写题：抖动", "如何解决抖动：请给出方案？"]

    found = [answer_behind_colon(line) for line in lines]

    assert [split and lines[at][split.start :] for at, split in enumerate(found)] == [
        "页面频繁换入换出。",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    "line",
    ["{n}. {q}？ {a}", "{n}. **{q}？** {a}", "**Q{n}：{q}？** {a}", "- {q}？——{a}", "Q: {q}？ A: {a}", "## {q}？{a}"],
)
def test_lines_of_question_and_answer_are_items_in_any_style(line):
    pairs = [
        ("什么是帧", "链路层的数据单位。"),
        ("什么是段", "传输层的数据单位。"),
        ("为什么要分层", "各层可以独立演进。"),
    ]
    gap = "\n" if line[0] in "{-" else "\n\n"
    text = gap.join(line.format(n=n, q=question, a=answer) for n, (question, answer) in enumerate(pairs, 1))

    assert asked(text) == [(f"{question}？", answer) for question, answer in pairs]
    assert read(text).problems == ()


def test_an_answer_goes_on_below_the_line_that_it_begins_on():
    text = """
        1. 什么是帧？ 链路层的数据单位。
           - 有首部和尾部
        2. 什么是段？
           传输层的数据单位。
        3. 讲讲分片
           按 MTU 切开。
    """

    assert asked(text) == [
        ("什么是帧？", "链路层的数据单位。\n- 有首部和尾部"),
        ("什么是段？", "传输层的数据单位。"),
        ("讲讲分片", "按 MTU 切开。"),
    ]


def test_a_series_of_questions_with_their_answers_behind_colons_gives_items_and_a_single_colon_does_not():
    series = "1、什么是抖动：页面频繁换入换出。\n2、什么是缺页：页不在内存里。\n3、讲讲换页\n"
    single = "1、如何做缓存：项目里的做法\n2、什么是缺页？\n3、讲讲换页\n"

    assert asked(series) == [
        ("什么是抖动", "页面频繁换入换出。"),
        ("什么是缺页", "页不在内存里。"),
        ("讲讲换页", ""),
    ]
    assert asked(single) == [("如何做缓存：项目里的做法", ""), ("什么是缺页？", ""), ("讲讲换页", "")]


def test_paragraphs_that_ask_and_answer_are_items_and_rhetorical_questions_of_an_article_are_not():
    pairs = "什么是帧？链路层的数据单位。\n\n什么是段？传输层的数据单位。\n"
    article = "为什么写这篇？因为有人问。\n\n先看书。\n\n然后呢？去写代码。\n\n要坚持。\n"

    assert asked(pairs) == [("什么是帧？", "链路层的数据单位。"), ("什么是段？", "传输层的数据单位。")]
    assert asked(article) == []


def test_the_answer_stays_with_its_label_where_it_has_one():
    text = "1. 什么是帧？说的是链路层。\n答：数据单位。\n2. 什么是段？说的是传输层。\n答：也是数据单位。\n"

    assert asked(text) == [
        ("什么是帧？说的是链路层。", "数据单位。"),
        ("什么是段？说的是传输层。", "也是数据单位。"),
    ]


def test_options_behind_their_question_on_one_line_are_options():
    text = """
        1. 下列哪个是链路层的单位？ A. 帧 B. 段 C. 包 D. 位
        答案：A
        2. 题目里 A. 甲 B. 乙 C. 丙三者有什么区别？
        答案：顺序不同。
    """

    choice, open_question = read(text).items

    assert (choice.question, [(option.text, option.correct) for option in choice.options]) == (
        "下列哪个是链路层的单位？",
        [("帧", True), ("段", False), ("包", False), ("位", False)],
    )
    assert (open_question.kind, open_question.question) == ("short_answer", "题目里 A. 甲 B. 乙 C. 丙三者有什么区别？")


@pytest.mark.parametrize("part", ["名词解释", "## 名词解释", "一、名词解释（每题 3 分）", "# Glossary"])
def test_terms_with_their_meaning_behind_a_colon_are_items_below_a_heading_that_says_so(part):
    text = f"{part}\n\n1. **抖动**：页面频繁换入换出。\n2. 缺页：所需的页不在内存里。\n"
    agenda = "会议\n\n1. 预算：上半年的开支表。\n2. 人员：下半年的招聘表。\n"

    assert asked(text) == [("抖动", "页面频繁换入换出。"), ("缺页", "所需的页不在内存里。")]
    assert asked(agenda) == []
