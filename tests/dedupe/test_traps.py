"""The traps of telling duplicates apart, each with texts of its own and the real model."""

import pytest

from examgen.dedupe import find_duplicates
from examgen.model import Item, Option, RubricPoint

pytestmark = pytest.mark.model


def item(name, title, question, *points, **more):
    return Item(
        id=name,
        title=title,
        question=question,
        reference="\n".join(f"- {point}" for point in points),
        points=tuple(RubricPoint(id=f"p{n}", text=point) for n, point in enumerate(points, 1)),
        max_score=len(points),
        **more,
    )


SIZES = tuple(
    Option(id=name, text=text, correct=name == "B")
    for name, text in (("A", "7 GB"), ("B", "14 GB"), ("C", "28 GB"), ("D", "56 GB"))
)

# Neighbours in a bank, so that words have weights.
OTHERS = (
    item("o1", "哈希表", "请说明哈希表如何处理冲突。", "链地址法：冲突的键放进链表", "开放寻址：向后找空位"),
    item("o2", "虚拟内存", "什么是虚拟内存？", "给每个进程独立的地址空间", "缺页时从磁盘调入"),
    item("o3", "三次握手", "TCP 为什么需要三次握手？", "双方确认收发能力", "同步初始序号"),
    item("o4", "事务隔离级别", "请列举数据库的事务隔离级别。", "读未提交", "读已提交", "可重复读", "串行化"),
)


def groups(encoder, *items):
    found = find_duplicates([*items, *OTHERS], encoder)
    names = {one.id for one in items}
    return [set(group.members) & names for group in found.groups if len(set(group.members) & names) > 1], found


def verdict(encoder, left, right):
    merged, found = groups(encoder, left, right)
    if merged:
        return "same"
    pairs = [pair.verdict for pair in found.pairs if {pair.left, pair.right} == {left.id, right.id}]
    return pairs[0] if pairs else "different"


DRUGS = ("按时服药并监测", "清淡饮食，少盐", "规律运动", "定期复查，听医生的安排")
APART = {
    "opposites that each question names both of": (
        item(
            "a",
            "乐观锁：适用与代价",
            "乐观锁假设冲突很少，悲观锁假设冲突很多。请说明乐观锁怎样检查冲突、适合什么负载、有什么代价。",
            "提交时比较版本号，不一致就重试",
            "适合读多写少的负载",
            "冲突多时反复重试，吞吐下降",
        ),
        item(
            "b",
            "悲观锁的用法与代价",
            "与乐观锁相反，悲观锁先占住再修改。请说明悲观锁怎样避免冲突、适合什么负载、有什么代价。",
            "修改之前先加锁，别人等待",
            "适合写多的负载",
            "冲突少时白白等待，吞吐下降",
        ),
    ),
    "options that are alike under different questions": (
        item(
            "a",
            "检查点大小",
            "一个有 70 亿参数的模型以半精度保存，检查点约有多大？",
            kind="single_choice",
            options=SIZES,
        ),
        item(
            "b",
            "每小时日志",
            "服务每秒写 4 MB 日志，一小时约写多少？",
            kind="single_choice",
            options=SIZES,
        ),
    ),
    "opposites with one answer": (
        item("a", "高血压的护理", "请说明高血压患者的日常护理。", *DRUGS),
        item("b", "低血压的护理", "请说明低血压患者的日常护理。", *DRUGS),
    ),
    "siblings with one answer": (
        item(
            "a",
            "内存泄漏",
            "如何排查服务中的内存泄漏问题？",
            "看监控曲线",
            "导出现场快照",
            "比对两次快照",
            "定位代码并修复",
        ),
        item(
            "b",
            "内存溢出",
            "如何排查服务中的内存溢出问题？",
            "看监控曲线",
            "导出现场快照",
            "比对两次快照",
            "定位代码并修复",
        ),
    ),
    "one stem, other answers": (
        item("a", "索引有哪些？", "常用的索引有哪些？", "聚簇索引", "唯一索引", "联合索引"),
        item("b", "索引有哪些？", "常用的索引有哪些？", "上证综合指数反映沪市走势", "沪深 300 由大盘股组成"),
    ),
    "word order": (
        item("a", "数据库设计", "请介绍数据库设计的步骤。", "需求分析", "概念结构设计", "逻辑结构与物理结构"),
        item("b", "设计数据库", "请介绍设计类数据库（素材库）的选型。", "看素材的种类与版权", "看检索与标签功能"),
    ),
    "a second subject": (
        item("a", "乐观锁", "什么是乐观锁？", "提交时检查版本", "冲突时重试"),
        item(
            "b", "乐观锁与线程池", "什么是乐观锁？线程池有什么作用？", "提交时检查版本", "线程池复用线程", "限制并发数"
        ),
    ),
    "a special case": (
        item("a", "图像分割技术", "请介绍图像分割技术及其优缺点。", "阈值法", "区域生长", "深度学习方法"),
        item("b", "医学图像分割技术", "请介绍医学图像分割技术及其优缺点。", "标注昂贵", "用 U 形网络", "三维体数据"),
    ),
    "general and special": (
        item(
            "a",
            "缓存淘汰策略",
            "常用的缓存淘汰策略有哪些？",
            "先进先出",
            "淘汰最久未用的数据",
            "淘汰用得最少的数据",
            "随机淘汰",
        ),
        item(
            "b",
            "LFU",
            "请说明 LFU 缓存淘汰策略的原理和实现。",
            "淘汰用得最少的数据",
            "用计数器记录次数",
            "次数要随时间衰减",
        ),
    ),
    "two things of the glossary": (
        item("a", "邻接表", "请说明邻接表怎样存储一个图。", "按顶点存放边", "可以存权重"),
        item("b", "邻接矩阵", "请解释邻接矩阵怎样存储一个图。", "按顶点存放边", "可以存权重"),
    ),
    "two acronyms": (
        item("a", "SGD", "请说明 SGD 的原理。", "按梯度的反方向更新参数", "学习率决定步长"),
        item("b", "SCD", "请说明 SCD 的原理。", "按坐标的梯度方向更新参数", "学习率决定步长"),
    ),
    "phases": (
        item("a", "训练阶段的容错", "在训练阶段，如何做好容错？", "定期保存检查点", "失败后自动重启", "监控节点状态"),
        item("b", "部署阶段的容错", "在部署阶段，如何做好容错？", "定期保存检查点", "失败后自动重启", "监控节点状态"),
    ),
    "a frame of many words": (
        item("a", "蒸发", "请简要介绍化工生产过程中常用的蒸发技术，并简要说明其优缺点。", "加热使溶剂汽化", "能耗高"),
        item(
            "b",
            "结晶",
            "请简要介绍化工生产过程中常用的结晶技术，并简要说明其优缺点。",
            "溶质从溶液析出",
            "纯度高，速度慢",
        ),
    ),
    "the same two the other way round": (
        item("a", "用文字检索图片", "怎样用文字检索图片？", "文字和图片编码到一个空间", "按相似度取最近的图片"),
        item("b", "用图片检索文字", "怎样用图片检索文字？", "图片和文字编码到一个空间", "按相似度取最近的文字"),
    ),
    "one to another": (
        item("a", "c2b 模式", "c2b 模式是怎样做生意的？", "买家先提出要求", "厂家按要求定制"),
        item("b", "b2c 模式", "b2c 模式是怎样做生意的？", "厂家先备好货品", "买家在网上挑选下单"),
    ),
    "problems and remedies": (
        item("a", "远程办公的安全问题有哪些？", "请列举远程办公的安全问题。", "设备丢失", "家庭网络薄弱", "钓鱼邮件"),
        item("b", "如何保证远程办公的安全？", "如何保证远程办公的安全？", "统一使用专线", "多因素登录", "磁盘加密"),
    ),
    "numbers": (
        item("a", "机会成本", "某项目投入 20 万元，机会成本是____万元。", kind="fill_in"),
        item("b", "沉没成本", "某项目投入 35 万元，沉没成本是____万元。", kind="fill_in"),
    ),
}
TOGETHER = {
    "pros and cons": (
        item("a", "微前端", "什么是微前端？", "把页面拆成独立开发和发布的部分", "各部分技术栈自由"),
        item(
            "b",
            "微前端架构",
            "请介绍微前端架构，并说明其优缺点。",
            "页面由独立开发、独立发布的部分组成",
            "技术栈自由，但包体变大",
        ),
    ),
    "short title, long stem": (
        item("a", "缓存预热", "什么是缓存预热？", "上线前把热点数据放入缓存", "避免冷启动时压垮数据库"),
        item(
            "b",
            "服务刚上线时缓存是空的怎么办",
            "服务刚上线时缓存是空的，大量请求会打到数据库，请解释什么是缓存预热以及如何实施。",
            "把热点数据提前载入缓存",
            "防止刚启动时数据库被压垮",
            "可用脚本或定时任务",
        ),
    ),
    "names that a document says are one": (
        item(
            "a",
            "蓄水池抽样",
            "什么是蓄水池抽样（Reservoir Sampling）？",
            "一遍扫描，等概率取 k 个",
            "新元素以 k/n 的概率换入",
        ),
        item(
            "b", "Reservoir Sampling", "请说明 reservoir sampling 的步骤。", "先放满 k 个", "第 n 个以 k/n 的概率替换"
        ),
    ),
    "other names": (
        item("a", "超参数优化有哪些方法？", "请列举超参数优化的方法。", "网格搜索", "随机搜索", "贝叶斯优化"),
        item("b", "怎样自动调参？", "怎样自动调参？", "网格搜索与随机搜索", "贝叶斯优化减少试验次数"),
    ),
}


@pytest.mark.parametrize("trap", APART)
def test_two_questions_stay_two(trap, encoder):
    assert verdict(encoder, *APART[trap]) != "same"


@pytest.mark.parametrize("trap", TOGETHER)
def test_one_question_is_one(trap, encoder):
    assert verdict(encoder, *TOGETHER[trap]) == "same"


def test_no_chain_joins_two_subjects_through_a_question_about_both(encoder):
    left = item("a", "进程", "什么是进程？", "资源分配的单位", "有独立地址空间")
    both = item("b", "进程与线程", "请说明什么是进程，什么是线程。", "进程是资源分配的单位", "线程是调度的单位")
    right = item("c", "线程", "什么是线程？", "调度的单位", "共享进程的资源")

    merged, found = groups(encoder, left, both, right)

    assert merged == []
    verdicts = {frozenset((pair.left, pair.right)): pair.verdict for pair in found.pairs}
    assert verdicts[frozenset("ab")] == verdicts[frozenset("bc")] == "related"


def test_a_question_that_breaks_off_is_left_to_a_person(encoder):
    whole = item("a", "零拷贝", "请解释零拷贝技术在消息中间件里的用途。", "减少用户态与内核态之间的复制", "提高吞吐")
    cut = item("b", "零拷贝是什么？", "请解释零拷贝技术在", complete=False)

    found = find_duplicates([whole, cut, *OTHERS], encoder)

    pair = next(pair for pair in found.pairs if {pair.left, pair.right} == {"a", "b"})
    assert pair.review


def test_every_decision_says_what_was_shared_and_what_differed(encoder):
    left, right = APART["phases"]

    found = find_duplicates([left, right, *OTHERS], encoder)

    pair = next(pair for pair in found.pairs if {pair.left, pair.right} == {left.id, right.id})
    assert pair.verdict == "related"
    assert pair.reason.startswith("different phases; questions 0.")
    assert "answers share 100%" in pair.reason


def test_what_makes_two_names_one_is_quoted_with_its_place(encoder):
    left, right = TOGETHER["names that a document says are one"]

    found = find_duplicates([left, right, *OTHERS], encoder)

    pair = next(pair for pair in found.pairs if {pair.left, pair.right} == {left.id, right.id})
    assert "; one thing by a: 什么是蓄水池抽样(Reservoir Sampling)" in pair.reason


def test_the_order_of_the_items_changes_nothing(encoder):
    items = [one for pair in APART.values() for one in pair[:1]] + list(OTHERS)
    named = [one.model_copy(update={"id": f"q{n}"}) for n, one in enumerate(items)]

    forwards, backwards = (find_duplicates(order, encoder) for order in (named, named[::-1]))

    assert (forwards.groups, forwards.pairs) == (backwards.groups, backwards.pairs)
    merged = [group.members for group in forwards.groups if len(group.members) > 1]
    assert merged == [("q0", "q6")]  # 乐观锁, with its use and cost and without
