"""Short answer: free text, marked point by point by the scorer."""

from __future__ import annotations

from examgen.model import Item, Kind, RubricPoint
from examgen.questions.base import Examples, Mark, common_problems, examples, rule_problems

KIND: Kind = "short_answer"
NAMES = {"zh": "简答题", "en": "Short answer"}
RULES: tuple[str, ...] = ()


def check(item: Item) -> list[str]:
    """Say what keeps the item from being set and marked."""
    problems = common_problems(item) + rule_problems(item, RULES)
    if not item.points and not any(answer.strip() for answer in item.model_answers):
        problems.append("it has neither a reference answer nor rubric points")
    total = sum(point.weight for point in item.points)
    if item.points and item.max_score > 0 and abs(total - item.max_score) > 0.01:
        problems.append(f"its points are worth {total:g} together, its max_score is {item.max_score:g}")
    return problems


def key(item: Item) -> str:
    """The reference answer, or the points where there is none."""
    return next(iter(item.model_answers), "\n".join(point.text for point in item.points))


def mark(item: Item, answer: str) -> Mark | None:
    """None: free text has no rule; the scorer reads it."""
    return None


_ITEM = Item(
    id="example",
    kind=KIND,
    question="为什么要做梯度裁剪？",
    reference="它限制梯度的范数，防止梯度爆炸使训练发散。",
    points=(RubricPoint(id="p1", text="限制梯度的范数", weight=2), RubricPoint(id="p2", text="防止梯度爆炸", weight=3)),
    max_score=5,
)
EXAMPLES: tuple[Examples, ...] = (
    Examples(
        item=_ITEM,
        right=examples(None, "把梯度范数截到上限，避免梯度爆炸"),
        wrong=examples(None, "为了加快推理"),
        unreadable=examples(None, "@#￥%"),
    ),
)
