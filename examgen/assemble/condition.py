"""Conditions of a constraint table: which items a row is about.

An expression over an item's columns, such as ``topic == "cnn" and level in ["apply", "analyse"]``. It is parsed
by Python's grammar and evaluated here, node by node, so it can do nothing but compare.
"""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from examgen.errors import ExamgenError

# Column -> what it holds. The order is that of docs/blueprint.md.
COLUMNS = {
    "id": "the item's id",
    "section": "id of the section that the item would stand in",
    "kind": "single_choice, short_answer, ...",
    "topic": "topic, as in the bank",
    "level": "remember, understand, apply, analyse, evaluate, or none where the item says nothing",
    "difficulty": "0..1, expected share of the marks lost",
    "facility": "1 - difficulty",
    "points": "marks in this exam",
    "minutes": "expected minutes",
    "uses": "earlier exams it stood in",
    "used_in": "their ids, as a list",
    "title": "the item's title",
    "documents": "files it was found in, as a list",
    "chars": "characters of the question",
    "lang": "zh or en",
}
NUMBERS = ("difficulty", "facility", "points", "minutes", "uses", "chars")

Facts = Mapping[str, Any]
Condition = Callable[[Facts], Any]


def _ordered(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A comparison by size, refused for lists, whose entries might not compare."""

    def test(left: Any, right: Any) -> Any:
        if isinstance(left, list) or isinstance(right, list):
            raise TypeError
        return compare(left, right)

    return test


_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class ConditionError(ExamgenError):
    """A condition cannot be read, or compares what cannot be compared."""


def compile_condition(text: str) -> Condition:
    """Turn a condition into a function of an item's facts.

    Args:
        text: An expression with ``and``, ``or``, ``not``, ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in``,
            ``not in``, brackets, lists, numbers and quoted texts over `COLUMNS`. Empty means every item.

    Returns:
        A function that gives True or False; it never raises for facts that hold all `columns_of` the text.

    Raises:
        ConditionError: what is wrong with the text, and what would be right.
    """
    if not text.strip():
        return lambda facts: True
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        message = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply"
        raise ConditionError(
            f"the condition {text!r} cannot be read: {message}", "Write it as topic == 'cnn' and level in ['apply']."
        ) from error
    try:
        build = _node(tree.body)
        trial: dict[str, Any] = (
            dict.fromkeys(COLUMNS, "") | dict.fromkeys(NUMBERS, 0.5) | {"used_in": [], "documents": []}
        )
        build(trial)
        build(trial | {"level": None})
    except TypeError as error:
        raise ConditionError(
            f"the condition {text!r} compares what cannot be compared, such as a text with a number",
            f"These columns are numbers: {', '.join(NUMBERS)}; level may be none.",
        ) from error
    except RecursionError as error:
        raise ConditionError(f"the condition {text[:60]!r}... is nested too deeply", "Shorten it.") from error
    return lambda facts: bool(build(facts))


def columns_of(text: str) -> tuple[str, ...]:
    """The columns that a condition looks at.

    Args:
        text: A condition that `compile_condition` takes.
    """
    names = {node.id for node in ast.walk(ast.parse(text.strip() or "None", mode="eval")) if isinstance(node, ast.Name)}
    return tuple(name for name in COLUMNS if name in names)


def _node(node: ast.expr) -> Condition:
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [_node(value) for value in values]
            decide = all if isinstance(op, ast.And) else any
            # Every part is evaluated, so that the trial run finds what cannot be compared anywhere in the text.
            return lambda facts: decide([part(facts) for part in parts])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _node(operand)
            return lambda facts: not inner(facts)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return lambda facts: -number
        case ast.Compare(left=left, ops=ops, comparators=rights):
            return _comparison(left, ops, rights)
        case ast.Name(id=name):
            return _column(name)
        case ast.Constant(value=str() | int() | float() | None as constant):
            return lambda facts: constant
        case ast.List(elts=entries) | ast.Tuple(elts=entries):
            parts = [_node(entry) for entry in entries]
            return lambda facts: [part(facts) for part in parts]
    raise ConditionError(
        f"a condition cannot contain {ast.unparse(node)[:60]!r}",
        "Only comparisons with and, or, not, in, lists, numbers and quoted texts are understood.",
    )


def _comparison(left: ast.expr, ops: list[ast.cmpop], rights: list[ast.expr]) -> Condition:
    operands = [_node(operand) for operand in (left, *rights)]
    unknown = [op for op in ops if type(op) not in _COMPARE]
    if unknown:
        raise ConditionError("a condition cannot use 'is'", "Use == and !=.")
    tests = [_COMPARE[type(op)] for op in ops]

    def compare(facts: Facts) -> bool:
        values = [operand(facts) for operand in operands]
        # No short cut here either, for the same reason as above.
        return all([test(left, right) for test, (left, right) in zip(tests, pairwise(values), strict=True)])  # noqa: C419

    return compare


def _column(name: str) -> Condition:
    if name in ("none", "null"):
        return lambda facts: None
    if name not in COLUMNS:
        near = difflib.get_close_matches(name, COLUMNS, 1)
        hint = f"Did you mean {near[0]}? Texts need quotes." if near else f"Put texts in quotes: '{name}'."
        raise ConditionError(f"a condition knows no column {name!r}; the columns are {', '.join(COLUMNS)}", hint)
    return lambda facts: facts[name]
