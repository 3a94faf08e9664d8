"""Answers to shuffled papers: printed letters turned back into the items' own, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from examgen.engines.answers import GIVEN, Row
from examgen.errors import ExamgenError
from examgen.model import Item, PaperKey
from examgen.paper import own_answer


def with_own_letters(rows: Iterable[Row], keys: Mapping[str, PaperKey], items: Iterable[Item]) -> Iterator[Row]:
    """Give each answer in the letters that its item has in the bank.

    What the candidate wrote stays with the row as ``given_answer`` where it
    differs. A candidate without a key, an item that is not on the candidate's
    paper, and a key that is not of the item as it is now are the row's problem:
    by whichever letters they were read, the mark could be wrong.
    """
    by_lang: dict[tuple[str, str], Item] = {(item.id, item.lang): item for item in items}
    known = {item_id for item_id, _ in by_lang}
    printed = {name: {entry.item_id: entry for entry in key.items} for name, key in keys.items()}
    for row in rows:
        paper = printed.get(row.candidate_id)
        if row.problem or row.item_id not in known:
            yield row
        elif paper is None:
            yield row._replace(problem=f"the keys name no paper of candidate {row.candidate_id!r}")
        elif row.item_id not in paper or (item := by_lang.get((row.item_id, keys[row.candidate_id].lang))) is None:
            yield row._replace(problem=f"item {row.item_id!r} is not on the paper of candidate {row.candidate_id!r}")
        else:
            try:
                own = own_answer(item, paper[row.item_id], row.answer)
            except ExamgenError as error:
                yield row._replace(problem=str(error))
                continue
            extra = row.extra if own == row.answer else row.extra | {f"{GIVEN}answer": row.answer}
            yield row._replace(answer=own, extra=extra)
