"""Documents to a bank, and what survives when it is built again."""

import html
import re

import pytest

from examgen.bank import load_bank, update_bank
from examgen.build import add_to_bank, build_bank
from examgen.cli import cli
from examgen.dedupe import Decision, add_decision
from tests.dedupe.fakes import Bigrams

WEEK1 = """### 1. 什么是死锁

**题目：** 请解释什么是死锁。

**答案：**

- **互斥**：资源一次只归一个进程
- **循环等待**：进程互相等待

### 2. 什么是分页

**题目：** 请说明分页的原理。

**答案：**

- **页**：内存按固定大小划分
- **页表**：把页号变成帧号
"""
WEEK2 = """### 1. 什么是死锁

**题目：** 请解释什么是死锁。

**答案：**

- **互斥**：资源一次只归一个进程
- **不可剥夺**：资源不能被强行收回

### 2. 敏捷开发

**题目：** 敏捷开发有何优点？

**答案：**

- **迭代**：小步交付
- **反馈**：尽早得到用户意见
"""


@pytest.fixture
def weeks(tmp_path):
    for name, text in (("week1.md", WEEK1), ("week2.md", WEEK2)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / "week1.md", tmp_path / "week2.md"]


def contents(folder):
    return {file.relative_to(folder): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_merged_item_lists_its_sources_and_each_point_once(weeks, tmp_path):
    build_bank(weeks, tmp_path / "bank", Bigrams())

    merged = next(item for item in load_bank(tmp_path / "bank").items if len(item.sources) > 1)
    assert [(source.document, source.number) for source in merged.sources] == [("week1.md", 1), ("week2.md", 1)]
    assert [[source.document for source in point.sources] for point in merged.points] == [
        ["week2.md", "week1.md"],
        ["week2.md"],
        ["week1.md"],
    ]
    assert merged.reference.endswith("补充要点：\n\n- 循环等待：进程互相等待")
    assert merged.max_score == 3


def test_adding_a_document_gives_the_bank_that_all_documents_make(weeks, tmp_path):
    build_bank(weeks, tmp_path / "whole", Bigrams(), title="课程")

    build_bank(weeks[1:], tmp_path / "grown", Bigrams(), title="课程")
    built = add_to_bank(weeks[:1], tmp_path / "grown", Bigrams())

    assert contents(tmp_path / "grown") == contents(tmp_path / "whole")
    assert built.met == {"week1.md#1": "week1-01"}


def test_the_order_of_the_documents_does_not_matter(weeks, tmp_path):
    build_bank(weeks, tmp_path / "a" / "bank", Bigrams())
    build_bank(weeks[::-1], tmp_path / "b" / "bank", Bigrams())

    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_an_editor_s_decision_survives_a_rebuild(weeks, tmp_path):
    bank = tmp_path / "bank"
    build_bank(weeks, bank, Bigrams())
    add_decision(bank, Decision(verdict="different", items=("week1#1", "week2#1")))

    for _ in range(2):
        built = build_bank(weeks, bank, Bigrams())

    assert [len(item.sources) for item in built.bank.items] == [1, 1, 1, 1]


def test_an_editor_chooses_which_member_is_printed(weeks, tmp_path):
    bank = tmp_path / "bank"
    add_decision(bank, Decision(verdict="keep", items=("week1#1",)))

    built = build_bank(weeks, bank, Bigrams())

    assert built.bank.items[0].reference.startswith("- **互斥**：资源一次只归一个进程\n- **循环等待**")


def test_an_item_changed_by_hand_keeps_its_words_when_the_bank_is_built_again(weeks, tmp_path):
    bank = tmp_path / "bank"
    build_bank(weeks[:1], bank, Bigrams())
    file = bank / "items" / "week1-01.zh.md"
    file.write_text(file.read_text(encoding="utf-8").replace("请解释什么是死锁。", "死锁是什么？"), encoding="utf-8")

    for _ in range(2):
        built = add_to_bank(weeks[1:], bank, Bigrams())

    item = next(item for item in load_bank(bank).items if item.id == "week1-01")
    assert (item.question, len(item.sources), built.edited) == ("死锁是什么？", 2, ("week1-01",))


def test_an_item_removed_by_hand_stays_out(weeks, tmp_path):
    bank = tmp_path / "bank"
    build_bank(weeks, bank, Bigrams())
    (bank / "items" / "week1-02.zh.md").unlink()

    for _ in range(2):
        built = build_bank(weeks, bank, Bigrams())

    assert ([item.id for item in built.bank.items], built.removed) == (["week1-01", "week2-02"], ("week1-02",))


@pytest.mark.parametrize("limits", [(1, 1), (5000, 1), (1, 5000)], ids=["one file", "grown", "shrunk"])
def test_handwork_is_kept_whether_a_bank_stands_in_one_file_or_in_many(weeks, tmp_path, limits):
    bank, many = tmp_path / "bank", tmp_path / "many"
    first, second = limits
    for folder, limit in ((bank, first), (many, 5000)):
        build_bank(weeks, folder, Bigrams(), single_file_above=limit)
        kept = [item for item in load_bank(folder).items if item.id != "week1-02"]
        edited = [
            item.model_copy(update={"question": "死锁是什么？"}) if item.id == "week1-01" else item for item in kept
        ]
        update_bank(load_bank(folder).model_copy(update={"items": tuple(edited)}), folder)

    built = build_bank(weeks, bank, Bigrams(), single_file_above=second)

    assert (built.edited, built.removed) == (("week1-01",), ("week1-02",))
    assert load_bank(bank).items == build_bank(weeks, many, Bigrams()).bank.items


def test_the_page_gives_the_command_that_overrules_each_decision(weeks, tmp_path):
    bank = tmp_path / "bank"
    build_bank(weeks, bank, Bigrams())

    page = html.unescape((bank / "duplicates.html").read_text(encoding="utf-8"))
    commands = re.findall(r"<code>(examgen bank decide BANK (?:same|different) .*)</code>", page)

    assert commands[-1] == "examgen bank decide BANK different 'week1.md#1' 'week2.md#1'"


def test_a_document_that_is_named_twice_is_read_once(weeks, tmp_path):
    again = tmp_path / "elsewhere" / ".." / "week1.md"
    (tmp_path / "elsewhere").mkdir()

    build_bank(weeks, tmp_path / "once", Bigrams())
    build_bank([weeks[0], again, weeks[1], weeks[0]], tmp_path / "twice", Bigrams(), title="once")

    assert contents(tmp_path / "twice" / "items") == contents(tmp_path / "once" / "items")


def test_an_item_written_by_hand_stays_in(weeks, tmp_path):
    bank = tmp_path / "bank"
    build_bank(weeks[:1], bank, Bigrams())
    (bank / "items" / "own.zh.md").write_text(
        '+++\nid = "own"\nkind = "short_answer"\nlang = "zh"\n+++\n\n# Question\n\n什么是编译器？\n',
        encoding="utf-8",
    )

    for _ in range(3):
        built = build_bank(weeks, bank, Bigrams())

    assert "own" in [item.id for item in built.bank.items]


def test_members_that_contradict_each_other_are_shown_and_need_a_person(weeks, tmp_path):
    weeks[1].write_text(WEEK2.replace("资源一次只归一个进程", "资源一次不只归一个进程"), encoding="utf-8")

    built = build_bank(weeks, tmp_path / "bank", Bigrams())

    assert [(c.left, c.right, c.why) for c in built.duplicates.conflicts] == [("week1.md#1", "week2.md#1", "不 / –")]
    assert built.needs_review
    assert "答案互相矛盾（不 / –）" in (tmp_path / "bank" / "duplicates.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "bank, names, code, told",
    [
        ("bank", ["week1#1", "week2#1"], 0, ""),
        ("bank", ["week1#1", "week9#1"], 0, "week9#1 is not in the bank: the decision waits until it is\n"),
        ("bank", ["week#1", "week2#1"], 1, "Error: {}/decisions.toml: 'week#1' may be 'week1.md' or 'week2.md'. "),
        ("elsewhere", ["week1#1", "week2#1"], 1, "Error: {}: is not a bank: it has no bank.toml. "),
    ],
)
def test_a_decision_goes_into_a_bank_and_names_that_it_lacks_are_told(weeks, tmp_path, runner, bank, names, code, told):
    build_bank(weeks, tmp_path / "bank", Bigrams())

    result = runner.invoke(cli, ["bank", "decide", str(tmp_path / bank), "different", *names])

    assert result.exit_code == code
    assert result.stderr.startswith(told.format(tmp_path / bank))
    assert (tmp_path / bank / "decisions.toml").is_file() == (code == 0)
