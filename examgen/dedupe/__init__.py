"""Tell which items ask the same, which give each other away, and unite the first."""

from examgen.dedupe.decisions import Decision, add_decision, load_decisions
from examgen.dedupe.find import find_duplicates
from examgen.dedupe.merge import Merged, merge
from examgen.dedupe.verdict import Conflict, Duplicates, Group, Pair, named

__all__ = [
    "Conflict",
    "Decision",
    "Duplicates",
    "Group",
    "Merged",
    "Pair",
    "add_decision",
    "find_duplicates",
    "load_decisions",
    "merge",
    "named",
]
