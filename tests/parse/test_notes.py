"""Notes as people keep them, in which no label tells questions from answers."""

from textwrap import dedent

import pytest

from examgen.parse.prose import parse_prose


def read(text):
    return parse_prose(dedent(text).lstrip("\n"), path="d.md", document="d.md", prefix="d")


def asked(text):
    """Title, or question where there is none, and answer of every item."""
    return [(item.title or item.question, item.reference) for item in read(text).items]


def test_among_headings_that_ask_one_that_only_names_its_subject_asks_too():
    text = """
        # 存储面试题

        ## 目录

        - [对象存储的底层结构](#1)

        ## 块存储

        ### 块存储的底层结构

        由卷和快照组成。

        #### 优点

        - 延迟低

        ### 什么是快照？

        某一刻的副本。

        ### 块存储和文件存储的区别

        接口不同。

        ## 参考

        - https://example.com
    """

    assert asked(text) == [
        ("块存储的底层结构", "由卷和快照组成。\n\n#### 优点\n\n- 延迟低"),
        ("什么是快照？", "某一刻的副本。"),
        ("块存储和文件存储的区别", "接口不同。"),
    ]


def test_numbered_headings_that_name_what_is_asked_for_are_questions():
    text = """
        # 计算机组成面试题

        ### 一、总线

        #### 1. 总线仲裁的过程

        1. 请求
        2. 授权

        #### 2. 三态门的作用

        隔离总线。

        ### 二、缓存

        #### 1. 写回策略的实现

        替换时才写。

        #### 2. 多级缓存

        逐级变大变慢。
    """

    assert asked(text) == [
        ("总线仲裁的过程", "1. 请求\n2. 授权"),
        ("三态门的作用", "隔离总线。"),
        ("写回策略的实现", "替换时才写。"),
        ("多级缓存", "逐级变大变慢。"),
    ]


def test_an_article_whose_headings_do_not_ask_holds_no_question():
    text = """
        # 计算机网络的请求

        ## 解释器

        逐行执行。

        ## 请求头

        键和值。

        ## 需求

        先写下来。
    """

    assert asked(text) == []


@pytest.mark.parametrize("name", ["基础篇", "目录", "前言"])
def test_a_heading_beside_those_that_ask_is_no_question_where_it_names_a_part_or_stands_empty(name):
    text = f"""
        ## {name}

        ## 什么是路由？

        选择去向。

        ## 什么是网关？

        转换协议。
    """

    assert asked(text) == [("什么是路由？", "选择去向。"), ("什么是网关？", "转换协议。")]


def test_what_a_page_shows_of_a_folded_answer_is_the_question():
    text = """
        # Build tools

        <details>
        <summary>What is a bundler?</summary>

        It joins modules.

        ## not the next question

        - one file

        </details>

        <details><summary><b>Difference between hot and live reload</b></summary><p>

        Hot reload keeps the state.

        </p></details>
    """

    assert asked(text) == [
        ("What is a bundler?", "It joins modules.\n\n## not the next question\n\n- one file"),
        ("Difference between hot and live reload", "Hot reload keeps the state."),
    ]


@pytest.mark.parametrize("shown", ["点击展开", "Click to see", "查看"])
def test_a_fold_without_a_name_hides_the_answer(shown):
    text = f"""
        ## 1. 这段程序输出什么？

        ```js
        console.log(0.1 + 0.2)
        ```

        <details><summary>{shown}</summary>

        不是 0.3。

        </details>

        ## 2. 什么是提升？

        <details><summary>{shown}</summary>

        声明先于执行。

        </details>
    """

    items = read(text).items

    assert [item.reference for item in items] == ["不是 0.3。", "声明先于执行。"]
    assert items[0].question == "这段程序输出什么？\n\n```js\nconsole.log(0.1 + 0.2)\n```"


def test_anchors_and_links_to_the_top_belong_to_no_answer():
    text = """
        1. ### What is a queue?

            First in, first out.

            **[⬆ Back to Top](#contents)**

        2. ### What is a stack?

            Last in, first out.

            <div align="right"><b><a href="#">↥ back to top</a></b></div>

        <a name="heap"></a>
        3. ### What is a heap?

            A tree whose parents are greater.

            [返回目录](#目录)
    """

    assert asked(text) == [
        ("What is a queue?", "First in, first out."),
        ("What is a stack?", "Last in, first out."),
        ("What is a heap?", "A tree whose parents are greater."),
    ]


def test_entries_that_ask_are_questions_and_what_stands_below_them_further_in_answers():
    text = """
        # 编译原理

        - 什么是词法分析？
          - 把字符切成记号
          - 由自动机完成
        - 语法树的作用
          - 表示结构

        - [ ] 为什么要做常量折叠？

            减少运行时的计算。

            - 在编译时算好
    """

    assert asked(text) == [
        ("什么是词法分析？", "- 把字符切成记号\n- 由自动机完成"),
        ("语法树的作用", "- 表示结构"),
        ("为什么要做常量折叠？", "减少运行时的计算。\n\n- 在编译时算好"),
    ]


def test_a_list_of_nothing_but_questions_gives_one_item_each_and_says_that_answers_are_missing():
    parsed = read("# 二面\n\n- [ ] 什么是词法分析？\n- [ ] 什么是语法分析？\n- [ ] 什么是闭包？\n")

    assert [(item.title, item.complete) for item in parsed.items] == [
        ("什么是词法分析？", False),
        ("什么是语法分析？", False),
        ("什么是闭包？", False),
    ]
    assert [problem.line for problem in parsed.problems] == [3, 4, 5]


def test_a_list_that_does_not_ask_gives_no_item():
    assert asked("# 购物\n\n- 牛奶\n  - 两盒\n- 面包\n- 还要什么？\n") == []


def test_questions_without_an_answer_that_stand_close_are_no_list():
    text = """
        ## 一面

        1. 自我介绍
        2. 链接器是做什么的？
            - 合并目标文件
            - 解析符号
        3. 什么是重定位？
            - 修正地址

        ## 二面

        1. 什么是静态库？
            - 目标文件的归档
        2. 如何查看符号表？
            - 用 nm
    """

    assert asked(text) == [
        ("自我介绍", ""),
        ("链接器是做什么的？", "- 合并目标文件\n- 解析符号"),
        ("什么是重定位？", "- 修正地址"),
        ("什么是静态库？", "- 目标文件的归档"),
        ("如何查看符号表？", "- 用 nm"),
    ]


def test_a_callout_that_asks_holds_its_answer():
    text = """
        > [!question] 什么是闭包转换？
        > 把自由变量变成参数。
        > - 用于编译高阶函数

        > [!question]- 什么是尾调用？
        > 最后一步是调用。
    """

    assert asked(text) == [
        ("什么是闭包转换？", "把自由变量变成参数。\n- 用于编译高阶函数"),
        ("什么是尾调用？", "最后一步是调用。"),
    ]


def test_a_heading_of_the_same_level_that_names_only_an_aspect_goes_on_with_the_answer_above():
    text = """
        # 笔记

        ## 并发

        ### 原理

        共享内存。

        ### 什么是自旋锁？

        忙等的锁。

        ### 优点

        不切换上下文。

        ### 什么是读写锁？

        读共享，写独占。

        ### 为什么要屏障？

        等齐再走。
    """

    assert asked(text) == [
        ("原理", "共享内存。"),
        ("什么是自旋锁？", "忙等的锁。\n\n### 优点\n\n不切换上下文。"),
        ("什么是读写锁？", "读共享，写独占。"),
        ("为什么要屏障？", "等齐再走。"),
    ]


def test_a_fold_named_example_inside_a_folded_question_is_part_of_its_answer():
    text = """
        <details><summary>What is a tuple?</summary>

        A fixed row of values.

        <details><summary>Example</summary>

        (1, 2)

        </details>
        </details>

        <details><summary>What is a set?</summary>

        Values without order.

        </details>
    """

    assert asked(text) == [
        ("What is a tuple?", "A fixed row of values.\n\nExample\n\n(1, 2)"),
        ("What is a set?", "Values without order."),
    ]


def test_a_fold_without_a_name_goes_on_with_an_answer_that_stands_in_front_of_it():
    text = """
        ## 什么是插入排序？

        逐个插入已排好的部分。

        <details><summary>点击展开</summary>

        最坏为平方。

        </details>

        ## 什么是计数排序？

        先数再放。

        <details><summary>点击展开</summary>

        线性。

        </details>
    """

    assert asked(text) == [
        ("什么是插入排序？", "逐个插入已排好的部分。\n\n点击展开\n\n最坏为平方。"),
        ("什么是计数排序？", "先数再放。\n\n点击展开\n\n线性。"),
    ]


def test_a_sharp_inside_a_numbered_question_is_no_heading_mark():
    assert asked("1. ## How do C# and F# differ?\n   In style.\n2. What is J# for?\n   For Java.\n") == [
        ("How do C# and F# differ?", "In style."),
        ("What is J# for?", "For Java."),
    ]


def test_a_numbered_list_of_questions_behind_a_colon_belongs_to_the_answer():
    text = """
        1. 什么是游标？
        逐行取结果的指针。
        2. 什么是视图？
        存起来的查询。
        追问：
        1. 视图能更新吗？
        2. 物化视图是什么？

        3. 什么是触发器？
        事件引起的程序。它问：
        1. 何时触发？
        2. 触发几次？
        4. 什么是存储过程？
        存在库里的程序。
    """

    assert asked(text) == [
        ("什么是游标？", "逐行取结果的指针。"),
        ("什么是视图？", "存起来的查询。\n追问：\n1. 视图能更新吗？\n2. 物化视图是什么？"),
        ("什么是触发器？", "事件引起的程序。它问：\n1. 何时触发？\n2. 触发几次？"),
        ("什么是存储过程？", "存在库里的程序。"),
    ]


def test_lists_of_questions_below_answered_paragraphs_belong_to_the_answers():
    text = """
        什么是路由？

        选路的过程，它要回答：
        - 走哪条路？
        - 何时更新？

        什么是交换？

        在二层转发。

        - 如何学习地址？
          - 看源地址
    """

    assert asked(text) == [
        ("什么是路由？", "选路的过程，它要回答：\n- 走哪条路？\n- 何时更新？"),
        ("什么是交换？", "在二层转发。\n\n- 如何学习地址？\n  - 看源地址"),
    ]


def test_another_callout_below_one_that_asks_goes_on_with_its_answer():
    text = """
        > [!question] 什么是单态化？
        > 为每个类型生成一份代码。

        > [!warning] 注意
        > 代码会变大。

        > [!question] 什么是擦除？
        > 运行时不留类型。
    """

    assert asked(text) == [
        ("什么是单态化？", "为每个类型生成一份代码。\n\n[!warning] 注意\n代码会变大。"),
        ("什么是擦除？", "运行时不留类型。"),
    ]


def test_many_folds_without_a_name_below_one_answer_all_belong_to_it():
    fold = "<details><summary>点击展开</summary>\n线性。\n</details>\n"
    text = f"## 什么是基数排序？\n逐位排。\n{fold * 3}\n## 什么是桶排序？\n分桶。\n"

    assert asked(text) == [
        ("什么是基数排序？", "逐位排。\n" + "\n".join(["点击展开\n线性。"] * 3)),
        ("什么是桶排序？", "分桶。"),
    ]


def test_a_heading_above_the_level_of_the_questions_is_one_too_where_it_asks_and_has_text_of_its_own():
    text = """
        # 编译器是什么？

        下面是笔记。

        ## 后端

        ### 溢出的作用
        腾出寄存器。
        ### 什么是图着色？
        相邻的不同色。

        ## 什么是寄存器分配
        把变量放进寄存器。
        ### 什么是线性扫描？
        按活跃区间分配。
    """

    assert asked(text) == [
        ("溢出的作用", "腾出寄存器。"),
        ("什么是图着色？", "相邻的不同色。"),
        ("什么是寄存器分配", "把变量放进寄存器。"),
        ("什么是线性扫描？", "按活跃区间分配。"),
    ]


def test_a_heading_with_questions_right_below_it_names_a_part_and_is_none():
    text = """
        ## 内存

        ### 什么是页表？
        虚拟页到物理页的映射。

        ### 什么是缺页？
        页不在内存。

        ## 什么是交换区
        磁盘上的备用空间。

        ## 什么是写时复制
        写的时候才复制。
    """

    assert asked(text) == [
        ("什么是页表？", "虚拟页到物理页的映射。"),
        ("什么是缺页？", "页不在内存。"),
        ("什么是交换区", "磁盘上的备用空间。"),
        ("什么是写时复制", "写的时候才复制。"),
    ]


def test_the_title_of_an_article_is_no_question_that_swallows_its_headings():
    assert asked("# Why Zig\n\n## Allocators\n\nPassed in.\n\n## Comptime\n\nRuns early.\n") == []
    assert asked("# 为什么要分层\n\n## 定义\n\n各管一层。\n\n## 优点\n\n易换。\n") == [
        ("为什么要分层", "## 定义\n\n各管一层。\n\n## 优点\n\n易换。")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1、什么是甲？\n答：一、二。\n\n2、什么是乙？\n答：包括：\n（1）一\n（2）二\n\n3、反问\n",
        "1、什么是甲？\n答：1、一\n2、二\n2、什么是乙？\n答：丙\n3、反问\n",
        "## 什么是甲？\n\n一。\n\n## 什么是乙？\n\n二。\n\n## 反问\n",
        "### 什么是甲？\n\n**答：** 一。\n\n### 什么是乙？\n\n**答：** 二。\n\n### 反问\n",
        "1、什么是甲？\n\n一。\n\n2、什么是乙？\n\n二。\n\n3、反问\n",
    ],
    ids=["behind a list", "list on the label's line", "headings", "labelled headings", "no labels"],
)
def test_a_last_question_without_an_answer_is_an_item_and_reported(text):
    parsed = read(text)

    last_line = text.count("\n")
    assert [(item.title, item.complete) for item in parsed.items] == [
        ("什么是甲？", True),
        ("什么是乙？", True),
        ("反问", False),
    ]
    assert [problem.line for problem in parsed.problems] == [last_line]


def test_a_question_behind_a_list_that_counts_up_to_it_is_an_item():
    text = """
        1、什么是甲？
        答：一。

        2、怎么做乙？
        答：分三步：

        1、准备
        2、执行

        3、丙关注哪些指标？

        4、反问
    """

    assert asked(text) == [
        ("什么是甲？", "一。"),
        ("怎么做乙？", "分三步：\n\n1、准备\n2、执行"),
        ("丙关注哪些指标？", ""),
        ("反问", ""),
    ]


def test_a_line_inside_an_answer_that_looks_like_the_next_question_is_reported():
    parsed = read("1、什么是甲？\n答：一。\n\n2、什么是乙？\n答：二。\n1、小甲\n2、小乙\n3、还有呢？\n")

    assert [item.title for item in parsed.items] == ["什么是甲？", "什么是乙？"]
    assert [(problem.line, problem.found) for problem in parsed.problems] == [
        (8, "the line looks like question 3, and was read as a part of question 2")
    ]


def test_bold_or_bracketed_words_of_exam_papers_label_answers_and_rubrics():
    text = """
        例1 求函数 f(x)=x²-2x 的最小值。

        **解** 配方得最小值 -1。

        例2 求证：两数之和为偶数。

        【证明】两奇数之和为偶数。

        *Grading rubric:*

        - 写出奇数的形式（2分）
        - 得出结论（3分）

        例3 证明：根号二是无理数。

        证：用反证法。
    """

    items = read(text).items

    assert [(item.title, item.reference) for item in items] == [
        ("求函数 f(x)=x²-2x 的最小值。", "配方得最小值 -1。"),
        ("求证：两数之和为偶数。", "两奇数之和为偶数。"),
        ("证明：根号二是无理数。", "用反证法。"),
    ]
    assert [(point.text, point.weight) for point in items[1].points] == [("写出奇数的形式", 2.0), ("得出结论", 3.0)]


def test_the_first_paragraph_below_a_heading_without_words_asks():
    text = "## 题目一\n\n写出快排的复杂度。\n\nO(n log n)\n\n## 题目二\n\n写出堆排的复杂度。\n\nO(n log n)，原地。\n"

    assert asked(text) == [("写出快排的复杂度。", "O(n log n)"), ("写出堆排的复杂度。", "O(n log n)，原地。")]


def test_a_callout_may_ask_on_the_line_below_its_mark():
    text = """
        > [!question]
        > 什么是单态化？
        >
        > 为每个类型生成一份代码。

        > [!faq]- 什么是擦除？
        > 运行时不留类型。
    """

    assert asked(text) == [("什么是单态化？", "为每个类型生成一份代码。"), ("什么是擦除？", "运行时不留类型。")]


def test_boxes_below_a_question_for_the_way_are_its_steps_and_below_one_that_lets_choose_its_options():
    steps = "## 如何排查泄漏？\n\n- [x] 看监控\n- [ ] 导出堆\n\n## 怎么发布？\n\n- [x] 打包\n- [x] 灰度\n- [ ] 全量\n"
    quiz = "## 哪个是键值库？\n\n- [x] 甲\n- [ ] 乙\n\n## 如何注释一行？\n\n- [ ] 丙\n- [x] 丁\n"

    assert [(item.kind, item.reference) for item in read(steps).items] == [
        ("short_answer", "- [x] 看监控\n- [ ] 导出堆"),
        ("short_answer", "- [x] 打包\n- [x] 灰度\n- [ ] 全量"),
    ]
    assert [item.kind for item in read(quiz).items] == ["single_choice", "single_choice"]


def test_some_headings_of_an_article_that_name_a_subject_make_no_questions():
    text = """
        # 索引的意义

        查询要快。

        ## 背景

        表变大了。

        ## B+ 树的原理

        多路平衡。

        ## 页分裂的过程

        一页分成两页。
    """

    assert asked(text) == []


def test_headings_that_all_name_what_is_asked_for_are_questions_and_the_guess_is_reported():
    text = "# {}\n\n## B+ 树的原理\n\n多路平衡。\n\n## 页分裂的过程\n\n一页分成两页。\n"
    items = [("B+ 树的原理", "多路平衡。"), ("页分裂的过程", "一页分成两页。")]

    assert (asked(text.format("索引")), asked(text.format("索引面试题"))) == (items, items)
    assert read(text.format("索引面试题")).problems == ()
    assert [(problem.line, problem.found) for problem in read(text.format("索引")).problems] == [
        (3, "no line asks a question, so the headings that name a subject were read as questions")
    ]


def test_entries_that_ask_deep_in_an_outline_are_questions_and_the_entries_above_them_parts():
    text = """
        - 网络
          - TCP
            - 为什么要三次握手？
              - 防止历史连接
            - 为什么要四次挥手？
              - 半关闭
          - HTTP
            - GET - POST 的区别？
              - 语义不同
    """

    assert asked(text) == [
        ("为什么要三次握手？", "- 防止历史连接"),
        ("为什么要四次挥手？", "- 半关闭"),
        ("GET - POST 的区别？", "- 语义不同"),
    ]


def test_headings_in_html_are_headings():
    text = (
        "<h3>1. What is a trie?</h3>\n<p>A prefix tree.</p>\n\n<h3>2. What is a heap?</h3>\n<p>An ordered tree.</p>\n"
    )

    assert asked(text) == [
        ("What is a trie?", "<p>A prefix tree.</p>"),
        ("What is a heap?", "<p>An ordered tree.</p>"),
    ]


def test_a_paragraph_below_a_list_of_nothing_but_questions_answers_none_of_them():
    parsed = read("# 一面\n\n1. 自我介绍\n2. 缓存怎么做的\n3. 为什么离职\n4. 反问\n\n总体感觉不错。\n")

    assert [(item.title, item.reference) for item in parsed.items] == [
        ("自我介绍", ""),
        ("缓存怎么做的", ""),
        ("为什么离职", ""),
        ("反问", ""),
    ]
    assert [problem.line for problem in parsed.problems] == [3, 4, 5, 6]


def test_numbered_lines_that_name_subjects_and_have_a_paragraph_each_are_questions():
    text = "1. 指令和插槽的区别\n\n用途不同。\n\n2. 计算属性\n\n有缓存。\n\n3. keep-alive 原理\n\n缓存实例。\n"

    assert asked(text) == [
        ("指令和插槽的区别", "用途不同。"),
        ("计算属性", "有缓存。"),
        ("keep-alive 原理", "缓存实例。"),
    ]


def test_the_name_of_a_kind_of_question_alone_heads_a_part_of_a_key():
    text = """
        一、名词解释（每题 3 分）
        1. 进程
        2. 死锁

        二、简答题
        1. 简述缺页的处理。
        2. 什么是抖动？

        参考答案
        一、名词解释
        1. 一次执行。
        2. 互相等待。
        二、简答题
        1. 调入该页。
        2. 频繁换页。
    """

    assert asked(text) == [
        ("进程", "一次执行。"),
        ("死锁", "互相等待。"),
        ("简述缺页的处理。", "调入该页。"),
        ("什么是抖动？", "频繁换页。"),
    ]


def test_rounds_of_an_interview_are_parts_and_no_answers():
    text = "一面\n1.什么是页表？ 地址的映射\n2.手撕快排\n二面\n1.讲讲项目难点\n2.什么是快表？ 页表的缓存\n"

    assert asked(text) == [
        ("什么是页表？", "地址的映射"),
        ("手撕快排", ""),
        ("讲讲项目难点", ""),
        ("什么是快表？", "页表的缓存"),
    ]


def test_a_sentence_above_the_tasks_of_a_question_belongs_to_it_and_marks_may_stand_in_front():
    text = """
        1. (5 points) Define normalization.
        Solution: Removing redundancy.

        2. (10 points) Consider the relation R(A,B).
        (a) List all keys.
        (b) Is R in BCNF?
        Solution: (a) A. (b) Yes.
    """

    assert [(item.question, item.max_score) for item in read(text).items] == [
        ("Define normalization.", 5.0),
        ("Consider the relation R(A,B).\n\n(a) List all keys.\n(b) Is R in BCNF?", 10.0),
    ]


def test_a_comma_may_stand_behind_the_number_of_a_question():
    text = "- 1,说说你的经历\n两段。\n\n- 2，为什么离职\n成长慢。\n\n- 3,期待薪资是多少\n1,000 起。\n"

    assert asked(text) == [("说说你的经历", "两段。"), ("为什么离职", "成长慢。"), ("期待薪资是多少", "1,000 起。")]


def test_a_heading_like_those_above_the_first_question_begins_another_part():
    text = """
        ## 一、传输

        帧在链路层。

        **1.帧和段的区别？**

        - 层次不同。

        **2.为什么分层？**

        - 独立演进。

        ## 二、加密

        密文难读。

        **1.证书是什么？**

        - 公钥和签名。
    """

    assert asked(text) == [
        ("帧和段的区别？", "- 层次不同。"),
        ("为什么分层？", "- 独立演进。"),
        ("证书是什么？", "- 公钥和签名。"),
    ]


def test_a_heading_that_says_questions_labels_none_of_the_list_below_it():
    parsed = read("# 前端\n\n## 问题\n\n- 介绍一下项目\n- 为什么离职\n- 最近面了哪些公司\n\n## 参考\n\n- 某书\n")

    assert [item.title for item in parsed.items] == ["介绍一下项目", "为什么离职", "最近面了哪些公司"]
    assert [problem.line for problem in parsed.problems] == [5, 6, 7]


def test_first_lines_of_paragraphs_that_ask_without_a_question_mark_are_questions():
    assert asked("什么是路由\n选路的过程。\n\n如何限流\n令牌桶。\n\n也可用漏桶。\n\n为什么分层\n独立演进。\n") == [
        ("什么是路由", "选路的过程。"),
        ("如何限流", "令牌桶。\n\n也可用漏桶。"),
        ("为什么分层", "独立演进。"),
    ]


def test_what_sums_up_an_interview_below_its_last_question_answers_none():
    text = "1、自我介绍\n2、什么是页表？\n   地址的映射\n3、反问\n\n{}\n"

    last = [read(text.format(line)).items[-1] for line in ("总结：基础要扎实", "面试感受：挺好", "问了团队分工")]

    assert [(item.title, item.reference) for item in last] == [("反问", ""), ("反问", ""), ("反问", "问了团队分工")]


def test_where_nothing_labels_an_answer_a_remark_behind_it_is_part_of_it():
    assert asked("1. 说说事件循环\n\n分宏任务和微任务\n\n说明：微任务先清空\n\n2. 说说跨域\n\n源不同\n") == [
        ("说说事件循环", "分宏任务和微任务\n\n说明：微任务先清空"),
        ("说说跨域", "源不同"),
    ]


def test_a_table_of_contents_asks_nothing_itself():
    body = "包括：\n\n1. 先做什么？先做甲。\n2. 再做什么？再做乙。\n3. 最后收尾。"
    contents = "# 目录\n\n1. [什么是索引？](#1)\n2. [什么是事务？](#2)\n"
    text = f"{contents}\n（1）什么是索引？\n\n{body}\n\n（2）什么是事务？\n\n{body}\n\n以上就是全部面试题。\n"

    assert [(item.title, item.reference) for item in read(text).items] == [
        ("什么是索引？", body),
        ("什么是事务？", body),
    ]


def test_the_case_that_is_asked_about_belongs_to_the_question():
    text = """
        案例分析题

        案例一
        患者咳嗽三天，发热。
        问题：
        1. 最可能的诊断是什么？
        2. 应做哪些检查？
        答案：上呼吸道感染；血常规。

        案例二
        患者腹痛。
        问题：首先考虑什么病？
        答案：急性阑尾炎。
    """

    assert [(item.question, item.reference) for item in read(text).items] == [
        ("案例一\n患者咳嗽三天，发热。\n\n1. 最可能的诊断是什么？\n2. 应做哪些检查？", "上呼吸道感染；血常规。"),
        ("案例二\n患者腹痛。\n首先考虑什么病？", "急性阑尾炎。"),
    ]


def test_a_case_below_an_answer_is_an_example_in_it_where_none_stands_above_the_first_question():
    example = "问题：什么是{}？\n答案：{}。\n案例：某校。\n\n"
    text = example.format("甲", "一") + example.format("乙", "二") + "问题：什么是丙？\n答案：三。\n"

    assert [item.reference for item in read(text).items] == ["一。\n案例：某校。", "二。\n案例：某校。", "三。"]
