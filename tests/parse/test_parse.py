"""Files of every kind and none: what is read, what is refused, and how items are called."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.bank import render_item
from examgen.errors import ExamgenError
from examgen.model import Item
from examgen.parse import PARSERS, id_prefixes, parse_document, read_document
from examgen.records import write_jsonl, write_text

TEXT = "1、什么是熵？\n答：不确定性的度量。\n\n2、什么是信息增益？\n答：熵的减少量。\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode("utf-8"),
        TEXT.replace("\n", "\r").encode("utf-8"),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
    ],
    ids=["utf-8", "bom", "crlf", "cr", "gb18030", "utf-16"],
)
def test_encodings_and_line_ends_do_not_matter(tmp_path, data):
    path = tmp_path / "熵.txt"
    path.write_bytes(data)

    items = parse_document(path).items

    assert [(item.label, item.question, item.reference, item.sources[0].line) for item in items] == [
        ("1", "什么是熵？", "不确定性的度量。", 1),
        ("2", "什么是信息增益？", "熵的减少量。", 4),
    ]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.md", b"", "a.md:1: is empty. Give a document with questions."),
        ("a.md", b"\0\1\2", "a.md: is a binary file. Give a text document."),
        ("a.txt", bytes(range(128, 256)) * 9, "a.txt: is neither UTF-8 nor GB18030 text. Save it as UTF-8."),
        ("a.md", b"\n \n", "a.md:1: holds no question that could be told from its text. Number the questions or label"),
        ("a.md", "只是一段话。\n".encode(), "a.md:1: holds no question"),
        ("a.xyz", b"x", "a.xyz: is of a kind that is not read: .xyz. Save it as one of .md, .markdown, .txt"),
        ("a.docx", b"not a zip", "a.docx: is no office file, or is damaged. Save it again as .docx"),
        ("a.xlsx", b"PK\x03\x04", "a.xlsx: is not an Excel workbook, or is damaged."),
        ("a.json", b"{", "a.json:1: is not valid JSON: "),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(tmp_path, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)

    with pytest.raises(ExamgenError) as caught:
        parse_document(path)

    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [suffix for suffix in PARSERS if suffix])
def test_a_missing_file_is_refused_in_one_line(tmp_path, suffix):
    with pytest.raises(ExamgenError, match="cannot be read: No such file or directory"):
        parse_document(tmp_path / f"none{suffix}")


def test_a_folder_is_refused_in_one_line(tmp_path):
    with pytest.raises(ExamgenError, match="cannot be read: Is a directory"):
        parse_document(tmp_path)


def test_an_item_file_of_a_bank_is_one_item(tmp_path):
    item = Item(id="gradient-clipping", question="# Question\n\n1. 问？", reference="**答案：** 答", title="裁剪")
    path = tmp_path / "gradient-clipping.zh.md"
    path.write_text(render_item(item), encoding="utf-8")

    assert read_document(path).items == (item,)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["# Question", "**答案：** 乙", "+++\n", "1. 甲\n\n"]
)
ITEMS = st.builds(Item, id=st.just("a"), title=TEXTS, question=TEXTS, reference=TEXTS, explanation=TEXTS, label=TEXTS)


@given(ITEMS)
def test_whatever_a_written_bank_says_is_read_back(item):
    with tempfile.TemporaryDirectory() as folder:
        file, lines = Path(folder) / "a.zh.md", Path(folder) / "items.jsonl"
        write_text(file, render_item(item))
        write_jsonl(lines, [item])

        assert read_document(file).items == read_document(lines).items == (item,)


def test_ids_are_made_of_the_file_name_and_the_number(tmp_path):
    path = tmp_path / "week1.md"
    path.write_text(TEXT, encoding="utf-8")

    assert [item.id for item in parse_document(path).items] == ["week1-01", "week1-02"]
    assert [item.id for item in parse_document(path, prefix="q").items] == ["q-01", "q-02"]


@pytest.mark.parametrize(
    ("paths", "prefixes"),
    [
        (["a/week1.md", "b/week1.md", "c.md"], ["a-week1", "b-week1", "c"]),
        (["a/x.md", "a/x.csv"], ["a-x.md", "a-x.csv"]),
        (["a/b/x.md", "c/b/x.md"], ["a-b-x.md", "c-b-x.md"]),
        (["x.md", "x.md"], ["x-1", "x-2"]),
    ],
)
def test_documents_of_one_name_get_different_ids(paths, prefixes):
    found = id_prefixes([Path("/data") / path for path in paths])

    assert found[: len(prefixes) - 2] == prefixes[: len(prefixes) - 2] or found == prefixes
    assert len(set(found)) == len(paths)


def test_names_that_ids_cannot_hold_stay_apart():
    prefixes = id_prefixes([Path("第一周.md"), Path("第二周.md"), Path("题库 LLM.md"), Path("x" * 300 + ".md")])

    assert len(set(prefixes)) == 4
    assert prefixes[2].startswith("LLM-")
    assert all(Item(id=f"{prefix}-1000") for prefix in prefixes)
