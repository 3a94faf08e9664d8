"""Other people's documents: each of the samples gives exactly the items that stand beside it."""

import json
from pathlib import Path

import pytest

from examgen.model import Item
from examgen.parse import Parsed, Rule, read_document

SAMPLES = sorted(path for path in (Path(__file__).parent / "documents").iterdir() if path.suffix != ".json")


def summary(parsed: Parsed) -> dict[str, object]:
    """What a reader checks: the items, the problems, and which text belongs to no item."""
    unremarkable = {Rule.BLANK, Rule.SEPARATOR}
    outside = [f"{line.line} {line.rule}" for line in parsed.lines if not line.item and line.rule not in unremarkable]
    return {
        "items": [item_summary(item) for item in parsed.items],
        "problems": [f"{problem.line}: {problem.found}" for problem in parsed.problems],
        "outside": outside,
    }


def item_summary(item: Item) -> dict[str, object]:
    data = item.model_dump(mode="json", exclude={"id", "sources", "lang"})
    data["line"] = item.sources[0].line
    points = [point.text for point in item.points]
    data["points"] = (
        points if len({point.weight for point in item.points}) < 2 else [p.model_dump(mode="json") for p in item.points]
    )
    data["options"] = [f"{'*' if option.correct else ''}{option.id}. {option.text}" for option in item.options]
    data["blanks"] = [list(blank.answers) for blank in item.blanks]
    empty = ("", [], None)
    return {name: value for name, value in data.items() if value not in empty and (name, value) != ("complete", True)}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_gives_the_items_beside_it(path):
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))

    assert summary(read_document(path)) == expected
