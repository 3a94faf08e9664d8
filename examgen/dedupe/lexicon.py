"""The small words of questions, in Chinese and English: what frames them, what they want, what contrasts.

All of it is general language; the words of a subject come from the items themselves.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that ask, count, point or bind, and say nothing about the subject.
FRAME = _words(
    """
    请 请问 试 试述 简要 简单 简述 简介 简明 扼要 概述 概括 概念性 详细 详述 具体 具体地 介绍 说明 解释 描述 叙述
    阐述 论述 阐明 讲解 讲述 说说 谈谈 谈 列举 列出 举出 举例 举例说明 例举 例如 例子 实例 案例 指出 给出 写出
    提供 回答 分析 讨论 探讨 评述 评价一下 陈述 思考 至少 几 几种 几个 几类 一种 一个 一些 两种 两个 三种 三个
    四种 四个 五种 五个 若干 多种 各种 各个 各自 各 分别 以及 并且 并 同时 还有 此外 常用 常见 常用的 常见的 主要
    基本 典型 普遍 一般 通常 往往 经常 重要 关键 核心 有效 有效地 合理 良好 相关 有关 关于 对于 针对 根据 基于
    其中 其 它 它们 他们 我们 你 您 这 这个 这些 该 此 那 那些 一下 什么样 什么 哪 哪些 哪种 哪几 几方面 几点 如何
    怎样 怎么 怎么样 怎么办 怎 是否 能否 可否 吗 呢 的 地 得 了 着 过程中 过程 之中 当中 中 中的 里 里的 上 下 时
    时候 之 之间 之后 之前 以 及 和 与 或 或者 而 而且 且 也 又 都 就 才 则 等 等等 在 对 从 由 于 向 往 被 把 将
    让 使 使得 给 为 为了 因 因此 所 所以 是 有 会 能 能够 可 可以 可能 应 应当 应该 需 需要 必须 要 想 进行 实现
    采用 使用 用 通过 及其 以便 从而 多个 多台 许多 很多 大量 任何 所有 每个 某个 不同的 越来越 什么时候 何时 来说 而言
    应如何 有何 为何 为什么 该如何 之所以 当 如果 若 假如 后 前 比较 对比 来看 做法 得到 带来 到 已 已经 正在 刚
    太 各种各样 五 四 三 二 一 来 去 做 起 起到 具有 拥有 存在 出现 发生 产生 遇到 面临 涉及 包括 包含 属于 成为
    作为 不 没有 无 很 更 最 较 比较好 非常 十分 更加 越 个 种 类 项 点 条 次 方面 角度 层面 情况 情形 情况下
    条件下 问题 题目 面试 面试题 答案 参考答案 解析 知识 知识点 中国 如 比如 即 指 指的 是指 叫 叫做 称为 何 何为
    何谓 何种 a an the of in on at to for from by with without and or but as is are was were be been being do does
    did can could should would may might must will it its they their them this that these those there here what
    which who whom whose when where how why please briefly brief short shortly describe explain list name give
    state discuss outline define illustrate identify mention provide compare contrast summarise summarize write
    tell me you your we our us some several various common commonly used typical main key major basic important
    general generally usually often each different kind kinds type types example examples using use uses used via
    into about between within during so such than then also both any all not no least two three four five one more
    most very
    """
)
# Words that cannot stand inside a name. Other words of frames can: 收付实现制, 应计制.
BOUNDS = _words(
    """
    的 是 和 与 及 以及 或 或者 并 并且 了 在 对 对于 为 把 被 将 从 由 有 其 请 请问 试 吗 呢 之 而 且 也 又 都 还
    就 那 这 该 它 什么 什么是 是什么 如何 怎样 怎么 怎么样 为什么 为何 何谓 何为 哪些 哪种 哪几 几种 说明 解释 介绍
    简述 简介 描述 叙述 阐述 论述 列举 比较 对比 举例 请简述 请说明 说说 谈谈 概述 给出 写出 分析 讨论 采用 使用
    通过 根据 基于 关于 有关 针对 以 用 让 使 需要 可以 应当 应该 会 能 能够 常用 常见 主要 有哪些 哪 几 等 时 中 里
    一种 这种 一个 各 各自 区别 不同 还要 指 即 叫 称 称为
    """
)
# Heads that name no subject: a method, technique or way of whatever it is.
GENERIC = _words(
    """
    常见问题 关键因素 关键技术 主要因素 影响因素
    方法 方式 办法 手段 措施 技术 技巧 策略 途径 方案 做法 手法 路径 思路 步骤 流程 环节 要点 要素 因素 方面 内容
    机制 工作 手段和方法 对策 举措 解决方案 解决办法 解决方法 应对策略 概念 定义 含义 意思 原理 思想 理念 特点
    特征 特性 性质 本质 作用 用途 功能 目的 意义 重要性 必要性 价值 好处 影响 效果 后果 危害 结果 原因 成因 理由
    区别 差别 差异 不同 异同 联系 关系 优点 缺点 优势 劣势 优缺点 优劣 利弊 不足 局限 局限性 长处 短处 适用 场景
    应用 应用场景 使用场景 适用场景 领域 现象 阶段 时期 理论 定理 定律 任务 类型 种类 分类 组成 部分 构成 条件
    要求 标准 原则 工具 挑战 困难 难题 难点 障碍 method methods technique techniques approach approaches way ways
    strategy strategies means measure measures step steps procedure process concept definition meaning principle
    principles idea feature features property properties characteristic characteristics role function functions
    purpose significance importance benefit benefits effect effects impact consequence consequences cause causes
    reason reasons difference differences advantage advantages disadvantage disadvantages pro pros con cons
    drawback drawbacks trade-off trade-offs tradeoff tradeoffs limitation limitations application applications
    scenario scenarios work works working
    """
)

# What is done to a subject. It says little about which subject that is.
ACTIONS = _words(
    """
    防止 避免 预防 防范 缓解 解决 处理 应对 克服 减轻 消除 防治 提高 提升 增强 改善 改进 加强 降低 减少 减小 缩短
    设计 构建 搭建 建立 执行
    保证 确保 保障 保持 完成 达到 满足 支持 促进 推动 帮助 采取 利用 运用 引入 做好 开展 avoid prevent prevention
    reduce reducing increase improve improving improvement ensure handle deal solve resolve mitigate fix protect
    keep make made help achieve calculate calculated calculating compute computed measure measured measuring
    implement implemented
    """
)

# What a question wants to hear, each as the words that say so.
INTENTS: dict[str, re.Pattern[str]] = {
    "what": re.compile(
        r"什么是|是什么|何谓|何为|概念|定义|含义|意思|是指|特征|特点|特性|性质|原理|思想|理念|"
        r"解释一?下?(?!如何|怎样)|\bwhat (is|are|does)\b|\bdefin|\bmeaning\b|\bprinciple|\bconcept|"
        r"\bfeature|\bcharacteristic"
    ),
    "how": re.compile(
        r"如何|怎样|怎么|方法|方式|办法|手段|措施|策略|途径|技术|技巧|方案|对策|步骤|流程|应对|解决|\bhow "
        r"(can|do|to|should|would|could)\b|\bmethod|\btechnique|"
        r"\bapproach|\bstrateg|\bways?\b|\bmeasures?\b|\bprevent|\bprotect"
    ),
    "effect": re.compile(r"影响|后果|危害|效应|效果|带来什么|好处|\beffects?\b|\bimpact|\bconsequence|\baffects?\b"),
    "role": re.compile(
        r"作用|功能|用途|意义|重要性|必要性|目的|价值|有什么用|有何用|\broles?\b|\bpurposes?\b|"
        r"\bimportan|\bsignifican|\bfunctions?\b"
    ),
    "cause": re.compile(r"原因|成因|为什么|为何|起因|由来|\bwhy\b|\bcauses?\b|\breasons?\b"),
    "compare": re.compile(r"区别|差别|差异|不同|异同|比较|对比|\bcompar|\bdiffer|\bversus\b|\bvs\b"),
    "measure": re.compile(r"评估|评价|衡量|指标|度量|\bevaluat|\bassess|\bmetrics?\b"),
    "problem": re.compile(r"挑战|困难|难题|难点|障碍|常见问题|哪些问题|问题有哪些|风险|威胁|\bchallenge|\bdifficult"),
    "cost": re.compile(r"成本|费用|开销|代价|\bcosts?\b"),
}
# A question about the one of these and not the other is another question: a cause is no remedy.
RIVAL_WISHES = _words("how effect cause")
# Asides: a request that comes on top of a question and does not make it another one.
ASIDE = re.compile(
    r"优缺点|优点|缺点|优势|劣势|优劣|利弊|利与弊|长处|短处|不足之处|举例|例子|实例|案例|应用场景|"
    r"适用场景|使用场景|适用情况|\bpros\b|\bcons\b|\badvantage|\bdisadvantage|\bbenefit|\bdrawback|"
    r"\btrade-?offs?\b|\bexamples?\b"
)

# Phases of a life cycle: two questions about different ones are two questions.
PHASES: tuple[frozenset[str], ...] = tuple(
    _words(words)
    for words in (
        "预训练 pretraining pre-training",
        "训练 training train trained",
        "微调 精调 fine-tuning finetuning",
        "推理 推断 inference 部署 上线 发布 deployment deploy deploying release",
        "设计 design designing",
        "开发 编码 编程 development developing",
        "测试 testing",
        "运维 运行 维护 operation operations maintenance",
        "需求 requirements",
        "采集 收集 collection collecting",
        "标注 annotation labelling labeling",
        "存储 storage rest",
        "传输 transmission transit",
        "备份 backup",
        "恢复 还原 restore recovery",
        "吸气 吸入 inhalation",
        "呼气 呼出 exhalation",
        "事前 之前 前期 事先 before",
        "事中 中期 期间",
        "事后 之后 后期 after",
        "婴儿 婴儿期 婴幼儿",
        "儿童 儿童期 小儿 children child",
        "青春期 青少年 青年 adolescents",
        "成人 成年 成年人 adults adult",
        "老年 老年期 老年人 老人 elderly",
        "输入 input",
        "输出 output",
        "读 读取 查询 read reading query querying",
        "写 写入 导入 write writing import importing",
    )
)

# Morphemes and words that make two terms opposites or siblings where the rest of the terms is the same.
CONTRASTS: tuple[frozenset[str], ...] = tuple(
    _words(words)
    for words in (
        "过 欠",
        "高 低 中",
        "大 小",
        "多 少 单",
        "长 短",
        "强 弱",
        "快 慢",
        "冷 热",
        "干 湿",
        "轻 重",
        "新 旧",
        "硬 软",
        "深 浅",
        "粗 细",
        "宽 窄",
        "厚 薄",
        "上 下",
        "左 右 中",
        "前 后",
        "内 外",
        "正 反 负",
        "阴 阳",
        "东 南 西 北",
        "横 纵 竖",
        "水平 垂直",
        "横向 纵向",
        "正向 反向 逆向 双向",
        "上行 下行",
        "顺序 随机 逆序",
        "主 从 副 备",
        "主动 被动",
        "积极 消极",
        "乐观 悲观",
        "显式 隐式",
        "显性 隐性",
        "静态 动态",
        "静 动",
        "直接 间接",
        "内部 外部",
        "国内 国际 国外",
        "公开 私有",
        "公 私",
        "同步 异步",
        "阻塞 非阻塞",
        "有 无",
        "可 不可",
        "有监督 无监督 半监督 自监督",
        "监督 无监督 半监督",
        "有损 无损",
        "有序 无序",
        "对称 非对称",
        "线性 非线性",
        "结构化 非结构化 半结构化",
        "关系型 非关系型",
        "增 减",
        "增加 减少",
        "增大 减小",
        "增强 减弱",
        "升 降",
        "升高 降低",
        "提高 降低",
        "提升 下降",
        "上升 下降",
        "上涨 下跌",
        "扩张 收缩",
        "膨胀 紧缩",
        "膨胀 收缩",
        "训练 推理",
        "速度 资源 计算资源 内存 内存优化 成本 安全性 隐私保护 可解释性 鲁棒性 泛化能力 公平性 伦理 可用性 可扩展性",
        "亢进 减退",
        "加速 减速",
        "扩大 缩小",
        "放大 缩小",
        "消失 爆炸",
        "正常 异常",
        "成功 失败",
        "开 关",
        "开启 关闭",
        "打开 关闭",
        "加 减",
        "乘 除",
        "进 出",
        "入 出",
        "流入 流出",
        "进口 出口",
        "收入 支出",
        "收 付",
        "应收 应付",
        "借 贷",
        "买 卖",
        "买方 卖方",
        "供给 需求",
        "供 求",
        "资产 负债",
        "盈利 亏损",
        "加密 解密",
        "编码 解码",
        "编码器 解码器",
        "压缩 解压",
        "序列化 反序列化",
        "上传 下载",
        "发送 接收",
        "请求 响应",
        "输入 输出",
        "生产者 消费者",
        "客户端 服务器 服务端",
        "前端 后端",
        "父 子",
        "头 尾",
        "始 终",
        "初 末",
        "早 晚",
        "早期 晚期 中期",
        "先天 后天",
        "急性 慢性",
        "良性 恶性",
        "原发 继发",
        "原发性 继发性",
        "交感 副交感",
        "动脉 静脉",
        "体 肺",
        "雄 雌",
        "男 女",
        "男性 女性",
        "公司 个人",
        "宏观 微观",
        "短期 长期 中期",
        "定性 定量",
        "理论 实践",
        "局部 全局",
        "集中式 分布式",
        "单机 多机",
        "单核 多核",
        "离线 在线",
        "批 流",
        "虚拟 物理",
        "逻辑 物理",
        "红 白 黑 绿 蓝 黄",
        "甲 乙 丙 丁",
        "第一 第二 第三 第四",
        "一 二 三 四 五 六 七 八 九 十",
        "事前 事中 事后",
        "吸气 呼气",
        "吸 呼",
        "收缩 舒张",
        "合成 分解",
        "氧化 还原",
        "吸收 释放",
        "建立 断开 释放",
        "握手 挥手",
        "连接 断开",
        "精确率 召回率 准确率",
        "白盒 黑盒 灰盒",
        "单元 集成 系统 回归",
        "横截面 时间序列",
        "horizontal vertical",
        "forward backward reverse",
        "positive negative",
        "active passive",
        "upper lower",
        "left right",
        "internal external",
        "static dynamic",
        "synchronous asynchronous",
        "supervised unsupervised",
        "strong weak",
        "high low",
        "small large",
        "short long",
        "first second third",
        "input output",
        "encoder decoder",
        "client server",
        "over under",
        "increase decrease",
        "increasing decreasing",
        "direct indirect",
        "arteries veins",
        "artery vein",
        "mitosis meiosis",
        "linear nonlinear",
        "local global",
        "online offline",
        "public private",
        "i ii iii iv v",
        "vanishing exploding",
        "overfitting underfitting",
        "precision recall",
        "bias variance",
        "inhalation exhalation",
        "supply demand",
        "assets liabilities",
        "read write",
    )
)
# Common terms that jieba's dictionary lacks and would cut in the wrong place.
# Compounds stay cut: their parts tell siblings apart.
TERMS = _words("调优 调参 超参数 优化器 大模型 多模态")
# Words of general language that ask for the same where they stand in the same place.
SYNONYMS: tuple[frozenset[str], ...] = tuple(
    _words(words)
    for words in (
        "速度 效率 时间 耗时 性能 加速 提速 快慢",
        "平衡 均衡",
        "优化 调优 改进 改善 完善",
        "调参 超参数",
        "评估 评价 衡量 度量 测评 评测 评判",
        "安全 安全性",
        "隐私 隐私性",
        "稳定 稳定性",
        "可靠 可靠性",
        "准确 准确性 准确度 精度",
        "挑战 困难 难题 难点 障碍 常见问题",
        "分布式计算 并行计算 分布式训练 分布式并行",
        "扩充 增强 扩增",
        "体积 大小 尺寸 规模",
        "费用 成本 开销 支出 开支",
        "泄露 泄漏",
        "选择 选取 选用 挑选",
        "构建 建立 搭建 建设",
        "调整 调节 调控",
        "保护 防护",
        "阶段 环节 步骤",
        "下属 员工 职工 雇员",
        "理论 定理 定律",
        "种类 类型 类别 分类",
        "特点 特征 特性 性质",
        "作用 功能 功效 用途",
        "核心思想 思想 理念 核心理念",
        "症状 表现 体征",
        "积极性 激励 动力",
        "监控 监测 监视",
        "推断 推理",
        "精调 微调",
        "样本 数据",
        "开发 研发",
        "speed performance time efficiency",
        "method technique approach",
        "improve increase enhance",
    )
)
# Prefixes that turn a term into its opposite.
NEGATIONS: tuple[str, ...] = (
    "非",
    "不",
    "无",
    "反",
    "去",
    "未",
    "免",
    "逆",
    "异",
    "伪",
    "抗",
    "超",
    "亚",
    "半",
    "次",
    "副",
)
NEGATIONS += ("non-", "non", "un", "in", "anti-", "anti", "dis", "de", "a", "hyper", "hypo", "super", "sub", "semi-")

# Words that say no.
NO = _words("不 不会 不能 不是 不需 不需要 不必 不应 不可 没有 没 无需 无法 无须 并非 不再 not no never cannot without")

# Words too plain to be a subject, which still set one thing off from its sibling: 一般纳税人 and 小规模纳税人.
MODIFIERS = _words("一般 普通 基本 典型 主要 核心 常用 大 小 新 旧 单 多 general basic main common simple major new")

# Words that go from one thing to another: the same two the other way round are another question.
DIRECTIONS = _words(
    "用 对 给 找 找到 到 转 转换 转成 转为 调用 实现 变 变成 高 低 先 再 to into over after before from calls"
)

# Where something is, not what kind of it: 企业绩效考核 is 绩效考核.
CONTEXTS = _words(
    "企业 公司 组织 团队 软件 程序 网络 计算机 数据 模型 大模型 深度学习 机器学习 人工智能 项目 产品 现代 实验室 训练 "
    "business company software computer data model machine-learning deep-learning project product modern"
)

# Questions of all trades. Their mean stands for "a question", and is taken off every embedding,
# so that what is left is its subject.
BACKGROUND: tuple[str, ...] = (
    "什么是光合作用？",
    "请简述三角函数的定义。",
    "如何提高英语口语水平？",
    "列举三种常见的排序算法及其优缺点。",
    "请解释供求关系对价格的影响。",
    "人体的消化系统由哪些器官组成？",
    "为什么天空是蓝色的？",
    "请比较古典音乐与流行音乐。",
    "简述第一次世界大战的原因。",
    "怎样写好一篇议论文？",
    "什么是面向对象编程？",
    "请说明合同成立的条件。",
    "如何预防感冒？",
    "请列举提高工作效率的方法。",
    "简要介绍细胞的结构与功能。",
    "如何评价一部小说的人物塑造？",
    "What is machine learning?",
    "Explain the water cycle.",
    "How can a company reduce its costs?",
    "List three causes of inflation.",
    "Describe the structure of an atom.",
    "Compare mammals and reptiles.",
    "Why do leaves change colour in autumn?",
    "What are the advantages of public transport?",
)
