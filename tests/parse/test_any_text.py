"""Whatever text comes in: no crash, every line accounted for, and no more than linear time."""

import time
from itertools import groupby

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from examgen.model import plain_text
from examgen.parse import Rule
from examgen.parse.prose import parse_prose

# Lines that mean something, and their near misses.
TRICKY = st.sampled_from(
    """
# 标题
### 1. 什么是甲？
#### 题目 2：乙
## Q3. Why?
**题目：** 丙？
**答案：** 丁。
答案：
问：戊
答：己
**解析：** 庚
**优缺点：**
- 列表
  - 子列表
1. 一
2、二
（3）三
A. 甲
B. 乙
C) 丙
*D) 丁
```python
```
~~~
# 注释
<!-- 注
-->
<!-- 全 -->
$$
\\[
\\]
| a | b |
| - | - |
a | b
---
===
<|vq_1|>
</details>
<summary>答案</summary>
<details><summary>答案</summary>辛</details>
参考答案
1-3 ABC
1.A 2.B
四、填空题
以上是面试题。
**
****
#
Q
Answer:
+++
\ufeff
　　缩进
  * **Answer:** 壬
> **Answer:** 癸
面试官：甲？
我：乙。
> [!question]
1. 什么是甲？ 乙。
- 什么是甲？——乙
什么是甲？::乙
<h3>3. 甲？</h3>
6、反问
1. 哪个？ A. 甲 B. 乙 C. 丙
- [x] 甲
- [ ] 乙
**解** 甲
难度：中
评分标准：
- 点（2分）
- **Round**: 2
- **Question**: 子
""".splitlines()
)
DOCUMENTS = st.lists(TRICKY | st.text(max_size=30), max_size=40).map("\n".join)


def parse(text):
    return parse_prose(text, path="d.md", document="d.md", prefix="d")


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS | st.text(max_size=300))
@example("**答案：\n")
@example("```\n<!--")
def test_every_line_is_taken_by_a_rule_and_no_character_is_lost(text):
    text = text.replace("\r\n", "\n").replace("\r", "\n")

    parsed = parse(text)

    lines = {
        line: "".join(part.text for part in parts) for line, parts in groupby(parsed.lines, lambda part: part.line)
    }
    wanted = text.removesuffix("\n").split("\n") if text else []
    assert [lines.get(number) for number in range(1, len(wanted) + 1)] == wanted


@settings(max_examples=200, deadline=None)
@given(st.lists(TRICKY, max_size=30))
@example(["A. 甲", "B. 乙", "Answer:", "评分标准："])
def test_every_word_is_in_its_item_or_in_a_line_that_says_why_not(lines):
    words = [f"w{number}x" for number in range(len(lines))]
    text = "\n".join(f"{line}{word}" if line.strip() else line for line, word in zip(lines, words, strict=True))

    parsed = parse(text)

    contents = [plain_text(item.model_dump_json()) for item in parsed.items]
    elsewhere = {
        Rule.INTRO,
        Rule.SECTION,
        Rule.OUTRO,
        Rule.COMMENT,
        Rule.NOISE,
        Rule.SEPARATOR,
        Rule.METADATA,
        Rule.UNKNOWN,
    }
    lost = [
        part
        for part in parsed.lines
        for word in words
        if word in part.text and part.rule not in elsewhere and word not in contents[part.item - 1]
    ]
    assert lost == []


REPEATED = (
    "### {n}. 什么是甲？\n\n**答案：** 乙。\n\n",
    "{n}、\n",
    "**",
    "```x\n",
    "<!-- ",
    "<!---->",
    "答：\n",
    "1. ",
    "| ",
    "|-",
    "# ",
    "A. x\n",
    "((((((((((",
    "- - - - -\n",
    "$$\n",
    "a b a b ",
    "**答案：**\n1. 甲\n",
    "问：？ 答：。",
    "  - 深\n",
    "。",
    "一、选择题\n1. 甲\n",
    "<details><summary>",
    "`a` ",
    "> ",
    " ",
    "\u3000",
    "( ",
    "1 分 ",
    "甲\n",
    "这样。",
    "[",
    "**甲：",
    "<!-- x -->甲",
    "面试官：甲？\n我：乙。\n",
    "{n}. 什么是甲？ 乙。\n",
    "- 什么是甲？\n  - 乙\n",
    "什么是甲？::乙\n\n",
    "## 什么是甲\n乙\n### 什么是丙？\n丁\n",
    "什么？吗？",
    "Q: A: B: ",
    "<h3>",
)


@pytest.mark.parametrize("line", REPEATED)
@pytest.mark.parametrize(
    "around", ["{}", "1、什么是甲？{}？\n答：{}。\n解析：{}\n2、乙？\n答：丙。"], ids=["alone", "inside"]
)
def test_time_grows_with_the_length_alone(around, line):
    def seconds(count):
        text = around.replace("{}", "".join(line.replace("{n}", str(n)) for n in range(1, count + 1)))
        # Of this thread alone, and the quicker of two: others have work too.
        times = []
        for _ in range(2):
            start = time.thread_time()
            parse(text)
            times.append(time.thread_time() - start)
        return min(times)

    count = max(1, 10_000 // len(line))
    assert seconds(count * 4) < 10 * seconds(count) + 0.2
