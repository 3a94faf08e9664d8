"""From a bank and a blueprint to an exam: forms of equal content and difficulty, with a certificate.

`assemble` does the whole step. `load_blueprint` reads what a teacher wrote, `save_exam` and `load_exam` keep
the result, `verify_exam` derives every number of it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from examgen.assemble.arrange import arrange
from examgen.assemble.blueprint import BlueprintError, as_read, load_blueprint
from examgen.assemble.certificate import certify
from examgen.assemble.explain import Explanation, explain, refuse_at_sight
from examgen.assemble.exposure import load_exposure, record_exposure, uses
from examgen.assemble.files import load_exam, save_exam
from examgen.assemble.pool import make_pool, unfit
from examgen.assemble.rows import make_task
from examgen.assemble.solver import solution, solve
from examgen.assemble.verify import verify_against_bank, verify_exam, verify_folder
from examgen.bank import bank_sha256
from examgen.model import Bank, Blueprint, Exam, Exposure
from examgen.pictures import pictures_of, sha256s

__all__ = [
    "BlueprintError",
    "assemble",
    "load_blueprint",
    "load_exam",
    "load_exposure",
    "record_exposure",
    "save_exam",
    "verify_against_bank",
    "verify_exam",
    "verify_folder",
]


def assemble(
    bank: Bank,
    blueprint: Blueprint,
    seed: int | None = None,
    earlier: Sequence[Exposure] = (),
    *,
    folder: Path | None = None,
) -> Exam:
    """Choose and arrange the items of an exam.

    Args:
        bank: Where the items come from. Drafts, incomplete and faulty items are passed over.
        blueprint: What the exam should be.
        seed: Draws between choices that the blueprint does not tell apart; the blueprint's own where it is None.
        earlier: Exams that were given before, the oldest first: their items come in only as far as the
            blueprint allows it, and after unused ones.
        folder: Of the bank, where its pictures are; without it the exam names none.

    Returns:
        The exam with copies of its items and its certificate. The same arguments give the same exam, byte for byte.

    Raises:
        BlueprintError: the bank cannot give what the blueprint asks for; says which lines conflict, how far
            the bank falls short, and the smallest change that would do.
        ContentError: an item shows a picture that the bank does not have, or that cannot be printed.
    """
    seed = blueprint.seed if seed is None else seed
    lang = blueprint.lang or bank.lang
    earlier = earlier[-blueprint.reuse.last :] if blueprint.reuse.last else earlier
    exams, used_in = [entry.exam_id for entry in earlier], uses(earlier)
    pool = make_pool(bank, lang, used_in)
    task = make_task(blueprint, pool, bank.topics, exams)
    refuse_at_sight(task)
    solved = solve(task, seed)
    if solved is None:
        faulty = [item for item in bank.in_language(lang) if item.id in pool.left_out]
        explanation = explain(blueprint, pool, faulty, bank.topics, exams, seed)
        if isinstance(explanation, Explanation):
            raise explanation.error(blueprint)
        solved = solution(task, range(len(task.placements)), explanation, "feasible")
    forms = arrange(task, solved.chosen, seed, lang)
    wanted = {item.item_id for form in forms for section in form.sections for item in section.items}
    items = tuple(item for item in bank.items if item.id in wanted and not unfit(item))
    exam = Exam(
        id=blueprint.id,
        title=blueprint.title or bank.title,
        subtitle=blueprint.subtitle,
        lang=lang,
        minutes=blueprint.minutes,
        notices=blueprint.notices,
        seed=seed,
        bank_sha256=bank_sha256(bank),
        items=items,
        pictures=sha256s(pictures_of(items, folder)) if folder else {},
        forms=forms,
        blueprint=as_read(blueprint),
    )
    return certify(exam, solver=solved.report, pool=pool, topics=bank.topics, earlier=exams, used_in=used_in)
