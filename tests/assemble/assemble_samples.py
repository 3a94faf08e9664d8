"""Small banks and blueprints to assemble from."""

from exam_samples import ITEMS

from examgen.model import Bank, Blueprint, Item, Option

OPTIONS = (Option(id="A", text="甲", correct=True), Option(id="B", text="乙"))


def choice(name, **fields):
    return Item(
        **({"id": name, "kind": "single_choice", "question": "问？", "options": OPTIONS, "max_score": 2} | fields)
    )


def judge(name, **fields):
    return Item(**({"id": name, "kind": "true_false", "question": "是吗？", "truth": True, "max_score": 1} | fields))


def short(name, **fields):
    return Item(**({"id": name, "question": "为何？", "reference": "因为。", "max_score": 10} | fields))


def of_kind(kind):
    """What makes items of a kind, whole as an exam needs them."""
    (sample,) = [item for item in ITEMS if item.kind == kind][:1]

    def made(name, max_score=sample.max_score, **fields):
        return sample.scaled(max_score).model_copy(update={"id": name, **fields})

    return made


def bank(*items, **fields):
    return Bank(items=items, **fields)


def blueprint(*sections, **fields):
    return Blueprint.model_validate({"section": sections or [{"kind": "single_choice", "count": 2}]} | fields)


def ids(exam):
    """The item ids of every form, in printed order."""
    return [[item.item_id for section in form.sections for item in section.items] for form in exam.forms]
