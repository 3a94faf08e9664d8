"""Reading blueprints: what teachers write, and the line of what is wrong."""

import re
from pathlib import Path

import pytest
from assemble_samples import bank, blueprint, choice, short
from hypothesis import given
from hypothesis import strategies as st

from examgen.assemble import BlueprintError, assemble, load_blueprint
from examgen.assemble.blueprint import as_read, field_lines
from examgen.assemble.condition import COLUMNS, NUMBERS, ConditionError, compile_condition
from examgen.errors import FileError
from examgen.model import Blueprint, Bounds

DOCS = Path(__file__).parents[2] / "docs" / "blueprint.md"
SECTION = '[[section]]\nkind = "单选题"\ncount = 2\n'


def write(tmp_path, text):
    path = tmp_path / "b.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL))
def test_every_example_of_the_documentation_is_a_blueprint(tmp_path, example):
    assert load_blueprint(write(tmp_path, example)).sections


@pytest.mark.parametrize(
    ("written", "lower", "upper", "share"),
    [
        (3, 3, 3, False),
        ([2, 4], 2, 4, False),
        ("2-4", 2, 4, False),
        ("2 至 4", 2, 4, False),
        (">=3", 3, None, False),
        ("≤ 5", None, 5, False),
        ("20-30%", 0.2, 0.3, True),
        ("20%-30%", 0.2, 0.3, True),
        (">= 40%", 0.4, None, True),
        ("30%", 0.28, 0.32, True),
    ],
)
def test_an_amount_is_read_as_it_is_meant(written, lower, upper, share):
    bounds = Bounds.model_validate(written)

    assert (bounds.lower, bounds.upper, bounds.share) == (pytest.approx(lower), pytest.approx(upper), share)


def test_chinese_names_mean_the_same(tmp_path):
    chinese = 'levels = { "应用" = 1 }\n[[section]]\nkind = ["简答题", "单选题"]\ncount = 2\ndifficulties = ["易"]\n'
    english = (
        'levels = { apply = 1 }\n[[section]]\nkind = ["short_answer", "single_choice"]\n'
        'count = 2\ndifficulties = ["easy"]\n'
    )

    assert as_read(load_blueprint(write(tmp_path, chinese))) == as_read(load_blueprint(write(tmp_path, english)))


@given(st.integers(1, 3), st.sampled_from([0, 2, "all"]), st.sampled_from([0.5, [0.4, 0.6], None]))
def test_a_blueprint_survives_being_written_into_an_exam(forms, overlap, facility):
    plan = blueprint({"count": 2, "topics": {"x": "2-3"}}, forms=forms, overlap=overlap, facility=facility)

    assert Blueprint.model_validate(as_read(plan)) == plan


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 1\n" + SECTION, "b.toml:1: title: input should be a valid string. Mend that line."),
        (
            SECTION + "points = 2.25\n",
            "b.toml:4: section 1: points: marks go in steps of 0.5, not 2.25. Mend that line.",
        ),
        (
            SECTION + 'kinds = ["x"]\n',
            "b.toml:4: section 1: there is no field 'kinds'. Leave it out or rename it.",
        ),
        (SECTION + "[[section]]\npoints = 1\n", "b.toml:4: section 2: count is missing. Add it."),
        ("", "b.toml: section is missing. Add a table [[section]] with kind and count."),
        ("[topics]\ncnn = 'few'\n" + SECTION, "b.toml:2: topics.cnn: cannot read 'few'; write it as '3'"),
        ("识记 = 3\n" + SECTION, 'b.toml:1: TOML cannot read this line. Put a Chinese key in quotes: "识记" ='),
        ("forms = 30\n" + SECTION, "b.toml:1: forms"),
        (
            "points = 9\n" + SECTION + "points = 2\n",
            "b.toml:1: the sections are worth 4 marks together, points says 9.",
        ),
        (SECTION + "id='a'\n" + SECTION + "id='a'\n", "b.toml:4: two sections are called 'a'. Rename one."),
    ],
)
def test_a_mistake_names_its_line(tmp_path, text, message):
    with pytest.raises(FileError) as caught:
        load_blueprint(write(tmp_path, text))

    assert str(caught.value).startswith(str(tmp_path / message.split(":")[0]))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("topics = { cnm = 1 }\n", "b.toml:1: the bank has no topic 'cnm'. Did you mean 'cnn'?"),
        ('include = ["a1"]\n', "b.toml:1: the bank has no item 'a1'. Did you mean 'a'?"),
        ('include = ["c"]\n', "b.toml:1: 'c' cannot be included: it is a draft. Mend the item."),
        ('include = ["d"]\n', "b.toml:1: 'd' fits into no section. Add a section of its kind, or leave it out."),
    ],
)
def test_a_name_that_the_bank_does_not_have_is_named_with_its_neighbour(tmp_path, extra, message):
    sample = bank(choice("a", topic="cnn"), choice("b", topic="cnn"), choice("c", status="draft"), short("d"))

    with pytest.raises(BlueprintError) as caught:
        assemble(sample, load_blueprint(write(tmp_path, extra + SECTION)))

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"type": "number"}, "constraint 1 has neither lower nor upper"),
        ({"type": "number", "lower": 3, "upper": 1}, "constraint 1: lower is more than upper"),
        ({"type": "sum", "lower": 1}, "sum needs what = one of points, minutes"),
        ({"type": "order", "what": "colour"}, "order knows no column 'colour'"),
        ({"type": "number", "lower": 1, "forms": ["Z"]}, "there is no form 'Z'. The forms are A."),
        ({"type": "number", "lower": 1, "condition": "topc == 'x'"}, "a condition knows no column 'topc'"),
    ],
)
def test_a_constraint_that_means_nothing_is_refused(row, message):
    with pytest.raises(BlueprintError) as caught:
        assemble(bank(choice("a"), choice("b")), blueprint(constraint=[row]))

    assert message in str(caught.value)


def test_a_row_that_is_off_asks_nothing():
    row = {"type": "number", "lower": 99, "on": False}

    assert assemble(bank(choice("a"), choice("b")), blueprint(constraint=[row]))


def test_lines_of_fields_are_found_in_tables_arrays_and_long_texts():
    text = 'title = """\n[[section]]\ncount = 1\n"""\n[reuse]\nlast = 2\n'
    text += '[[section]]\n"count" = 3\n[section.levels]\napply = 1\n'

    assert field_lines(text) == {
        ("title",): 1,
        ("reuse",): 5,
        ("reuse", "last"): 6,
        ("section", 0): 7,
        ("section", 0, "count"): 8,
        ("section", 0, "levels"): 9,
        ("section", 0, "levels", "apply"): 10,
    }


FACTS = dict.fromkeys(COLUMNS, "") | dict.fromkeys(NUMBERS, 0.5) | {"level": None, "used_in": ["e1"], "documents": []}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("difficulty < 0.6 and not topic == 'x'", True),
        ("0.2 < difficulty <= 0.4", False),
        ("level == none or level in ['apply']", True),
        ("'e1' in used_in", True),
        ("section in ('1', '2')", False),
        ("uses >= -1", True),
    ],
)
def test_a_condition_says_which_items_are_meant(text, expected):
    assert compile_condition(text)(FACTS) is expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "(lambda: 1)()",
        "topic.upper() == 'X'",
        "[x for x in used_in]",
        "topic is 'x'",
        "difficulty + 1 > 2",
        "topic < 3",
        "'a' in level",
        "0.1 > difficulty > topic",
        "used_in < ['e']",
        "topic ==",
        "f'{topic}'",
        "1 if topic else 2",
        "topic == b'x'",
        "(" * 300 + "1" + ")" * 300,
        "not " * 3000 + "topic",
    ],
)
def test_a_condition_can_do_nothing_but_compare(text):
    with pytest.raises(ConditionError):
        compile_condition(text)


@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from([*COLUMNS, "==", "<", "in", "not", "and", "'x'", "1", "none", "[", "]", "(", ")", ","]),
        max_size=9,
    ).map(" ".join)
)
def test_any_text_is_a_condition_that_never_fails_or_is_refused(text):
    try:
        condition = compile_condition(text)
    except ConditionError:
        return
    for level in (None, "apply"):
        assert condition(FACTS | {"level": level}) in (True, False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("facility = 1.2", "facility: write a share from 0 to 1, or the least and the most: [0.5, 0.7]"),
        ("facility = [0.5]", "facility: write a share from 0 to 1, or the least and the most: [0.5, 0.7]"),
        ('overlap = "none"', "overlap: write how many items two forms may share, or 'all'"),
        ("overlap = 18446744073709551616", "overlap: write how many items two forms may share, or 'all'"),
        (
            "forms = 27",
            "forms: write a number from 1 to 26, or different names of letters and digits: ['A', 'B']",
        ),
        ('levels = { "评价" = "<=20%", "综合" = ">=10%" }', "levels: 评价 and 综合 are the same; name it once"),
    ],
)
def test_common_mistakes_are_told_in_the_fields_own_words(tmp_path, line, said):
    path = write(tmp_path, f'{line}\n[[section]]\nkind = "单选题"\ncount = 2\n')

    with pytest.raises(BlueprintError) as caught:
        load_blueprint(path)

    assert str(caught.value) == f"{path}:1: {said}. Mend that line."


def test_a_number_of_thousands_of_digits_is_no_blueprint(tmp_path):
    with pytest.raises(FileError, match=r"b\.toml: is not valid TOML: "):
        load_blueprint(write(tmp_path, f"seed = {'9' * 5000}\n"))
