"""What the words of a line say about its place: that it asks, that it names a part, that it says farewell."""

from __future__ import annotations

import re

ASKS = re.compile(
    r"[?？]|(?<![申邀恳])请(?!求)|简述|简要|试述|论述|阐述|阐明|描述(?!符)|列举|列出|解释(?!器|型|执行)|比较(?!器)|介绍|谈谈|说说|讲讲|聊聊|[讲聊说]一?下|手写|手撕|"
    r"如何|怎样|怎么|为什么|为何|什么|哪些|哪个|哪种|哪一|多少|几种|是否|能否|区别|计算(?!机|器|图|力)|证明|写出|"
    r"(?<![需请要追])求(?!职)|下列|下面|以下|_{2,}|[（(]\s*[A-H√×✓]{0,5}\s*[)）]|"
    r"^\W*(?:what|why|how|when|where|which|who|explain|describe|define|compare|contrast|list|discuss|state|name|"
    r"calculate|prove|implement|is|are|was|does|do|did|can|could|should|give|outline|tell|write|identify|evaluate|"
    r"summari[sz]e)\b",
    re.IGNORECASE,
)
# A question word, and not only a task such as 介绍, which names a part as well.
WONDERS = re.compile(
    r"[?？]\W*$|什么|如何|怎[样么]|为何|哪[些个种一里]|多少|是否|能否|[吗呢]\W*$|"
    r"^\W*(?:what|why|how|when|where|which|who|is|are|was|does|do|did|can|could|should)\b",
    re.IGNORECASE,
)
# What is answered in words, not by choosing.
OPEN = re.compile(
    r"如何|怎[么样]|为什么|为何|步骤|流程|谈谈|说说|讲讲|聊聊|介绍|简述|描述|阐述|"
    r"\b(?:how (?:to|would|do|can)|why|describe|explain|steps|discuss)\b",
    re.IGNORECASE,
)
# What a heading without a verb asks for, as notes put it: HashMap 的底层实现, TCP vs UDP.
ASKED_ABOUT = re.compile(
    r"\S\s*的\s*\w{0,6}(?:原理|作用|过程|流程|机制|特[点性征]|优缺点|场景|方式|方法|步骤|条件|关系|实现|结构|参数|类型|种类|分类|周期|"
    r"意义|目的|原因|理解|认识|异同|联系|应用|用法)\W*(?:[（(【\[].{0,20})?$|"
    r"[A-Za-z0-9）)]\s*(?:底层|实现|核心|工作){0,2}(?:原理|机制|流程|生命周期|优缺点|应用场景|使用场景)\W*$|"
    r"\b(?:differences? between|advantages of|types of|purpose of|role of|how to|pros and cons|vs\.?|versus)\b",
    re.IGNORECASE,
)
# How a sentence begins that goes on with the question, and how one ends that asks without a question mark.
GOES_ON = re.compile(
    r"\W*(?:请(?!求)|试(?!图|验|探|想)|"
    r"[并再]?(?:简要|简述|举例|举[一几个]|画出?[图一流]|写出|给出|列[举出]|谈谈|说说|聊聊|论述|阐述|详细|说明理由)|"
    r"(?:说明|解释|分析)(?:一下|理由|原因|[^，,]{0,10}[。.]?$)|从.{1,30}(?:角度|方面|层面).{0,8}(?:[答谈析明述]|$)|"
    r"提示|注意[:：]|要求|不少于|每.{0,6}举|说出|"
    r"(?:如何|怎[么样]|为什么|为何|是否|有[何哪什])[^。！!]*$|[和与跟].{1,30}(?:区别|不同|关系|异同|比较|对比|联系)[。.]?$|"
    r"(?:please|explain|describe|give|list|compare|name|show|write|provide|justify|discuss|illustrate|state|hint|note)\b)",
    re.IGNORECASE,
)
ASKS_AT_END = re.compile(
    r"(?:什么|哪些|哪个|[吗呢]|如何|怎么[做办]?|怎样|为何|多少|有(?:何|什么|哪些)\w{1,6})[。.；;]?\s*$"
)
# What kind of answer is wanted.
ASKS_FOR_LIST = re.compile(r"列举|列出|哪些|几种|介绍|常用|常见|\b(?:list|name|which|enumerate)\b", re.IGNORECASE)
ASKS_FOR_MEANING = re.compile(
    r"解释|什么是|是什么|定义|含义|概念|原理是|what (?:is|are)|define|explain|meaning", re.IGNORECASE
)
ASKS_FOR_REASON = re.compile(r"为什么|为何|理由|原因|说明|解释|why|explain|justify|reason", re.IGNORECASE)
ASKS_FOR_VERDICT = re.compile(r"判断|对错|正误|是否正确|true or false|true/false|t/f", re.IGNORECASE)
SPEAKS_OF_QUESTIONS = re.compile(
    r"面试|面经|笔试|[考试习例]题|^\W*问题\W*$|常见问题|题[目库集]|八股|问答|考点|考试|复习|必背|"
    r"\b(?:interviews?|questions?|q ?& ?a|faqs?|quiz|exams?|flash ?cards?|study guide)\b",
    re.IGNORECASE | re.MULTILINE,
)
DEFINES_TERMS = re.compile(
    r"[#\s]*(?:[一二三四五六七八九十\d]{1,2}[、.．]\s*)?"
    r"(?:名词解释|术语(?:解释|表)?|概念解释|glossary|definitions|key terms)\W*(?:$|[（(])",
    re.IGNORECASE,
)
_KIND_OF_QUESTION = (
    r"单选|多选|选择|判断|填空|简答|论述|问答|计算|编程|分析|应用|综合|名词解释|案例|主观|客观|基础|进阶|高级|中级|初级"
)
PART = re.compile(
    r"(?:第\s*[\d一二三四五六七八九十]+\s*(?:部分|章|节|篇|单元|卷|大题|模块)|"
    r"(?:part|chapter|section|unit|module)\s+[\divx]+\b|"
    rf"(?:单项|多项|不定项)?(?:{_KIND_OF_QUESTION})(?:题|篇|部分|知识)|"
    r"^\W*(?:[一二三四五六1-6]面|终面|(?:HR|技术|主管|交叉|电话|代码)\s?面|笔试)(?=\W*$|\W*[（(])|"
    r"^\W*(?:名词解释|简答|论述|问答|填空|判断)(?=\W*$|\W*[（(])|"
    r"(?:single|multiple)[- ]choice|true[/ ]?(?:or )?false|short[- ]answer|fill[- ]in)",
    re.IGNORECASE,
)
MAX_PART_CHARS = 60

ENDING = re.compile(
    r"\W*(?:(?:全文|文章|本文)?(?:总结|小结|结语|结论|结束语|后记|附录|致谢|声明|版权|作者)"
    r"(?:[与和及](?:展望|建议|思考|致谢|参考|说明))?|写在最后|最后的话|"
    r"参考|(?:参考|扩展|延伸|推荐|相关)(?:资料|文献|链接|阅读|文章)|关于作者|作者(?:信息|简介)|"
    r"summary|conclusions?|references|further reading|appendix|acknowledge?ments|about the author|license)\W*$",
    re.IGNORECASE,
)
OPENING = re.compile(
    r"\W*(?:目录|前言|序言?|引言|导读|导言|简介|概述|说明|使用说明|写在前面|更新(?:日志|记录|说明)|"
    r"(?:table of )?contents|toc|introduction|preface|foreword|overview|about|changelog|contribut(?:ing|ors))\W*$",
    re.IGNORECASE,
)
# What a heading names that goes on with the answer above it: 优点, Example. It says nothing of what is asked.
ASPECT = re.compile(
    r"\W*(?:定义|概念|含义|背景|作用|用途|用法|原理|机制|过程|流程|步骤|做法|方法|方案|解决(?:方案|办法|方法)?|优点|缺点|优缺点|优势|劣势|"
    r"特点|特性|区别|场景|(?:使用|应用|适用)场景|原因|条件|实现|代码|(?:代码)?示例|例子|举例|注意(?:事项|点)?|补充|拓展|扩展|追问|要点|提示|思路|"
    r"examples?|code|hints?|notes?|details?|more(?: details)?|definition|usage|use cases?|"
    r"pros|cons|pros and cons|advantages|disadvantages|benefits|drawbacks|follow[- ]?ups?)\W*$",
    re.IGNORECASE,
)
CASE = re.compile(
    r"[\W_]*(?:案例|病例|材料|情境|情景|资料|背景资料|背景材料|阅读材料|case|scenario|passage)(?:分析)?"
    r"\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})?\W{0,4}(?:[:：.、]|$)",
    re.IGNORECASE,
)
FOLLOW_UPS = re.compile(
    r"\W*(?:面试官|可能的?|常见|相关)?(?:追问|追加问题|延伸问题)\W*$|\W*follow[- ]?ups?(?: questions)?\W*$",
    re.IGNORECASE,
)
SUMMING_UP = re.compile(
    r"\W*(?:面试)?(?:总结|小结|结语|结束语|写在最后|最后|感受|感想|体验|整体感受|总体感受|反馈|结果|后续|summary|conclusion|result)"
    r"\W*[:：]",
    re.IGNORECASE,
)
# How a paragraph begins that closes a document, and a word that it then holds. An answer may well begin with "最后"
# or "in conclusion", so behind those only words count that no answer has a use for.
FAREWELLS = tuple(
    (re.compile(rf"\W*(?:{cue})", re.IGNORECASE), re.compile(word, re.IGNORECASE))
    for cue, word in (
        (
            r"以上(?:是|就是|为|内容|题|面试|问)|上述(?:题|面试|问|内容)|本文|本篇|希望|愿|祝|感谢|谢谢|欢迎|更多|"
            r"the above (?:are|is|questions)|above are|these (?:are|questions|interview)|"
            r"this (?:article|document|list|collection)|(?:i |we )?hope|good luck|best of luck|thank|that'?s all|"
            r"for more|happy ",
            r"面试|题目|试题|考题|习题|题库|题解|编程题|算法题|问答|读者|本文|文章|文档|考试|备考|求职|好成绩|点赞|收藏|关注|"
            r"公众号|解析|全部内容|的内容|祝[您你大]|帮助|"
            r"interview|questions|exam|quiz|article|reader|luck|thank|document|hope this|help",
        ),
        (
            r"这些|综上|总之|总的来说|最后|关注|如果您|如果你|通过(?:以上|这些|上述)|在实际|"
            r"in conclusion|in summary|finally",
            r"面试|题目|试题|考题|习题|题库|题解|编程题|算法题|读者|备考|求职|好成绩|点赞|公众号|祝[您你大]|"
            r"interview|quiz|reader|good luck",
        ),
        (r"(?:作者|来源|原文链接|转载|版权所有|版权声明|author|source)\s*\W*[:：]", r""),
        (r"(?:全文完|本文完|完|正文完|the end|end|eof|fin)\W*$", r""),
    )
)


def asks(text: str) -> bool:
    """Whether a title reads like a question or a task."""
    return ASKS.search(text[:400]) is not None


def wonders(title: str) -> bool:
    """Whether a title is a question, not only a task or a subject."""
    return WONDERS.search(title[:400]) is not None


def ends_asking(text: str) -> bool:
    """Whether a text ends with a question mark."""
    return text.rstrip().endswith(("?", "？"))


def goes_on_asking(sentence: str) -> bool:
    """Whether a sentence behind a question belongs to it: it asks as well, or says how to answer."""
    said = GOES_ON.match(sentence) or ASKS_AT_END.search(sentence)
    return said is not None or ends_asking(sentence)


def wants_list(question: str) -> bool:
    """Whether a question is answered by a list: 列举…, …有哪些."""
    return ASKS_FOR_LIST.search(question) is not None


def wants_meaning(question: str) -> bool:
    """Whether a question is answered by a definition first: 什么是…."""
    return ASKS_FOR_MEANING.search(question) is not None


def wants_reason(question: str) -> bool:
    """Whether a verdict alone does not answer a question: 为什么, 说明理由."""
    return ASKS_FOR_REASON.search(question) is not None


def wants_verdict(question: str) -> bool:
    """Whether a question itself says that it is to be judged true or false: 判断."""
    return ASKS_FOR_VERDICT.search(question) is not None


def wants_words(title: str) -> bool:
    """Whether a question is answered in words of one's own and not by choosing."""
    return OPEN.search(title[:400]) is not None


def is_asked_about(title: str) -> bool:
    """Whether a title names what an interviewer asks for, without asking: 线程池的核心参数."""
    return ASKED_ABOUT.search(title[:400]) is not None


def speaks_of_questions(text: str) -> bool:
    """Whether a document calls itself a collection of questions: 面试题, FAQ."""
    return SPEAKS_OF_QUESTIONS.search(text) is not None


def defines_terms(text: str) -> bool:
    """Whether the heading of a part says that terms stand below it, with their meaning behind a colon: 名词解释."""
    return DEFINES_TERMS.match(text) is not None


def names_part(title: str) -> bool:
    """Whether a title names a part of a document: 二、填空题（每题 2 分）."""
    return len(title) < MAX_PART_CHARS and PART.search(title) is not None and not asks(PART.sub("", title))


def begins_part(text: str) -> bool:
    """The same for a line without number or heading marks: it must begin with the name, as in Part II."""
    return names_part(text) and PART.match(text.strip()) is not None


def names_ending(title: str) -> bool:
    """Whether a heading names what comes behind all questions: 总结, References."""
    return ENDING.match(title) is not None


def names_opening(title: str) -> bool:
    """Whether a heading names what stands in front of all questions: 目录, Introduction."""
    return OPENING.match(title) is not None


def names_aspect(title: str) -> bool:
    """Whether a heading names only a side of the subject that the heading above it names: 优点, Example."""
    return ASPECT.match(title) is not None


def tells_case(text: str) -> bool:
    """Whether a line begins a case that questions are asked about: 案例一, 材料：…."""
    return CASE.match(text) is not None


def announces_follow_ups(text: str) -> bool:
    """Whether a line says only that questions about the answer above follow: 追问：."""
    return FOLLOW_UPS.match(text) is not None


def sums_up(text: str) -> bool:
    """Whether a paragraph begins with 总结： or the like."""
    return SUMMING_UP.match(text) is not None


def says_farewell(paragraph: str) -> bool:
    """Whether a paragraph speaks of the document, or to its reader, and so is no part of an answer."""
    return any(cue.match(paragraph) and word.search(paragraph) for cue, word in FAREWELLS)
