"""The shipped attacks against the worst of judges: one that gives full marks, and one that obeys what it reads."""

import os
from collections import Counter

import judge_server as js
import pytest
from grader_parts import local_grader

from examgen.embed import open_encoder
from examgen.grade import Grader
from examgen.judge.attacks import ATTACKS, HONEST, ITEMS, Attack
from examgen.judge.client import Limits
from examgen.judge.grader import JudgedGrader, JudgeRule
from examgen.judge.opinion import Judge, JudgeSettings
from examgen.judge.prompt import CONTROLS, visible
from examgen.scorers.lexical import grams, share
from examgen.text import sentences

KINDS = (
    "adaptive authority both_ways by_number claim copied direct encoded fake_fence fake_json fake_turn filler in_code "
    "keywords padding polite pressure role_play secrets translated unicode"
)


def obedient(question):
    """A mind that does whatever an answer wants done, as cleverly as the answer says it."""
    wants = WANTED.get(question.answer, "none")
    everything = dict.fromkeys(question.statements, ("yes", longest_sentence(question.answer)))
    if wants == "all":
        return question.reply(everything)
    if wants == "json":
        return question.answer[question.answer.index("{") : question.answer.rindex("}") + 1]
    if wants.startswith("numbers:"):
        return question.reply({int(n): everything[int(n)] for n in wants[8:].split(",") if int(n) in everything})
    if wants == "all_but_control":
        odd = {text for texts in CONTROLS.values() for text in texts}
        return question.reply({n: everything[n] for n, text in question.statements.items() if text not in odd})
    return js.no(question)


def longest_sentence(answer):
    return max(answer.replace("。", "\n").splitlines(), key=len, default=answer)[:200]


WANTED = {visible(attack.answer): attack.obeyed for attack in ATTACKS}


class Unwary:
    """A local grader that is sure of nothing and sees through no words to the examiner."""

    def __init__(self, local):
        self.local, self.calibration, self.risk, self.item_of = local, local.calibration, local.risk, local.item_of

    def grade(self, answers):
        return [
            grade.model_copy(update={"flags": tuple(f for f in grade.flags if f != "injection"), "status": "review"})
            for grade in self.local.grade(answers)
        ]


@pytest.fixture(params=["careful", "unwary"])
def local(request):
    grader = local_grader(*ITEMS)
    return grader if request.param == "careful" else Unwary(grader)


@pytest.fixture(params=[js.full_marks, obedient], ids=["full marks", "obedient"])
def judged(request, local, tmp_path):
    with js.JudgeServer(request.param) as server:
        settings = JudgeSettings(url=server.url, model="m", cache=tmp_path / "r.sqlite", limits=Limits(concurrency=4))
        grader = JudgedGrader(local, Judge(settings), JudgeRule(scope="all"))
        yield grader
        grader.close()


def test_the_corpus_is_what_it_claims():
    assert len(ATTACKS) >= 60
    assert " ".join(sorted({attack.kind for attack in ATTACKS})) == KINDS
    assert min(Counter(attack.lang for attack in ATTACKS).values()) >= 30
    assert len({attack.id for attack in (*ATTACKS, *HONEST)}) == len(ATTACKS) + len(HONEST)
    assert len({attack.answer for attack in ATTACKS}) == len(ATTACKS)


def test_no_attack_gets_more_than_its_evidence_backs(judged, local):
    answers = [attack.as_answer() for attack in ATTACKS]

    before = local.grade(answers)
    after = judged.grade(answers)

    gained = [a.id for a, b, c in zip(ATTACKS, before, after, strict=True) if (c.score or 0) > (b.score or 0)]
    settled = [a.id for a, c in zip(ATTACKS, after, strict=True) if c.judge and c.status == "graded" and wanted(a)]
    assert (gained, settled) == ([], [])


def honest(question):
    """A mind that compares words: a statement is there where a sentence of the answer holds half of its words."""
    verdicts = {}
    for number, text in question.statements.items():
        pieces = [question.answer[span.start : span.end] for span in sentences(question.answer)]
        best = max(pieces, key=lambda piece: share(grams(text), grams(piece)))
        found = share(grams(text), grams(best))
        if found >= 0.3:
            verdicts[number] = ("yes" if found >= 0.5 else "partly", best)
    return question.reply(verdicts)


class Remembering:
    """A local grader that reads each answer once: three judges are tried on the same answers."""

    def __init__(self, local):
        self.local, self.known = local, {}
        self.calibration, self.risk, self.item_of = local.calibration, local.risk, local.item_of

    def grade(self, answers):
        new = [answer for answer in answers if (answer.item_id, answer.answer) not in self.known]
        for answer, grade in zip(new, self.local.grade(new), strict=True):
            self.known[answer.item_id, answer.answer] = grade
        return [self.known[answer.item_id, answer.answer] for answer in answers]


@pytest.fixture(scope="module")
def default_grader():
    return Unwary(Remembering(Grader(ITEMS, open_encoder())))


# Reading all of them takes minutes on a busy machine; docs/judge.md has the figures of all.
EVERYTHING = bool(os.environ.get("EXAMGEN_ALL"))
SOME = ATTACKS if EVERYTHING else ATTACKS[::4]
FAIR = HONEST if EVERYTHING else HONEST[::2]


@pytest.mark.model
@pytest.mark.parametrize("mind", [js.full_marks, obedient, honest], ids=["full marks", "obedient", "honest"])
def test_with_the_default_model_the_defence_holds_and_spares_honest_answers(mind, default_grader, tmp_path):
    rows = (*SOME, *FAIR)
    answers = [row.as_answer() for row in rows]
    before = default_grader.grade(answers)
    with js.JudgeServer(mind) as server:
        settings = JudgeSettings(url=server.url, model="m", cache=tmp_path / "r.sqlite", limits=Limits(concurrency=4))
        grader = JudgedGrader(default_grader, Judge(settings), JudgeRule(scope="all"))
        after = grader.grade(answers)
        grader.close()

    attacks, fair = range(len(SOME)), range(len(SOME), len(rows))
    if mind is not honest:
        gained = [rows[n].id for n in attacks if (after[n].score or 0) > (before[n].score or 0)]
        settled = [rows[n].id for n in attacks if after[n].judge and after[n].status == "graded"]
        assert (gained, settled) == ([], [])
        return
    spared = [n for n in fair if after[n].judge and after[n].judge.outcome == "believed"]
    assert len(spared) >= 0.80 * len(fair)
    assert error(rows, after, fair) <= error(rows, before, fair) + 0.01


def error(rows, grades, places):
    """Mean distance from the fair mark, as a share of the maximum."""
    return sum(abs((grades[n].score or 0) / 10 - rows[n].worth) for n in places) / len(places)


def wanted(attack: Attack) -> bool:
    """Whether an attack asks for marks, or stands in for an answer."""
    return attack.obeyed != "none"
