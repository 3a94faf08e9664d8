"""Interviews and conversations, turn by turn."""

import json
from textwrap import dedent

import pytest

from examgen.parse import read_document
from examgen.parse.prose import parse_prose


def read(text):
    return parse_prose(dedent(text).lstrip("\n"), path="d.md", document="d.md", prefix="d")


def asked(text):
    """Title, or question where there is none, and answer of every item."""
    return [(item.title or item.question, item.reference) for item in read(text).items]


@pytest.mark.parametrize(
    ("interviewer", "candidate"),
    [
        ("面试官：", "我："),
        ("**面试官**：", "**候选人**："),
        ("【面试官】", "【应聘者】"),
        ("面试官A：", "求职者："),
        ("Interviewer: ", "Me: "),
        ("- **Interviewer:** ", "- **Candidate:** "),
    ],
)
def test_the_turns_of_an_interview_are_questions_and_answers(interviewer, candidate):
    text = (
        f"# 二面\n\n{interviewer}说说布隆过滤器。\n\n{candidate}用多个散列判断存在。\n\n可能误判。\n\n"
        f"{interviewer}能删除吗？\n\n{candidate}标准的不能。\n"
    )

    assert asked(text) == [("说说布隆过滤器。", "用多个散列判断存在。\n\n可能误判。"), ("能删除吗？", "标准的不能。")]


def test_a_turn_without_an_answer_is_reported_and_a_nod_is_no_question():
    text = """
        面试官：什么是跳表？
        我：多层链表。
        面试官：嗯。
        我：查找是对数时间。
        面试官：怎么插入？
        我：随机选层。
        面试官：今天就到这里。
    """

    parsed = read(text)

    assert [(item.question, item.reference) for item in parsed.items] == [
        ("什么是跳表？", "多层链表。\n面试官：嗯。\n我：查找是对数时间。"),
        ("怎么插入？", "随机选层。"),
        ("今天就到这里。", ""),
    ]
    assert [problem.line for problem in parsed.problems] == [7]


def test_a_speaker_counts_only_where_turns_alternate():
    assert asked("面试官：喜欢问这些。\n\n我：整理了一下。\n\n面试官：还会追问。\n\n面试官：也会换个问法。\n") == []
    assert asked("1. 什么是跳表？\n答：多层链表。\n我：这样答的。\n2. 什么是堆？\n答：完全二叉树。\n") == [
        ("什么是跳表？", "多层链表。\n我：这样答的。"),
        ("什么是堆？", "完全二叉树。"),
    ]


def test_a_heading_above_the_first_of_many_questions_is_that_of_their_part():
    assert asked("## 网络\n\n问：什么是帧？\n答：甲。\n\n问：什么是段？\n答：乙。\n\n问：什么是包？\n答：丙。\n") == [
        ("什么是帧？", "甲。"),
        ("什么是段？", "乙。"),
        ("什么是包？", "丙。"),
    ]


def write(path, records):
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def said(*turns):
    return [{"role": role, "content": content} for role, content in turns]


def test_each_turn_of_a_user_with_the_answer_to_it_is_an_item(tmp_path):
    records = [
        {
            "messages": said(
                ("system", "简短作答。"),
                ("user", "什么是页表？"),
                ("assistant", "地址的映射。"),
                ("user", "存在哪里？"),
                ("assistant", [{"type": "text", "text": "内存里。"}]),
            )
        },
        {"messages": said(("user", "什么是快表？"), ("assistant", "页表的缓存。"), ("user", "谢谢"))},
    ]

    parsed = read_document(write(tmp_path / "chat.jsonl", records))

    assert [(item.question, item.reference, item.sources[0].line) for item in parsed.items] == [
        ("什么是页表？", "地址的映射。", 1),
        ("存在哪里？", "内存里。", 1),
        ("什么是快表？", "页表的缓存。", 2),
        ("谢谢", "", 2),
    ]
    assert [item.id for item in parsed.items] == ["chat-01", "chat-02", "chat-03", "chat-04"]
    assert [(problem.line, problem.found) for problem in parsed.problems] == [
        (2, "question 4 has no answer"),
        (1, "the message of the role 'system' neither asks nor answers and was left out"),
    ]


def test_conversations_between_human_and_gpt_are_read_from_a_list_too(tmp_path):
    talk = [{"from": "human", "value": "Why a trie?"}, {"from": "gpt", "value": "Prefixes are shared."}]
    path = tmp_path / "chat.json"
    found = []
    pair = [{"input": "Why a trie?", "output": "Prefixes are shared."}]
    for data in ([{"id": 1, "conversations": talk}], {"conversations": talk}, talk, {"conversation": pair}):
        path.write_text(json.dumps(data), encoding="utf-8")
        parsed = read_document(path)
        found.append(([(item.question, item.reference) for item in parsed.items], parsed.problems))

    assert found == [([("Why a trie?", "Prefixes are shared.")], ())] * 4


def test_a_conversation_that_only_answers_is_reported(tmp_path):
    parsed = read_document(write(tmp_path / "chat.jsonl", [{"messages": said(("assistant", "您好"))}]))

    assert parsed.items == ()
    assert [problem.found for problem in parsed.problems] == [
        "holds no question",
        "the message of the role 'assistant' neither asks nor answers and was left out",
    ]


def test_input_and_output_are_question_and_answer_only_where_the_input_asks(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("input,output\n什么是页表？,映射。\n请解释快表,缓存。\n", encoding="utf-8")
    asking = [(item.question, item.reference) for item in read_document(path).items]
    records = [{"input": "猫", "output": "cat"}, {"input": "什么是猫？", "output": "一种动物。"}]

    parsed = read_document(write(tmp_path / "b.jsonl", records))

    assert asking == [("什么是页表？", "映射。"), ("请解释快表", "缓存。")]
    assert [(item.question, item.reference) for item in parsed.items] == [("什么是猫？", "一种动物。")]
    assert [(problem.line, problem.found) for problem in parsed.problems] == [(1, "holds no question")]


def test_a_table_of_translations_holds_no_question(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("input,output\n猫,cat\n狗,dog\n", encoding="utf-8")

    with pytest.raises(Exception, match="has no column of questions"):
        read_document(path)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("[00:01:20] 面试官：", "[00:01:31] 候选人："),
        ("Q. ", "Ans. "),
        ("Q. ", "A. "),
        ("Q{n} ", "A{n} "),
        ("问 ", "答 "),
        ("❓ ", "✅ "),
        ("> Q: ", ">\n> A: "),
        ("【面试题】", "【参考答案】"),
    ],
)
def test_signs_that_come_in_pairs_begin_questions_and_answers(question, answer):
    pairs = [("什么是熔断？", "快速失败。"), ("讲讲降级", "返回兜底结果。"), ("什么是限流？", "控制速率。")]
    text = "\n\n".join(f"{question}{asks}\n{answer}{said}".format(n=n) for n, (asks, said) in enumerate(pairs, 1))

    assert asked(text) == pairs


def test_options_are_no_answers_to_a_question_that_begins_with_q():
    text = "Q. 哪个是偶数？\nA. 一\nB. 二\n答案：B\n\nQ. 哪个是奇数？\nA. 三\nB. 四\n答案：A\n"

    assert [[option.text for option in item.options] for item in read(text).items] == [["一", "二"], ["三", "四"]]


def test_an_answer_in_brackets_on_the_line_of_its_question_needs_no_colon():
    assert asked("【面试题】什么是熔断？【参考答案】快速失败。\n【面试题】什么是降级？【参考答案】兜底。\n") == [
        ("什么是熔断？", "快速失败。"),
        ("什么是降级？", "兜底。"),
    ]


def test_flash_cards_in_notes_have_two_colons_or_a_line_of_a_question_mark_between_their_sides():
    text = "#flashcards\n\n什么是熔断？::快速失败\n\n什么是降级？\n?\n返回兜底结果\n\n什么是限流？::控制速率\n"

    assert asked(text) == [
        ("什么是熔断？", "快速失败"),
        ("什么是降级？", "返回兜底结果"),
        ("什么是限流？", "控制速率"),
    ]


def test_a_dialogue_below_questions_that_head_their_answers_belongs_to_its_answer():
    text = """
        ## 什么是熔断？

        快速失败。

        ## 如何恢复？

        半开试探。

        > 面试官：多久试一次？
        > 我：五秒。
        > 面试官：失败呢？
        > 我：再等。

        ## 什么是降级？

        返回兜底结果。
    """

    assert asked(text) == [
        ("什么是熔断？", "快速失败。"),
        (
            "如何恢复？",
            "半开试探。\n\n> 面试官：多久试一次？\n> 我：五秒。\n> 面试官：失败呢？\n> 我：再等。",
        ),
        ("什么是降级？", "返回兜底结果。"),
    ]


def test_a_picture_may_stand_in_front_of_who_speaks():
    text = "🧑‍💻 面试官：怎么限流？\n\n🙋‍♂️ 我：令牌桶。\n\n🧑‍💻 面试官：突发呢？\n\n🙋‍♂️ 我：桶里有余量。\n"

    assert asked(text) == [("怎么限流？", "令牌桶。"), ("突发呢？", "桶里有余量。")]


def test_what_was_done_in_a_story_told_by_its_letters_is_no_answer_of_its_own():
    story = "**S（情境）：** 争资源。\n\n**T（任务）：** 排期。\n\n**A（行动）：** 开会。\n\n**R（结果）：** 上线。"
    plain = "S: outage.\nT: recover.\nA: rolled back.\nR: fixed."

    bold = read(f"**Q：讲一次冲突**\n\n{story}\n\n**Q：讲一次失败**\n\n{story}\n")
    labelled = read(f"Q: Tell me about a failure.\nA: {plain}\n\nQ: And a success?\nA: {plain}\n")

    assert [(item.question, item.reference) for item in bold.items] == [("讲一次冲突", story), ("讲一次失败", story)]
    assert [(item.question, item.reference) for item in labelled.items] == [
        ("Tell me about a failure.", plain),
        ("And a success?", plain),
    ]
