"""Objective items proposed from the rubric points of free-text items, for an editor to accept.

A rubric point is a true, self-contained statement that answers one question. So it can stand as the right option among
points that answer other questions (`choice`), be left as it is or turned into its opposite (`statement`), or
lose its most telling word (`gap`). Every draft has the status ``draft``, a reason for all that it claims, and
its origins as enemies. No program can know that it is right: no draft enters an exam until an editor says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from examgen.draft import choice, gap, statement
from examgen.draft.material import Material, Point, gather
from examgen.embed import Encoder
from examgen.errors import ExamgenError
from examgen.model import Bank, Item, Kind
from examgen.questions import check_item

__all__ = ["DRAFTERS", "accept", "draft_items"]

Drafter = Callable[[Material, Point, int], Item | None]
# What can be drafted, each as a function of the material, a point and the seed; None where a point does not do.
DRAFTERS: dict[Kind, Drafter] = {
    "single_choice": choice.draft,
    "true_false": statement.draft,
    "fill_in": gap.draft,
}


def draft_items(
    bank: Bank,
    encoder: Encoder,
    *,
    lang: str | None = None,
    kinds: Sequence[Kind] = tuple(DRAFTERS),
    only: Iterable[str] = (),
    each: int = 1,
    seed: int = 0,
) -> tuple[Item, ...]:
    """Propose choice, true/false and fill-in items.

    Args:
        bank: Where the rubric points are.
        encoder: Tells which points are alike.
        lang: Language of the drafts; the bank's own where it is None.
        kinds: Which kinds, of `DRAFTERS`.
        only: Ids of the free-text items to draft from; all where it is empty.
        each: The most drafts of a kind for one free-text item.
        seed: Draws points, places of the right option, and true against false.

    Returns:
        Drafts, none of which the bank has already. The same arguments give the same drafts.

    Raises:
        ExamgenError: ``only`` names an item that has no rubric points in that language.
    """
    material = gather(bank, encoder, lang or bank.lang)
    wanted = set(only)
    if unknown := sorted(wanted - set(material.parents)):
        raise ExamgenError(
            f"no free-text item with rubric points is called {unknown[0]!r}", "Check the id and the language."
        )
    taken = {item.id for item in bank.items}
    drafts = []
    for name in material.parents:
        if not wanted or name in wanted:
            for kind in kinds:
                for draft in _of_kind(material, name, kind, each, seed):
                    if draft.id not in taken:
                        taken.add(draft.id)
                        drafts.append(draft)
    return tuple(drafts)


def _of_kind(material: Material, name: str, kind: Kind, each: int, seed: int) -> Iterator[Item]:
    found = 0
    for point in material.in_turn(name, f"{kind} {seed}"):
        draft = DRAFTERS[kind](material, point, seed)
        if draft is not None and not check_item(draft):
            yield draft
            found += 1
            if found == each:
                return


def accept(bank: Bank, ids: Sequence[str]) -> Bank:
    """Make drafts ready, in all languages that the bank has them in.

    Raises:
        ExamgenError: an id is no draft, or a draft is not sound yet.
    """
    drafts = {item.id for item in bank.items if item.status == "draft"}
    for name in ids:
        if name not in drafts:
            raise ExamgenError(
                f"the bank has no draft called {name!r}", "Its id is the name of its file, without the language."
            )
    for item in bank.items:
        if item.id in ids and (problems := check_item(item)):
            raise ExamgenError(f"{item.id} ({item.lang}) is not sound: {problems[0]}", "Mend its file first.")
    items = (item.model_copy(update={"status": "ready"}) if item.id in ids else item for item in bank.items)
    return bank.model_copy(update={"items": tuple(items)})
