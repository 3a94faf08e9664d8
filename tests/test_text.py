"""Reading text of two languages."""

import pytest

from examgen.text import language


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Deployment 和 StatefulSet 有什么区别？", "zh"),
        ("CrashLoopBackOff 怎么排查", "zh"),
        ("L1 与 L2", "zh"),
        ("What is overfitting?", "en"),
        ("The term 过拟合 means that a model fits the noise of its training data.", "en"),
        ("3.5", "en"),
        ("", "en"),
    ],
)
def test_long_latin_names_do_not_make_a_chinese_question_english(text, lang):
    assert language(text) == lang
