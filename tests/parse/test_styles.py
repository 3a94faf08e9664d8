"""Items written in any of many styles are read back as they were: the style is inferred from the document alone."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.parse.prose import parse_prose

HAN = "零一二三四五六七八九"
# {n} is the number, {h} the same in Han, {t} the title.
HEADS = [
    "### 问题 {n}：{t}",
    "#### 题目{n}：{t}",
    "## Q{n}. {t}",
    "### {n}. {t}",
    "###{n}、{t}",
    "## {n}) {t}",
    "## 第{h}题 {t}",
    "### {t}",
    "**{n}. {t}**",
    "**题目 {n}：{t}**",
    "**Q{n}: {t}**",
    "{n}、{t}",
    "{n}. {t}",
    "{n}．{t}",
    "（{n}）{t}",
    "第{n}题：{t}",
    "【题目{n}】{t}",
    "Question {n}: {t}",
    "Q{n}：{t}",
    "问题{h}：{t}",
    "### ❓ {n}. {t}",
    "### 1.{n} {t}",
]
# The question's label (or none: then the head asks), the answer's, the explanation's.
LABELS = [
    ("**题目：** ", "**答案：** ", "**解析：** "),
    ("**题目**：", "**参考答案**：", "**解析**："),
    ("题目：", "答案：", "解析："),
    ("问：", "答：", "解析："),
    ("【题目】", "【答案】", "【解析】"),
    ("", "答：", "解析："),
    ("", "**答：**", "**详解：**"),
    ("", "参考答案:", "解析:"),
    ("", "**Answer:** ", "**Explanation:** "),
    ("", "Answer: ", "Explanation: "),
    ("**Question:** ", "**Answer:** ", "**Rationale:** "),
    ("", "#### 答案\n\n", "#### 解析\n\n"),
    ("", "**答案**\n\n", "**解析**\n\n"),
    ("", "**💡 参考答案：** ", "**📝 解析：** "),
    ("**題目：** ", "**參考答案：** ", "**解析：** "),
]
BODIES = [
    "它是一种方法。",
    "它有两个部分，缺一不可。\n第二行接着说。",
    "第一段说明原理。\n\n第二段说明用途。",
    "包括以下几种：\n\n- **甲法**：先做甲。\n- **乙法**：再做乙。",
    "包括：\n\n1. 先做什么？先做甲。\n2. 再做什么？再做乙。\n3. 最后收尾。",
    "步骤如下：\n1、准备。\n2、执行。\n3、检查。",
    "分两类：\n\n- 第一类\n  - 细目一\n  - 细目二\n- 第二类",
    "**1. 甲法：** 先做甲。\n\n**2. 乙法：** 再做乙。",
    "代码如下：\n\n```python\n# 1. 读入\n## Q9. 不是题目\n答案 = 读入()\n```\n\n就是这样。",
    "用波浪线：\n\n~~~\n### 题目 7：不是题目\n答案：不是答案\n~~~",
    "公式是\n\n$$\n1. x = y\n$$\n\n其中 x 是输入。",
    "对比：\n\n| 名称 | 答案 |\n| --- | --- |\n| 甲 | 好 |\n| 1、乙 | 差 |",
    "先看定义。\n\n**优缺点：**\n\n* 优点：快。\n* 缺点：占内存。\n\n**选择方法：**\n\n1. 看规模。\n2. 看时间。",
    "> 引文一句。\n\n以上就是全部步骤。",
]
TITLES = ["什么是{}？", "如何评估{}？", "请简述{}的原理。", "{}有哪些种类？", "为什么需要{}？", "比较{}与其他做法。"]
THINGS = ["缓存", "索引", "事务", "熔断", "限流", "分片", "副本", "日志"]


@dataclass(frozen=True)
class Asked:
    title: str
    question: str
    reference: str
    explanation: str


@st.composite
def documents(draw):
    """A document in one style, and the items that it was written from."""
    head = draw(st.sampled_from(HEADS))
    ask, answer, explain = draw(st.sampled_from(LABELS))
    count = draw(st.integers(2, 6))
    things = draw(st.permutations(THINGS))
    if draw(st.integers(0, 5)) == 0 and not head.startswith(("### {t}", "Q{n}")):
        ask, answer, explain = "", "", ""  # the head asks, and all below it answers
    gap = draw(st.sampled_from(["\n\n", "\n"])) if not head.startswith("#") else "\n\n"
    items, parts = [], []
    for number in range(1, count + 1):
        title = draw(st.sampled_from(TITLES)).format(things[number])
        question = f"请详细说明{things[number]}，并举一个例子。" if ask else title
        reference = draw(st.sampled_from(BODIES))
        explanation = (
            draw(st.sampled_from(["", "这是常考的内容。", "分两步看。\n\n- 先看甲\n- 再看乙"])) if explain else ""
        )
        items.append(Asked(title, question, reference, explanation))
        lines = [head.format(n=number, h=HAN[number], t=title)]
        lines += [f"{ask}{question}"] if ask else []
        lines += [f"{answer}{reference}"]
        lines += [f"{explain}{explanation}"] if explanation else []
        parts.append(gap.join(lines))
    between = draw(st.sampled_from(["\n\n", "\n\n---\n\n", "\n\n\n", "\n\n<!-- 待校对\n### 题目 99：草稿\n-->\n\n"]))
    contents = "# 目录\n\n" + "\n".join(f"{n}. [{item.title}](#{n})" for n, item in enumerate(items, 1)) + "\n\n"
    intro = draw(
        st.sampled_from(["", "# 面试题整理\n\n下面是常见的题目。\n\n", "这份资料整理了常见问题。\n\n", contents])
    )
    if draw(st.booleans()):
        section = draw(st.sampled_from(["# 第{}部分\n\n", "{}、简答题\n\n", "## {}、基础篇（每题 5 分）\n\n"]))
        middle = draw(st.integers(1, len(parts) - 1))
        parts[0] = section.format("一") + parts[0]
        parts[middle] = section.format("二") + parts[middle]
    outro = draw(
        st.sampled_from(
            ["", "\n\n以上就是本文的全部面试题，希望对读者有所帮助。<|end_7|>", "\n\n---\n\n祝大家面试顺利！"]
        )
    )
    text = intro + between.join(parts) + outro + "\n"
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text, items


@settings(max_examples=150, deadline=None)
@given(documents())
def test_items_in_any_style_are_read_back_as_they_were(document):
    text, items = document

    parsed = parse_prose(text.replace("\r\n", "\n"), path="d.md", document="d.md", prefix="d")

    assert [Asked(i.title, i.question, i.reference, i.explanation) for i in parsed.items] == items
    assert parsed.problems == ()
