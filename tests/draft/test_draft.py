"""Objective items proposed from rubric points."""

import numpy as np
import pytest
from click.testing import CliRunner

from examgen.assemble import assemble
from examgen.bank import load_bank, save_bank
from examgen.cli import cli
from examgen.draft import DRAFTERS, accept, draft_items
from examgen.draft.material import plain_statement
from examgen.draft.statement import opposite
from examgen.errors import ExamgenError
from examgen.model import Bank, Blueprint, Item, RubricPoint
from examgen.questions import check_item

# Each text lies in a plane of its own by what it is about; the second number is how near it is to the first axis.
ABOUT = {
    "怎样防止过拟合？": (0, 1.0),
    "早停在验证损失回升时结束训练": (0, 0.95),
    "权重衰减惩罚过大的参数": (0, 0.94),
    "怎样加快推理？": (1, 1.0),
    "量化把权重存成较低的精度": (1, 0.95),
    "怎样处理缺失的取值？": (2, 1.0),
    "缺失值可用中位数填补完整": (2, 0.95),
    "怎样评价一个分类器？": (3, 1.0),
    "召回率看正样本找回了多少": (3, 0.95),
    "怎样训练得更稳？": (4, 1.0),
    "预热在训练初期升高学习率": (4, 0.95),
    # A point of another question that answers the first one as well.
    "正则化惩罚过大的参数取值": (0, 0.945),
}


class Planes:
    """A fake encoder: texts about different things are at right angles, of one thing near to each other."""

    fingerprint = "planes"

    def encode(self, texts):
        rows = np.zeros((len(texts), 20), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            plane, near = ABOUT.get(text, (9, 1.0))
            row[2 * plane], row[2 * plane + 1] = near, (1 - near**2) ** 0.5
        return rows


def essay(name, question, *points, **fields):
    rubric = tuple(RubricPoint(id=f"p{n}", text=text, weight=1) for n, text in enumerate(points, 1))
    return Item(
        **({"id": name, "question": question, "points": rubric, "max_score": len(points), "topic": "t"} | fields)
    )


def sample(*more):
    return Bank(
        items=(
            essay(
                "overfit",
                "怎样防止过拟合？",
                "早停在验证损失回升时结束训练",
                "权重衰减惩罚过大的参数",
                title="防止过拟合",
            ),
            essay("speed", "怎样加快推理？", "量化把权重存成较低的精度", title="加快推理"),
            essay("missing", "怎样处理缺失的取值？", "缺失值可用中位数填补完整", title="缺失"),
            essay("metrics", "怎样评价一个分类器？", "召回率看正样本找回了多少", title="评价"),
            essay("stable", "怎样训练得更稳？", "预热在训练初期升高学习率", title="稳定"),
            *more,
        )
    )


def drafts(bank, **options):
    return draft_items(bank, Planes(), **options)


def test_every_draft_is_sound_waits_for_an_editor_and_keeps_apart_from_its_origins():
    found = drafts(sample())

    assert {item.kind for item in found} == set(DRAFTERS)
    assert all(item.status == "draft" and check_item(item) == [] for item in found)
    assert all(item.enemies and item.topic == "t" and item.explanation for item in found)


def test_no_distractor_answers_the_stem_or_belongs_to_an_enemy():
    answers_too = essay("regular", "怎样训练得更稳？", "正则化惩罚过大的参数取值")
    enemy = essay("enemy", "怎样加快推理？", "量化把权重存成较低的精度", enemies=("overfit",))

    found = drafts(sample(answers_too, enemy), kinds=("single_choice",), only=("overfit",), each=5)

    options = {option.text for item in found for option in item.options if not option.correct}
    assert found
    assert "正则化惩罚过大的参数取值" not in options
    assert not any("早停" in text or "权重衰减" in text for text in options)
    assert all("enemy" not in item.enemies for item in found)


def test_options_are_of_like_length_and_each_says_why_it_stands_there():
    for item in drafts(sample(), kinds=("single_choice",)):
        lengths = [len(option.text) for option in item.options]
        assert max(lengths) <= 1.6 * 1.6 * min(lengths)
        assert all("余弦" in option.reason for option in item.options)
        assert sum(option.correct for option in item.options) == 1


def test_too_few_siblings_give_no_choice_item():
    bank = Bank(items=sample().items[:3])

    assert drafts(bank, kinds=("single_choice",)) == ()


def test_right_options_stand_in_every_place_and_statements_are_true_and_false():
    items = [
        essay(f"e{n}", f"第 {n} 问？", f"第 {n} 种做法会提高模型的准确程度", title=f"题 {n}", topic="x")
        for n in range(24)
    ]

    found = drafts(Bank(items=tuple(items)), kinds=("true_false",))

    assert {item.truth for item in found} == {True, False}
    for item in found:
        assert ("降低" in item.question) == (item.truth is False)
        assert ("改成了" in item.explanation) == (item.truth is False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("学习率过大会使损失震荡", "学习率过小会使损失震荡"),
        ("它不会提高准确率", None),
        ("先增加再减少", None),
        ("提高了又提高", None),
        ("没有可换的词", None),
    ],
)
def test_a_statement_is_turned_at_one_word_that_is_not_negated(text, expected):
    turned = opposite(text, "zh")

    assert (turned and turned[0]) == (expected if expected != text else None)


def test_a_gap_takes_a_term_that_neither_title_nor_question_gives_away():
    bank = Bank(items=(essay("a", "怎样求梯度？", "反向传播按链式法则求出各层的梯度", title="求梯度"),))

    (item,) = drafts(bank, kinds=("fill_in",))

    assert item.blanks[0].answers[0] in ("反向传播", "链式法则")
    assert item.question.count("____") == 1
    assert item.blanks[0].answers[0] not in item.question


def test_both_names_of_a_thing_fill_its_gap():
    bank = Bank(items=(essay("a", "怎样平滑？", "对权重取指数滑动平均（EMA）可以平滑噪声"),))

    (item,) = drafts(bank, kinds=("fill_in",))

    assert item.blanks[0].answers == ("指数滑动平均", "EMA")
    assert "EMA" not in item.question


@pytest.mark.parametrize(
    ("text", "statement"),
    [("隐私：发布前应当去标识。", "发布前应当去标识"), ("比例为 3:1 的切分", "比例为 3:1 的切分"), ("。", "")],
)
def test_a_point_loses_its_label_and_its_full_stop(text, statement):
    assert plain_statement(text) == statement


def test_the_same_arguments_give_the_same_drafts_and_a_second_run_only_new_ones():
    first = drafts(sample(), seed=3)

    again = drafts(sample(), seed=3)
    more = drafts(sample(*first), seed=3)

    assert first == again
    assert more == ()


def test_an_unknown_item_is_refused():
    with pytest.raises(ExamgenError, match="no free-text item with rubric points is called 'nobody'"):
        drafts(sample(), only=("nobody",))


def test_a_draft_enters_an_exam_only_once_it_is_accepted():
    found = drafts(sample(), kinds=("single_choice",))
    bank = sample(*found)
    plan = Blueprint.model_validate({"section": [{"kind": "single_choice", "count": 1}]})

    with pytest.raises(ExamgenError, match=r"the bank has 0 \(\d+ more (is a draft|are drafts)\)"):
        assemble(bank, plan)
    exam = assemble(accept(bank, [found[0].id]), plan)

    assert [item.id for item in exam.items] == [found[0].id]


def test_only_drafts_can_be_accepted_and_only_sound_ones():
    broken = Item(id="broken", kind="single_choice", question="问？", max_score=1, status="draft")

    with pytest.raises(ExamgenError, match="the bank has no draft called 'overfit'"):
        accept(sample(), ["overfit"])
    with pytest.raises(ExamgenError, match=r"broken \(zh\) is not sound: it has 0 options"):
        accept(sample(broken), ["broken"])


@pytest.mark.parametrize("single_file", [True, False])
def test_accepting_keeps_the_form_of_the_bank(tmp_path, single_file):
    item = sample().items[0].model_copy(update={"status": "draft"})
    save_bank(Bank(items=(item,)), tmp_path, single_file=single_file)

    result = CliRunner().invoke(cli, ["bank", "accept", str(tmp_path), "overfit"], catch_exceptions=False)

    assert result.stdout == "1 accepted: overfit\n"
    assert (tmp_path / "items.jsonl").exists() == single_file
    assert load_bank(tmp_path).items[0].status == "ready"


@pytest.mark.model
def test_the_command_drafts_into_the_bank_with_the_real_model(tmp_path):
    save_bank(sample(), tmp_path / "bank")

    args = ["bank", "draft-choices", str(tmp_path / "bank"), "--kind", "fill_in", "--device", "cpu"]
    result = CliRunner().invoke(cli, args, catch_exceptions=False)

    added = [item for item in load_bank(tmp_path / "bank").items if item.status == "draft"]
    assert result.exit_code == 0
    assert added
    assert sorted(line.split(":")[0] for line in result.stdout.splitlines()) == sorted(item.id for item in added)
