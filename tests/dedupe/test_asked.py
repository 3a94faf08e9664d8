"""What an item asks and tells, without what stands in every item of a pile."""

import pytest

from examgen.dedupe.asked import bare, beginning, introductions, tellings
from examgen.model import Item


@pytest.mark.parametrize(
    ("statement", "embedded"),
    [
        ("1. 先写日志，再写数据页", "先写日志，再写数据页"),
        ("- **缓存**：放在内存里", "缓存：放在内存里"),
        ("（2）回滚靠撤销日志", "回滚靠撤销日志"),
        ("3.5 倍的冗余", "3.5 倍的冗余"),
        ("二、检查点", "检查点"),
    ],
)
def test_the_number_and_the_marks_of_a_point_are_not_embedded(statement, embedded):
    assert beginning(statement) == embedded


def test_clauses_that_many_answers_have_tell_nothing():
    own = ["先进先出", "环形缓冲区要取模", "链表按需分配", "双端都能插入", "按优先级出队"]
    answers = [(text, f"{text}的变体，这一点在工程中非常重要", "以上就是本题的主要内容。") for text in own]

    assert tellings(answers) == [(text, f"{text}的变体") for text in own]


def test_an_answer_of_common_clauses_only_keeps_them():
    answers = [("以上就是本题的主要内容。",)] * 5

    assert tellings(answers) == answers


def test_what_introduces_many_questions_is_no_part_of_them_unless_the_title_names_it():
    titles = ["环形队列", "双端队列", "优先队列", "阻塞队列", "面试官的提问方式"]
    items = [
        Item(id=str(n), title=title, question=f"面试官提出了这样一个问题：{title}是什么？")
        for n, title in enumerate(titles)
    ]
    common = introductions(items)

    assert [bare(item, common).question for item in items] == [
        *(f"{title}是什么？" for title in titles[:4]),
        items[4].question,
    ]
