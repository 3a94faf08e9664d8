"""How the search for duplicates grows, on made-up banks of 1,000 to 100,000 items: duplicates, siblings, strangers."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from examgen.dedupe import find_duplicates
from examgen.model import Item, RubricPoint, Source

# What is promised of 100,000 items on two cores, once they are embedded.
PROMISED_ITEMS, MAX_SECONDS, MAX_MB = 100_000, 300.0, 4096.0
# Time per item, from one size to the next of ten times as many, grows by no more than this: near-linear.
MAX_GROWTH = 2.0

# A term is two of these, such as 梯流 or 衡谱: as many terms as a big field has, none of which a word list knows.
_STEMS = "梯流衡谱核链域簇阶熵张矩栈帧锚环池窗图树簧晶波频相位极场阵棱"
_MIDDLE: tuple[str, ...] = (
    "索引",
    "缓存",
    "调度",
    "路由",
    "编码",
    "采样",
    "压缩",
    "校验",
    "聚类",
    "检索",
    "排序",
    "同步",
    "复制",
    "分片",
)
_MIDDLE += (
    "归约",
    "剪枝",
    "对齐",
    "投影",
    "映射",
    "估计",
    "预取",
    "回收",
    "迁移",
    "扩容",
    "监控",
    "熔断",
    "限流",
    "降级",
)
_AFTER = (
    "算法",
    "机制",
    "策略",
    "协议",
    "框架",
    "模型",
    "流程",
    "结构",
    "方法",
    "系统",
    "引擎",
    "网络",
    "平台",
    "服务",
)
_PHASES = (
    "",
    "训练中的",
    "部署时的",
    "设计阶段的",
    "测试阶段的",
    "大规模场景下的",
    "单机环境的",
    "生产环境的",
    "云上的",
)
# A wish, in two wordings each: rewordings of one question take another wording, siblings another subject.
_WISHES = (
    ("请简要介绍{}，并说明其优缺点。", "{}是什么？有什么好处和坏处？"),
    ("{}的工作原理是什么？", "请说明{}是如何工作的。"),
    ("为什么需要{}？", "引入{}的原因有哪些？"),
    ("实现{}时会遇到哪些困难？", "请列举落地{}的主要难点。"),
)
_FACTS = (
    "减少{}的开销",
    "需要额外维护{}",
    "对{}更稳健",
    "依赖{}的质量",
    "降低{}的延迟",
    "让{}便于扩展",
    "可能丢失{}",
    "要求{}一致",
)
_ABOUT = (
    "内存",
    "带宽",
    "状态",
    "日志",
    "参数",
    "版本",
    "元数据",
    "连接",
    "请求",
    "副本",
    "时钟",
    "权限",
    "批次",
    "特征",
    "阈值",
)
# Of ten items, three ask again what another asks; of ten questions, two differ from another in one word.
_DUPLICATES, _SIBLINGS = 0.3, 0.2
_DIMENSIONS = 384

_Subject = tuple[str, ...]


@dataclass(frozen=True)
class Searched:
    """What came out for one size."""

    items: int
    groups: int
    """Questions after merging."""
    seconds: float
    """From items with known embeddings to decisions."""
    embedding_seconds: float
    """In the stub encoder; left out of ``seconds``."""
    peak_mb: float
    """Of the process, the items and their embeddings included."""
    precision: float
    recall: float


@dataclass(frozen=True)
class DedupeBench:
    """All sizes, the smallest first."""

    runs: tuple[Searched, ...]

    @property
    def misses(self) -> list[str]:
        """Which promises are not kept, in words."""
        found = []
        for run in self.runs:
            if run.items == PROMISED_ITEMS and run.seconds > MAX_SECONDS:
                found.append(f"{run.items} items: {run.seconds:.0f} s, not {MAX_SECONDS:g}")
            if run.items == PROMISED_ITEMS and run.peak_mb > MAX_MB:
                found.append(f"{run.items} items: {run.peak_mb:.0f} MB, not {MAX_MB:g}")
        for small, large in zip(self.runs, self.runs[1:], strict=False):
            growth = (large.seconds / large.items) / (small.seconds / small.items)
            if growth > MAX_GROWTH:
                found.append(f"{large.items} items: {growth:.1f} times as long an item as of {small.items}")
        return found


class HashedEncoder:
    """A stand-in for the model: pairs of neighbouring characters, hashed. Quick, and wordings come out alike."""

    fingerprint = "hashed"

    def __init__(self) -> None:
        self.seconds = 0.0
        self._rows: dict[str, np.ndarray] = {}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(n, 384) rows of length 1."""
        started = time.perf_counter()
        rows = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for pair in zip(text, text[1:] + " ", strict=True):
                row += self._row("".join(pair))
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        self.seconds += time.perf_counter() - started
        return rows

    def _row(self, pair: str) -> np.ndarray:
        if pair not in self._rows:
            seed = int.from_bytes(hashlib.blake2b(pair.encode(), digest_size=8).digest(), "little")
            self._rows[pair] = np.random.default_rng(seed).standard_normal(_DIMENSIONS).astype(np.float32)
        return self._rows[pair]


def bench_items(count: int, seed: int = 0) -> tuple[list[Item], list[list[str]]]:
    """Made-up items, the same every time, and the names of those that ask the same.

    Three in ten reword another item; two in ten of the others have a sibling
    that differs in one word of the subject, or in the phase.
    """
    rng = random.Random(f"items {count} {seed}")
    different = _questions(count - int(count * _DUPLICATES), rng)
    again = rng.choices(range(len(different)), k=count - len(different))
    items: list[Item] = []
    groups: dict[int, list[str]] = {}
    for number, of in enumerate([*range(len(different)), *again], 1):
        subject, wish = different[of]
        items.append(_item(number, subject, wish, of, rewording=len(groups.get(of, ()))))
        groups.setdefault(of, []).append(f"made.md#{number}")
    return items, [group for group in groups.values() if len(group) > 1]


def _questions(count: int, rng: random.Random) -> list[tuple[_Subject, int]]:
    """Different subjects, each with a wish."""
    slots = (_STEMS, _STEMS, _MIDDLE, _AFTER, _PHASES)
    found: dict[tuple[_Subject, int], None] = {}
    last: list[str] = []
    while len(found) < count:
        if last and rng.random() < _SIBLINGS:
            changed = rng.randrange(2, len(slots))
            last[changed] = rng.choice(slots[changed])
        else:
            last, wish = [rng.choice(slot) for slot in slots], rng.randrange(len(_WISHES))
        found[tuple(last), wish] = None
    return list(found)


def _item(number: int, subject: _Subject, wish: int, of: int, rewording: int) -> Item:
    *term, phase = subject
    name = phase + "".join(term)
    facts = random.Random(f"facts {of}").sample([(f, a) for f in _FACTS for a in _ABOUT], 5)
    rng = random.Random(f"wording {number}")
    points = [fact.format(about) for fact, about in rng.sample(facts, 5 if not rewording else 4)]
    return Item(
        id=f"q{number:06d}",
        lang="zh",
        title=name if not rewording else f"{name}概述",
        question=_WISHES[wish][min(rewording, 1)].format(name),
        reference="\n".join(f"- {point}" for point in points),
        points=tuple(RubricPoint(id=f"p{n}", text=point) for n, point in enumerate(points, 1)),
        max_score=len(points),
        sources=(Source(document="made.md", number=number, line=number),),
    )


def bench_dedupe(
    sizes: Sequence[int] = (1_000, 10_000, 100_000), progress: Callable[[int, int], None] | None = None
) -> DedupeBench:
    """Search made-up banks for duplicates, each in a process of its own, so that its memory is its own."""
    runs = []
    for done, size in enumerate(sorted(sizes), 1):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            runs.append(pool.submit(search, size).result())
        if progress:
            progress(done, len(sizes))
    return DedupeBench(tuple(runs))


def search(size: int) -> Searched:
    """Make items, and search them."""
    items, true = bench_items(size)
    # Loads the word lists, which is no part of the work.
    find_duplicates(items[:20], HashedEncoder())
    encoder = HashedEncoder()
    started = time.perf_counter()
    found = find_duplicates(items, encoder)
    seconds = time.perf_counter() - started - encoder.seconds
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    said = {pair for group in found.groups for pair in combinations(sorted(group.members), 2)}
    wanted = {pair for group in true for pair in combinations(sorted(group), 2)}
    right = len(said & wanted)
    return Searched(
        items=size,
        groups=len(found.groups),
        seconds=seconds,
        embedding_seconds=encoder.seconds,
        peak_mb=peak,
        precision=right / len(said) if said else 1.0,
        recall=right / len(wanted) if wanted else 1.0,
    )
