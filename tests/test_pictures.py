"""Pictures travel from beside a document into the bank, the exam and its papers, and nothing else on disk does."""

import base64
import struct
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from exam_samples import PICTURE

from examgen.assemble import assemble, load_exam, save_exam, verify_against_bank, verify_folder
from examgen.bank import load_bank, save_bank
from examgen.build import add_to_bank, build_bank
from examgen.check import check_pictures
from examgen.cli import cli
from examgen.errors import ContentError
from examgen.model import Bank, Blueprint, Item, Option
from examgen.pictures import check_picture, pictures_of, shown_names, take_pictures
from examgen.records import write_bytes

ONE = Blueprint.model_validate({"section": [{"count": 1}]})


class Encoder:
    """Every text is another direction."""

    fingerprint = "fake"

    def encode(self, texts):
        rows = np.zeros((len(texts), 64), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[zlib.crc32(text.encode()) % 64] = 1.0
        return rows


def item(question, **fields):
    return Item(**({"id": "q", "question": question, "reference": "甲。", "max_score": 2} | fields))


def png(width, height):
    """The head of a picture that would unpack to so many pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("见 ![图](a.png) 与 ![](<b c.png>)", ("a.png", "b c.png")),
        ('![图](a.png "标题")', ("a.png",)),
        ("![图](data:image/png;base64,AAAA)", ()),
        ("写作 `![图](a.png)`", ()),
        ("```\n![图](a.png)\n```\n![图](b.png)", ("b.png",)),
        ("[链接](a.png)", ()),
    ],
)
def test_pictures_are_found_in_text_and_not_in_code(text, names):
    assert shown_names(item(text)) == names


def test_pictures_are_found_in_every_text_of_an_item():
    part = item("![](e.png)", id="a")
    whole = item(
        "![](a.png)",
        kind="composite",
        reference="![](b.png)",
        explanation="![](c.png)",
        options=(Option(id="A", text="![](d.png)", correct=True),),
        parts=(part,),
    )

    assert sorted(shown_names(whole)) == ["a.png", "b.png", "c.png", "d.png", "e.png"]


def test_two_documents_may_have_pictures_of_one_name(tmp_path):
    asked = {"one": ("图中的曲线说明什么？", "过拟合。"), "two": ("写出这个电路的截止频率。", "十赫兹。")}
    for size, (name, (question, answer)) in enumerate(asked.items(), 40):
        write_bytes(tmp_path / name / "figures" / "图 1.png", png(size, 30))
        text = f"1. {question}\n\n![图](<figures/图 1.png>)\n\n答案：{answer}\n"
        write_bytes(tmp_path / name / f"{name}.md", text.encode())

    build_bank([tmp_path / "one" / "one.md"], tmp_path / "bank", Encoder())
    add_to_bank([tmp_path / "two" / "two.md"], tmp_path / "bank", Encoder())

    bank = load_bank(tmp_path / "bank")
    files = sorted(path.name for path in (tmp_path / "bank" / "assets").iterdir())
    assert len(files) == 2
    assert sorted(name for one in bank.items for name in shown_names(one)) == files
    assert check_pictures(bank, tmp_path / "bank") == []


def test_a_picture_goes_from_a_document_to_the_papers(runner, tmp_path):
    write_bytes(tmp_path / "week" / "曲线 1.png", PICTURE)
    text = "1. 图中的曲线说明什么？\n\n![曲线](<曲线 1.png>)\n\n答案：过拟合。\n"
    write_bytes(tmp_path / "week" / "week.md", text.encode())
    write_bytes(tmp_path / "b.toml", '[[section]]\nkind = "简答题"\ncount = 1\npoints = 5\n'.encode())
    bank, exam, papers = tmp_path / "bank", tmp_path / "exam", tmp_path / "papers"
    build_bank([tmp_path / "week" / "week.md"], bank, Encoder())

    results = [
        runner.invoke(cli, [str(word) for word in words], catch_exceptions=False)
        for words in (
            ["exam", "build", bank, "--blueprint", tmp_path / "b.toml", "-o", exam],
            ["exam", "verify", exam, "--bank", bank],
            ["exam", "papers", exam, "-o", papers, "--sort", "paper"],
        )
    ]

    assert [result.exit_code for result in results] == [0, 0, 0], results[-1].stderr
    page = (papers / "paper-A.html").read_text(encoding="utf-8")
    assert base64.b64encode(PICTURE).decode() in page
    with pikepdf.open(papers / "paper-A.pdf") as pdf:
        assert [len(page.get_images()) for page in pdf.pages] == [1]
    assert [path.read_bytes() for path in (exam / "assets").iterdir()] == [PICTURE]


def test_a_changed_or_missing_picture_is_seen(tmp_path):
    write_bytes(tmp_path / "bank" / "assets" / "curve.png", PICTURE)
    bank = Bank(items=(item("![](curve.png)"),))
    save_bank(bank, tmp_path / "bank")
    exam = assemble(bank, ONE, folder=tmp_path / "bank")
    save_exam(exam, tmp_path / "exam", tmp_path / "bank")

    sound = verify_folder(tmp_path / "exam"), verify_against_bank(exam, bank, folder=tmp_path / "bank")
    write_bytes(tmp_path / "exam" / "assets" / "curve.png", png(50, 50))
    write_bytes(tmp_path / "bank" / "assets" / "curve.png", png(50, 50))

    assert sound == ([], [])
    assert load_exam(tmp_path / "exam") == exam
    assert verify_folder(tmp_path / "exam") == ["assets/curve.png is not as it was written"]
    assert "another exam" in verify_against_bank(exam, bank, folder=tmp_path / "bank")[0]


def test_an_exam_without_pictures_is_what_it_was():
    assert assemble(Bank(items=(item("为何？"),)), ONE) == assemble(Bank(items=(item("为何？"),)), ONE, folder=Path())


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "%2e%2e/secret.png",
        "..%2fsecret.png",
        "/etc/hostname.png",
        "assets/../../secret.png",
        "sub/../../../secret.png",
        "link.png",
        "text.txt",
        "https://example.org/a.png",
        "file:///etc/passwd",
        "gone.png",
        "..",
        "a\0.png",
        "x" * 5000 + ".png",
    ],
)
def test_only_files_of_the_folder_are_taken(tmp_path, name):
    write_bytes(tmp_path / "secret.png", PICTURE)
    write_bytes(tmp_path / "bank" / "assets" / "text.txt", PICTURE)
    (tmp_path / "bank" / "assets" / "link.png").symlink_to(tmp_path / "secret.png")

    with pytest.raises(ContentError, match=r"^item q: the picture '.*' is not in the folder .*assets"):
        pictures_of([item(f"![](<{name}>)")], tmp_path / "bank")


def test_a_name_may_be_written_as_an_address(tmp_path):
    write_bytes(tmp_path / "my curve.png", PICTURE)

    write_bytes(tmp_path / "assets" / "my curve.png", PICTURE)

    taken, pictures, problems = take_pictures(item("![](my%20curve.png)"), tmp_path)

    assert pictures_of([item("![](assets/my%20curve.png)")], tmp_path) == {"my curve.png": PICTURE}
    assert (list(pictures.values()), problems) == ([PICTURE], [])
    assert taken.question == f"![]({next(iter(pictures))})"


def test_documents_take_only_pictures_of_their_own_folder(tmp_path):
    write_bytes(tmp_path / "secret.png", PICTURE)
    write_bytes(tmp_path / "week" / "curve.png", PICTURE)
    read = item("![](../secret.png) ![](curve.png)")

    taken, pictures, problems = take_pictures(read, tmp_path / "week")

    assert list(pictures.values()) == [PICTURE]
    assert taken.question == f"![](../secret.png) ![]({next(iter(pictures))})"
    assert [str(problem) for problem in problems] == [
        "item q: the picture '../secret.png' is not in the document's folder. Put a PNG, JPEG, GIF or WebP there, or "
        "take the picture out of the text."
    ]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"<svg onload='alert(1)'/>", "the picture 'x.png' cannot be read"),
        (b"", "the picture 'x.png' cannot be read"),
        (png(6000, 6000), "the picture 'x.png' has 6000 x 6000 pixels"),
        (png(60_000, 60_000), "the picture 'x.png' cannot be read"),
        (PICTURE + bytes(5_000_000), "the picture 'x.png' has 5000115 bytes, more than 4194304"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(data, found):
    with pytest.raises(ContentError) as caught:
        check_picture(data, "x.png", "item q")

    assert caught.value.found == found


def test_the_check_of_a_bank_names_pictures_that_are_missing(tmp_path):
    found = check_pictures(Bank(items=(item("![](gone.png)"),)), tmp_path)

    assert [str(one) for one in found] == [
        f"q.zh: the picture 'gone.png' is not in the folder {tmp_path / 'assets'}. "
        "Put a PNG, JPEG, GIF or WebP there, or take the picture out of the text."
    ]
