import pickle

from exam_samples import ITEMS, make_exam

from examgen.engines.keyed import KeyedSetup
from examgen.model import Answer, Candidate, Grade
from examgen.paper import make_paper
from examgen.questions import mark_answer

BY_ID = {item.id: item for item in ITEMS}


class ByRule:
    """Marks keyed items alone."""

    def grade(self, answers):
        return [
            Grade(
                candidate_id=a.candidate_id,
                item_id=a.item_id,
                status="graded",
                score=mark_answer(BY_ID[a.item_id], a.answer).score,
            )
            for a in answers
        ]


def test_letters_of_shuffled_papers_get_the_marks_of_what_they_stand_for():
    papers = {
        name: make_paper(make_exam("A"), shuffle="all", candidate=Candidate(candidate_id=name)) for name in ("E1", "E2")
    }
    keys = {name: paper.key() for name, paper in papers.items()}
    answers, wanted = [], []
    for name, paper in papers.items():
        placed = next(item for item in paper.items if item.item.id == "gap")
        for own in ("A", "B"):
            letter = "ABCD"[placed.order().index(own)]
            answers.append(Answer(candidate_id=name, item_id="gap", answer=letter))
            wanted.append(2.0 if own == "A" else 0.0)

    grader = pickle.loads(pickle.dumps(KeyedSetup(ByRule, keys, ITEMS)))()

    assert [grade.score for grade in grader.grade(answers)] == wanted
    assert keys["E1"].items != keys["E2"].items
