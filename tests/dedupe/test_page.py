"""``duplicates.html``: in the language of the bank, with its fonts inside, and safe whatever the documents say."""

import ast
import base64
import io
import re
from dataclasses import fields
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from examgen.dedupe import apart
from examgen.dedupe.evidence import Bar, Closer, Evidence, Reading
from examgen.dedupe.page import duplicates_page
from examgen.dedupe.phrases import WORDS, in_language
from examgen.dedupe.verdict import Conflict, Duplicates, Group, Pair
from examgen.model import Item

HOSTILE = "</style><script>alert(1)</script>"


def found(question="什么是死锁？", reason="questions 0.90 alike; one wants to hear how, the other cause/role"):
    items = {name: Item(id=name, title="死锁", question=f"{question}{name}", reference="甲") for name in "ab"}
    conflict = Conflict("a", "b", "会增大", "会减小", "增大 / 减小")
    group = Group(("a", "b"), "a", 0.8, (conflict,))
    return Duplicates(items, (group,), (Pair("a", "b", "same", 0.8, reason, review=True),))


def visible(page):
    return re.sub(r"<style>.*?</style>|<[^>]+>", "", page, flags=re.DOTALL)


def test_the_page_speaks_the_language_of_the_bank():
    zh, en = (duplicates_page("操作系统", found(), lang) for lang in ("zh", "en"))

    assert '<html lang="zh-CN">' in zh
    assert "<strong>答案互相矛盾（增大 / 减小）。</strong> a：会增大 – b：会减小" in zh
    assert "<li>题干相似度 0.90；一题问怎么做，另一题问原因/作用</li>" in zh
    assert "读入 2 题，合并后 1 题：合并 1 组，相关题 0 对。 1 处待复核" in visible(zh)
    assert '<html lang="en">' in en
    assert "<strong>The answers contradict each other (增大 / 减小).</strong> a: 会增大 – b: 会减小" in en
    assert "<li>questions 0.90 alike; one wants to hear how, the other cause/role</li>" in en


def test_both_languages_have_the_same_words():
    assert WORDS["zh"].keys() == WORDS["en"].keys()


def said_in(module):
    """What the functions of a module return or make a bar of in words, with ``x`` for what is put in."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
        values = node.args[-1:] if isinstance(node, ast.Call) else [node.value] if isinstance(node, ast.Return) else []
        for value in values:
            parts = value.values if isinstance(value, ast.JoinedStr) else [value]
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts)
            if re.search(r"[a-z]{3} ", text):
                yield text


def test_every_reason_can_be_said_in_chinese():
    figures = dict.fromkeys(
        ("question", "overlap", "answer_stands_out", "answered", "spoken_of", "second_subject"), 0.1
    )
    words = {
        "own_subjects": "each is about something else: x / y",
        "special": "x",
        "bar": Bar("cut off", "one is cut off, so what it asks is not known"),
    }
    shared = {**figures, **words, "larger_overlap": 0.9, "differ_one": 1.0, "other_wish": 1.0, "alike": 0.0}
    reasons = [
        Evidence(
            **shared,
            stands_out=by,
            names=(),
            kin=False,
            cut_off=True,
            only_left=left,
            only_right=left,
            closer=Closer(**dict.fromkeys((field.name for field in fields(Closer)), by)),
            reading=Reading(by, by),
        ).reason
        for by, left in ((0.1, ("x",)), (-0.1, ()))
    ]
    others = ["decided by an editor", "far apart", "different languages", "one thing by 甲（A）(week1.md:3)"]
    phrases = [*said_in(apart), *(said for reason in reasons for said in reason.split("; ")), *others]

    assert len(phrases) > 25
    assert [said for said in phrases if re.search("[a-z]{3} ", in_language(said, "zh") + " ")] == []


def test_the_fonts_inside_have_every_character_of_the_page():
    page = duplicates_page("操作系统", found(), "zh")

    fonts = [
        TTFont(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"font/woff;base64,([A-Za-z0-9+/=]+)", page)
    ]
    regular, bold = fonts[0].getBestCmap(), fonts[1].getBestCmap()
    assert {char for char in visible(page) if char > " " and ord(char) not in regular} == set()
    assert {char for char in "死锁操作系统重复题" if ord(char) not in bold} == set()
    assert len(bold) < len(regular)
    assert duplicates_page("操作系统", found(), "zh") == page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_hostile_document_stays_text_and_nothing_is_loaded(lang):
    page = duplicates_page(HOSTILE, found(HOSTILE, HOSTILE), lang)

    assert "<script" not in page
    assert page.count("</style>") == 1
    assert "default-src 'none'; style-src 'unsafe-inline'; font-src data:" in page
    assert re.findall(r"""(?:src|href)=["'(]|url\((?!data:font/woff;base64,)""", page) == []
