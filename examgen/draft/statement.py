"""True/false: a point as it stands, or with one word turned into its opposite."""

from __future__ import annotations

import random
import re

from examgen.draft.material import Material, Point, in_context, say
from examgen.draft.material import draft as new_draft
from examgen.model import Item

# Words whose exchange turns most statements into false ones. Long ones first, so that 降低 is not read as 低.
OPPOSITES = {
    "zh": (
        ("增加", "减少"), ("增大", "减小"), ("提高", "降低"), ("上升", "下降"), ("升高", "降低"),
        ("加快", "减慢"),
        ("加剧", "减轻"), ("高于", "低于"), ("大于", "小于"), ("多于", "少于"), ("变大", "变小"), ("变好", "变差"),
        ("优于", "差于"), ("之前", "之后"), ("最大", "最小"), ("必须", "不必"), ("全部", "部分"), ("相同", "不同"),
        ("独立", "相关"), ("同步", "异步"), ("静态", "动态"), ("稀疏", "稠密"), ("欠拟合", "过拟合"),
        ("过高", "过低"),
        ("过大", "过小"), ("适合", "不适合"), ("能够", "不能"), ("需要", "不需要"), ("有助于", "不利于"),
        ("防止", "导致"),
    ),
    "en": (
        ("increases", "decreases"), ("increase", "decrease"), ("raises", "lowers"), ("raise", "lower"),
        ("more", "fewer"),
        ("larger", "smaller"), ("higher", "lower"), ("faster", "slower"), ("before", "after"), ("always", "never"),
        ("same", "different"), ("maximum", "minimum"), ("must", "need not"), ("prevents", "causes"),
        ("better", "worse"),
        ("overfitting", "underfitting"), ("synchronous", "asynchronous"), ("sparse", "dense"), ("static", "dynamic"),
    ),
}  # fmt: skip
# Behind these, turning a word says something that nobody can judge.
_NEGATED = re.compile(
    r"(?:[不无未没非勿别][^，。；,;]{0,2}|(?:\bnot|\bno|n't|\bnever|\bwithout)(?: \w+)?\s*)$", re.IGNORECASE
)


def draft(material: Material, point: Point, seed: int) -> Item | None:  # all drafters take the material
    """A statement to judge; false where a lot says so and the point has a word to turn."""
    turned = opposite(point.text, point.parent.lang)
    if turned is None:
        # A bank of points that lend themselves to truth alone would be all true; only turnable ones are used.
        return None
    truth = random.Random(f"truth {seed} {point.parent.id} {point.id}").random() < 0.5
    false_text, old, new = turned
    text = point.text if truth else false_text
    title = point.parent.title
    return new_draft(
        point,
        "true_false",
        "tf",
        question=in_context(point, text),
        truth=truth,
        max_score=1.0,
        explanation=say(
            point,
            f"{'正确' if truth else '错误'}。依据“{title or point.parent.id}”的要点 {point.id}"
            + ("。" if truth else f"；原文为“{old}”，此处改成了“{new}”。"),
            f"{'True' if truth else 'False'}: see point {point.id} of '{title or point.parent.id}'"
            + ("." if truth else f", which says '{old}' where this says '{new}'."),
        ),
    )


def opposite(text: str, lang: str) -> tuple[str, str, str] | None:
    """A statement with one word turned into its opposite, the word, and what it became.

    Returns:
        None where no word can be turned: there is none, it stands more than once, or it is negated.
    """
    for one, other in OPPOSITES[lang]:
        for old, new in ((one, other), (other, one)):
            pattern = rf"\b{old}\b" if lang == "en" else re.escape(old)
            places = [match.start() for match in re.finditer(pattern, text)]
            if len(places) != 1 or new in text or _NEGATED.search(text[: places[0]]):
                continue
            start = places[0]
            return text[:start] + new + text[start + len(old) :], old, new
    return None
