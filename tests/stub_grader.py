"""A grader without a model: marks that can be worked out by hand."""

import os
import signal

from examgen.model import Grade


class Stub:
    """Gives the length of an answer as its mark; some words make it fail or die."""

    def __init__(self):
        self.asked = []

    def grade(self, answers):
        self.asked.append([answer.answer for answer in answers])
        for answer in answers:
            if "boom" in answer.answer:
                raise RuntimeError("no marks for this")
            if "kill" in answer.answer:
                os.kill(os.getpid(), signal.SIGKILL)
        return [
            Grade(
                candidate_id=answer.candidate_id,
                item_id=answer.item_id,
                score=len(answer.answer),
                max_score=100,
                status="review" if len(answer.answer) > 5 else "graded",
            )
            for answer in answers
        ]


def line(candidate_id, score, item_id="q1", status="graded", extra=""):
    return (
        f'{{"candidate_id":"{candidate_id}","item_id":"{item_id}","score":{score},"max_score":100.0,'
        f'"status":"{status}","confidence":0.0,"points":[],"flags":[],"reason":"","scorer":{{}},"answer":null{extra}}}\n'
    )
