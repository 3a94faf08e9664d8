"""An exam with every kind of question, a table, code, formulas and a picture, small enough to read."""

import base64

from examgen.model import Blank, Candidate, Exam, Form, Item, Numeric, Option, Pair, PlacedItem, RubricPoint, Section

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAADwAAAAeCAIAAAD/+uoYAAAAOklEQVR4nO3OAQkAIBAAMYOZxHRGNYb3MFiArX3uOOv7QDpMWlo6"
    "QFpaOkBaWjpAWlo6QFpaOmBk+gE8R4QpTBsepwAAAABJRU5ErkJggg=="
)
PROGRAM = '''阅读下面的程序，指出它遇到空行时会怎样，并改正。

```python
import json
from pathlib import Path


def mean_score(path: Path) -> float:
    """求平均分；文件是 JSON Lines。"""
    rows = path.read_text(encoding="utf-8").split("\\n")
    return sum(json.loads(row)["score"] for row in rows) / len(rows)
```

两个版本的错误数如下表。

| 版本 | 请求数 | 错误数 |
|------|-------:|-------:|
| v1.8 |  1 200 |     24 |
| v1.9 |    600 |     21 |
'''
LOSS = (
    "写出交叉熵损失的定义，说明它为什么比均方误差适合分类：\n\n"
    "$$L=-\\frac{1}{N}\\sum_{i=1}^{N}\\left[y_i\\log\\hat{y}_i+(1-y_i)\\log(1-\\hat{y}_i)\\right]$$\n\n"
    "其中召回率写作 $\\frac{\\text{查出的正例}}{\\text{全部正例}}$。"
)


def options(*texts: str, right: str) -> tuple[Option, ...]:
    return tuple(
        Option(id=letter, text=text, correct=letter in right) for letter, text in zip("ABCDEFGH", texts, strict=False)
    )


ITEMS = (
    Item(
        id="gap",
        kind="single_choice",
        question="训练集准确率 98%，验证集只有 81%，**最可能**的原因是",
        options=options("过拟合", "学习率过小", "数据重复", "欠拟合", right="A"),
        max_score=2,
        explanation="两个准确率相差很大。",
    ),
    Item(
        id="hash",
        kind="single_choice",
        question="哈希表平均情况下查找一个键的时间复杂度是",
        options=options("$O(1)$", "$O(\\log n)$", "$O(n)$", "$O(n\\log n)$", right="A"),
        max_score=2,
    ),
    Item(
        id="batch-norm",
        kind="single_choice",
        question="关于批归一化，下列说法**错误**的是（　　）",
        options=options(
            "训练时用当前批的均值与方差",
            "推理时用滑动平均得到的统计量",
            "批越小，对均值与方差的估计就越准确，因此应当用尽量小的批来训练",
            "它含有可学习的参数 $\\gamma$ 与 $\\beta$",
            right="C",
        ),
        max_score=2,
    ),
    Item(
        id="regular",
        kind="multiple_choice",
        question="下列哪些做法可以减轻过拟合",
        options=options("权重衰减", "增加参数量", "早停", "以上都不对", right="AC"),
        max_score=4,
    ),
    Item(id="adam", kind="true_false", question="Adam 对每个参数使用同一个步长", truth=False, max_score=2),
    Item(
        id="precision",
        kind="fill_in",
        question="若 $TP=80$，$FP=20$，则精确率为 ____；召回率的分母是 ____。",
        blanks=(Blank(answers=("0.8", "80%")), Blank(answers=("TP+FN",))),
        max_score=4,
    ),
    Item(
        id="memory",
        kind="numeric",
        question="一个 $7\\times10^9$ 参数的模型以 fp16 存放，权重约占多少？",
        numeric=Numeric(value=14, unit="GB", tolerance=0.5),
        max_score=4,
    ),
    Item(
        id="methods",
        kind="matching",
        question="把方法和它主要解决的问题连起来。",
        pairs=(
            Pair(left="残差连接", right="深层网络难以训练"),
            Pair(left="权重衰减", right="过拟合"),
            Pair(left="梯度裁剪", right="梯度爆炸"),
        ),
        distractors=("类别不平衡",),
        max_score=3,
    ),
    Item(
        id="step",
        kind="ordering",
        question="按一次训练迭代中的先后排列。",
        sequence=("前向传播", "计算损失", "反向传播", "更新参数"),
        max_score=3,
    ),
    Item(
        id="loss",
        question=LOSS,
        reference="交叉熵衡量两个分布的差别。\n\n- 均方误差配 sigmoid 时梯度会消失；\n- 交叉熵的梯度正比于误差。",
        points=(
            RubricPoint(id="p1", text="交叉熵衡量两个分布的差别", weight=4),
            RubricPoint(id="p2", text="均方误差在饱和区梯度很小", weight=4),
            RubricPoint(id="p3", text="交叉熵的梯度正比于 $\\hat y-y$", weight=2),
        ),
        max_score=10,
    ),
    Item(
        id="program",
        question=PROGRAM,
        reference="空行会使 `json.loads` 抛出异常。应跳过空行，并按有效行数求平均。",
        points=(
            RubricPoint(id="p1", text="`json.loads` 遇到空行抛出异常", weight=4),
            RubricPoint(id="p2", text="跳过空行", weight=4),
        ),
        max_score=8,
    ),
    Item(
        id="nan",
        kind="composite",
        question="混合精度训练到第 300 步时损失变成 NaN，损失曲线如图。\n\n![损失曲线](curve.png)",
        parts=(
            Item(
                id="a",
                kind="single_choice",
                question="最可能的原因是",
                options=options("学习率过小", "数值溢出", "数据太少", right="B"),
                max_score=2,
            ),
            Item(
                id="b",
                kind="numeric",
                question="fp16 的最大值约是多少？",
                numeric=Numeric(value=65504, tolerance=100),
                max_score=3,
            ),
            Item(
                id="c",
                question="怎样定位？",
                reference="打开异常检测，逐层检查数值。",
                points=(RubricPoint(id="p1", text="逐层检查数值", weight=3),),
                max_score=3,
            ),
        ),
        max_score=8,
    ),
)
PICTURES = {"curve.png": PICTURE}
_SECTIONS = (
    ("choice", "single_choice", ("gap", "hash", "batch-norm")),
    ("several", "multiple_choice", ("regular",)),
    ("truth", "true_false", ("adam",)),
    ("gaps", "fill_in", ("precision",)),
    ("number", "numeric", ("memory",)),
    ("match", "matching", ("methods",)),
    ("order", "ordering", ("step",)),
    ("free", "short_answer", ("loss", "program")),
    ("case", "composite", ("nan",)),
)


def make_form(name: str, items: tuple[Item, ...] = ITEMS) -> Form:
    scores = {item.id: item.max_score for item in items}
    number = 0
    sections = []
    for section_id, kind, ids in _SECTIONS:
        placed = []
        for item_id in ids:
            if item_id in scores:
                number += 1
                placed.append(PlacedItem(number=number, item_id=item_id, points=scores[item_id]))
        if placed:
            sections.append(Section(id=section_id, kind=kind, items=tuple(placed)))
    return Form(name=name, sections=tuple(sections))


def make_exam(*forms: str, items: tuple[Item, ...] = ITEMS) -> Exam:
    names = forms or ("A",)
    return Exam(
        id="ml-2026",
        title="机器学习工程师笔试",
        minutes=90,
        items=items,
        forms=tuple(make_form(name, items) for name in names),
        seed=7,
    )


def one_item_exam(item: Item) -> Exam:
    placed = PlacedItem(number=1, item_id=item.id, points=item.max_score)
    form = Form(name="A", sections=(Section(id="s", kind=item.kind, items=(placed,)),))
    return Exam(id="one", title="测验", items=(item,), forms=(form,))


def candidates(count: int) -> tuple[Candidate, ...]:
    names = ("王小明", "欧阳静怡", "李涵", "陈伟", "Anna Müller", "赵一", "䶮𠮷")
    return tuple(
        Candidate.model_validate(
            {"candidate_id": f"E{10001 + n}", "name": names[n % len(names)], "class": f"{n % 3 + 1} 班"}
        )
        for n in range(count)
    )
