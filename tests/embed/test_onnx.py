"""Exported models: the numbers of torch, without torch. A small made-up model first, then the real one."""

import importlib.util
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from examgen.cli import cli
from examgen.embed import load_encoder, onnx_backend, open_encoder
from examgen.embed.models import locate
from examgen.embed.onnx_backend import OnnxEncoder, exported
from examgen.embed.tokens import read_tokens
from examgen.embed.torch_backend import TorchEncoder
from examgen.errors import MissingDependencyError, ModelError

pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

WORDS = ["过拟合", "模型", "梯度", "消失", "the", "loss", "of", "a", "model", "diverges", "when"]
TEXTS = [
    "过拟合 模型",
    "the loss of a model diverges",
    "梯度 消失 when unknown",
    "",
    "模型 " * 60,
    "the  过拟合 \t loss",
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder of a model of two layers, 16 dimensions and 16 words, which reads 32 tokens."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {word: place for place, word in enumerate([*special, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), special, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder / "inner")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    BertModel(config).save_pretrained(folder / "inner")
    inner = Transformer(str(folder / "inner"), max_seq_length=32)
    model = SentenceTransformer(modules=[inner, Pooling(16)], device="cpu", prompts={"query": "the "})
    model.default_prompt_name = "query"
    model.save(str(folder / "model"))
    return folder / "model"


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("EXAMGEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_an_exported_model_gives_the_numbers_of_torch(tiny, cache):
    onnx = OnnxEncoder(exported(str(tiny)), "cpu")
    torch = TorchEncoder(locate(str(tiny)), "cpu")

    assert np.abs(onnx.encode(TEXTS) - torch.encode(TEXTS)).max() < 1e-6
    assert onnx.fingerprint == torch.fingerprint
    assert onnx.encode([]).shape == (0, 16)


@pytest.mark.parametrize("layers", [(0, 2), (0, 1), (2,), (0,)], ids=str)
def test_an_exported_model_shows_the_tokens_that_torch_shows(tiny, cache, layers):
    texts = [text for text in TEXTS if text]
    found = OnnxEncoder(exported(str(tiny)), "cpu").read_tokens(texts, layers)
    expected = read_tokens(load_encoder(str(tiny), "cpu"), texts, layers)

    assert [tokens.ids.tolist() for tokens in found] == [tokens.ids.tolist() for tokens in expected]
    assert [tokens.spans.tolist() for tokens in found] == [tokens.spans.tolist() for tokens in expected]
    assert max(np.abs(a.vectors - b.vectors).max() for a, b in zip(found, expected, strict=True)) < 1e-6
    assert read_tokens(load_encoder(str(tiny), "cpu"), [], layers) == []
    assert OnnxEncoder(exported(str(tiny)), "cpu").read_tokens([], layers) == []


def test_the_graph_of_the_lower_layers_is_small_and_enough_for_them(tiny, cache):
    folder = exported(str(tiny))
    encoder = OnnxEncoder(folder, "cpu")

    encoder.read_tokens(["fish"], (0, 1))

    assert "lower_session" in vars(encoder)
    assert "session" not in vars(encoder)
    sizes = [(folder / name).stat().st_size for name in ("lower.onnx", "model.onnx")]
    assert sizes[0] < 0.7 * sizes[1]


def test_a_model_is_exported_once(tiny, cache, monkeypatch):
    first = exported(str(tiny))
    monkeypatch.setattr(onnx_backend, "export", None)

    assert exported(str(tiny)) == first


def test_a_copy_is_a_model_of_its_own(runner, tiny, cache, tmp_path):
    copy = tmp_path / "carried"

    result = runner.invoke(cli, ["export", "--model", str(tiny), "-o", str(copy)])
    shutil.rmtree(cache)

    assert (result.exit_code, result.stdout) == (0, f"{copy}\n")
    vectors = open_encoder(str(copy), "cpu", "onnx", cache=False).encode(TEXTS)
    assert np.abs(vectors - open_encoder(str(tiny), "cpu", cache=False).encode(TEXTS)).max() < 1e-6
    assert list(cache.glob("onnx/*")) == []
    again = runner.invoke(cli, ["export", "--model", str(tiny), "-o", str(copy)])
    assert (again.exit_code, again.stderr) == (1, f"Error: {copy}: is there already. Name a new folder.\n")


def test_a_damaged_or_foreign_export_is_one_line(tiny, cache, tmp_path):
    folder = tmp_path / "carried"
    shutil.copytree(exported(str(tiny)), folder)
    whole = (folder / "export.json").read_bytes()
    (folder / "export.json").write_text(json.dumps(json.loads(whole) | {"format": 99}), encoding="utf-8")

    with pytest.raises(ModelError, match=r"carried: was exported by another version of examgen\. Run: examgen export"):
        OnnxEncoder(folder)
    with pytest.raises(ModelError, match=r"carried: files of the exported model are missing or damaged\."):
        exported(str(folder))
    (folder / "export.json").write_bytes(whole)
    assert exported(str(folder)) == folder
    (folder / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"carried: the exported model cannot be loaded: "):
        OnnxEncoder(folder, "cpu").encode(["a"])


def test_an_export_with_other_numbers_is_refused(tiny, cache, monkeypatch):
    monkeypatch.setattr(onnx_backend, "TOLERANCE", -1.0)

    with pytest.raises(ModelError, match=r"exported, the model gives other numbers, by .*Use the backend torch\."):
        exported(str(tiny))
    assert [path.suffix for path in cache.glob("onnx/*")] == [".lock"]


def test_a_missing_package_and_a_missing_device_are_one_line(tiny, cache, monkeypatch):
    folder = exported(str(tiny))

    with pytest.raises(ModelError, match=r"onnxruntime has no device 'tpu'; it has cpu"):
        OnnxEncoder(folder, "tpu")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"Run: pip install 'openexamgen\[onnx\]'"):
        OnnxEncoder(folder)


def test_numbers_do_not_depend_on_the_threads(tiny, cache, monkeypatch):
    encoder = OnnxEncoder(exported(str(tiny)), "cpu")
    texts = [f"{text} {WORDS[number % 11]}" for number in range(40) for text in TEXTS]

    alone, several = [], []
    for threads, found in (("1", alone), ("3", several)):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        found += [encoder.encode(texts), *(tokens.vectors for tokens in encoder.read_tokens(texts, (1, 2)))]

    assert len(alone) == len(several) == 1 + len(texts)
    assert all(np.array_equal(one, other) for one, other in zip(alone, several, strict=True))


@pytest.mark.model
@pytest.mark.slow
def test_answers_are_graded_without_torch(tmp_path):
    exported()
    (tmp_path / "items.jsonl").write_text(
        '{"id":"q1","question":"什么是过拟合？","points":[{"id":"p1","text":"训练误差小而测试误差大"}]}\n',
        encoding="utf-8",
    )
    (tmp_path / "answers.csv").write_text(
        "candidate_id,item_id,answer\nc1,q1,训练集上很准测试集上很差\n", encoding="utf-8"
    )
    code = (
        "import sys\n"
        "from examgen.cli import cli\n"
        "cli(['grade', 'answers.csv', '--items', 'items.jsonl', '--backend', 'onnx', '--no-cache', '-q', '-o', '-'],"
        " standalone_mode=False)\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False, cwd=tmp_path
    )

    grade, modules = result.stdout.splitlines()
    assert modules == "[]", result.stderr
    assert json.loads(grade)["scorer"]["name"] == "reader"
