"""The words by which question documents name their parts, in Chinese and English."""

from __future__ import annotations

from enum import Enum, auto


class Role(Enum):
    """What a label says about the text behind it."""

    QUESTION = auto()
    ANSWER = auto()
    EXPLANATION = auto()
    RUBRIC = auto()
    OPTIONS = auto()
    METADATA = auto()


def _listed(words: str) -> frozenset[str]:
    return frozenset(word.strip() for word in words.replace("\n", ",").split(",") if word.strip())


# Labels that mean the same wherever they stand.
CERTAIN: dict[str, Role] = {
    word: role
    for role, words in {
        Role.QUESTION: _listed("""
            题目, 问题, 问, 题干, 试题, 原题, 面试题, 提问, 题目描述, 问题描述, 题目内容, 题面
            question, problem, prompt, q, stem
        """),
        Role.ANSWER: _listed("""
            答案, 答, 解, 证, 解答, 回答, 参考答案, 标准答案, 正确答案, 参考回答, 参考解答, 参考解析, 标准回答, 推荐答案
            推荐回答
            示例答案, 答案示例, 示例回答, 回答示例, 满分答案, 满分回答, 高分回答, 核心答案, 详细答案, 详细解答
            简要回答, 我的答案
            答案要点, 参考要点, 答题要点, 回答要点, 答案与解析, 答案及解析, 答案和解析, 参考答案及解析
            参考答案与解析, 答案解读
            answer, answers, ans, a, solution, solutions, reference answer, model answer, sample answer
            correct answer
            suggested answer, expected answer, ideal answer, official answer, example answer, short answer, answer key
        """),
        Role.EXPLANATION: _listed("""
            解析, 答案解析, 题目解析, 试题解析, 举例解析, 代码解析, 示例解析, 详细解析, 解析说明, 答案说明, 详解
            解题思路
            explanation, explanations, rationale, answer explanation, detailed explanation
        """),
        Role.RUBRIC: _listed("""
            评分标准, 评分点, 评分要点, 评分细则, 评分规则, 评分参考, 得分点, 采分点, 给分点
            rubric, grading rubric, marking rubric, grading scheme, marking criteria
            marking points, marking scheme, mark scheme, scoring points, grading criteria, scoring rubric
        """),
        Role.OPTIONS: _listed("选项, 备选项, 备选答案, options, choices"),
    }.items()
    for word in words
}

# Labels that answers are full of, too: they count in bold, in a heading, or behind a short answer.
UNCERTAIN: dict[str, Role] = {
    word: role
    for role, words in {
        Role.ANSWER: _listed("证明, 求解, proof"),
        Role.EXPLANATION: _listed("""
            解释, 分析, 讲解, 说明, 点评, 思路, 思路解析, 分析与解答
            analysis, reasoning, commentary, discussion, why
        """),
        Role.METADATA: _listed("""
            难度, 难度等级, 难度系数, 分值, 分数, 本题分值, 考点, 知识点, 考查点, 考察点, 标签, 分类, 类别, 题型
            来源, 关键词, 主题, 公司
            difficulty, score, marks, tags, tag, topic, category, type, level, source, keywords
        """),
    }.items()
    for word in words
}

# Labels that count without a colon where they are all that a line says.
STANDS_ALONE = _listed("""
    题目, 问题, 答案, 参考答案, 标准答案, 正确答案, 解答, 回答, 参考回答, 答案与解析, 答案及解析, 参考答案及解析
    解析, 答案解析, 详解, 评分标准, 评分点, 得分点, 选项
    question, answer, answers, solution, reference answer, model answer, answer key, explanation, rubric, options
""")

# Labels behind which letters may follow without a colon: 答案 C
TAKES_LETTERS = _listed("答案, 参考答案, 正确答案, 标准答案, answer, ans, correct answer")

# 答案解析 is the answer where no other label says answer, else the explanation.
EITHER = _listed("答案解析, 详解, 详细解析")

# Explanation labels that say no more than that; the others stay in the text as headings.
PLAIN_EXPLANATION = _listed("""
    解析, 答案解析, 题目解析, 试题解析, 详细解析, 解析说明, 答案说明, 详解, 解释
    explanation, explanations, rationale, answer explanation, detailed explanation
""")

# What a metadata label tells.
METADATA: dict[str, str] = {
    word: meaning
    for meaning, words in {
        "topic": _listed("考点, 知识点, 考查点, 考察点, 主题, 分类, 类别, topic, category"),
        "difficulty": _listed("难度, 难度等级, 难度系数, difficulty, level"),
        "score": _listed("分值, 分数, 本题分值, score, marks"),
        "kind": _listed("题型, type"),
    }.items()
    for word in words
}

# Words in front of a number that say: here begins an item.
KEYWORDS = _listed("""
    面试题, 思考题, 练习, 练习题, 问答题, 简答题, 论述题, 填空题, 选择题, 单选题, 多选题, 判断题, 编程题, 计算题
    算法题, 分析题, 应用题
    案例题, 例, 例题, 习题, 试题, 考题, 题目, 问题, 提问, 自测题, 小题, 题, 问
    question, questions, problem, exercise, quiz, ques, item, task, q
""")
