"""Lines that say something of a question, 难度：… 考点：… 来源：…, around answers that nothing else sets apart."""

from textwrap import dedent

from examgen.parse.prose import parse_prose


def read(text):
    return parse_prose(dedent(text).lstrip("\n"), path="d.md", document="d.md", prefix="d")


def answered(text):
    return [(item.question, item.reference) for item in read(text).items]


def test_an_unlabelled_answer_begins_below_the_fields_of_its_question():
    text = (
        "## 什么是熔断？\n\n难度：中等\n\n快速失败。\n\n## 什么是降级？\n\n难度：简单\n考点：容错\n\n返回兜底结果。\n"
    )

    items = read(text).items

    assert [(item.question, item.reference, item.difficulty_reason, item.topic) for item in items] == [
        ("什么是熔断？", "快速失败。", "中等", ""),
        ("什么是降级？", "返回兜底结果。", "简单", "容错"),
    ]


def test_what_looks_like_a_field_answers_where_nothing_else_does():
    assert answered("## 数据怎么分？\n\n分类：结构化和非结构化。\n\n## 什么是湖仓？\n\n湖和仓合一。\n") == [
        ("数据怎么分？", "分类：结构化和非结构化。"),
        ("什么是湖仓？", "湖和仓合一。"),
    ]


def test_fields_below_most_answers_are_no_part_of_them_and_sources_explain():
    text = """
        **Question 1:** What is overfitting?
        **Answer:** Learning noise.
        **Difficulty:** Easy
        **Reference:** Bishop, ch. 1

        **Question 2:** What is regularisation?
        **Answer:** A penalty on complexity.

        - **Difficulty:** Medium
        - **Topic:** ML
        - **Reference:** Goodfellow, ch. 7
    """

    items = read(text).items

    assert [(item.reference, item.explanation, item.difficulty_reason, item.topic) for item in items] == [
        ("Learning noise.", "**Reference:** Bishop, ch. 1", "Easy", ""),
        ("A penalty on complexity.", "- **Reference:** Goodfellow, ch. 7", "Medium", "ML"),
    ]


def test_lines_like_fields_in_a_list_of_a_single_answer_belong_to_it():
    text = """
        1. 什么是主数据？
        答案：共享的核心数据。
        参考：某书

        2. 什么是元数据？
        答案：描述数据的数据。
        参考：某书

        3. 数据按什么分？
        答案：三个方面：
        来源：内部、外部
        主题：客户、产品
    """

    assert [(item.reference, item.explanation) for item in read(text).items] == [
        ("共享的核心数据。", "参考：某书"),
        ("描述数据的数据。", "参考：某书"),
        ("三个方面：\n来源：内部、外部\n主题：客户、产品", ""),
    ]
