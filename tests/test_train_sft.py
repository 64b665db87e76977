"""Training a tiny model: it learns, goes on where it stopped, and two processes do what one does. Needs torch and transformers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'lightwing[train]'")
pytest.importorskip("transformers", reason="training needs transformers: pip install 'lightwing[train]'")
pytest.importorskip("tokenizers", reason="training needs tokenizers: pip install 'lightwing[train]'")

from lightwing.core.errors import ConfigError  # noqa: E402
from lightwing.train.files import make_world, tokenizer_of  # noqa: E402
from lightwing.train.model import new_model  # noqa: E402
from lightwing.train.sft import Corpus, Shape, Training, _loss, _tensors, sft  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")

SHAPE = Shape(width=32, layers=2, heads=2, inner=64, context=512)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    make_world(folder, count=600, seed=0)
    return folder


def corpus(world: Path, name: str = "corpus.jsonl") -> tuple[Corpus, int]:
    tokenizer = tokenizer_of(world / "tokenizer.json")
    return Corpus.of_pairs(world / name, tokenizer, longest=400), tokenizer.get_vocab_size()


def losses(out: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (out / "losses.jsonl").read_text().splitlines()]


def test_it_learns_and_leaves_a_model_with_its_curve(world: Path, tmp_path: Path) -> None:
    rows, vocabulary = corpus(world)
    sft(
        rows,
        tmp_path / "m",
        shape=SHAPE,
        training=Training(tokens=120_000, batch=1024, threads=1),
        vocabulary=vocabulary,
    )
    curve = losses(tmp_path / "m")
    assert curve[-1] < curve[0] - 1
    for name in ("model.safetensors", "config.json", "checkpoint.pt", "losses.png"):
        assert (tmp_path / "m" / name).stat().st_size > 100


def test_the_loss_is_that_of_transformers_with_a_mask_and_weighed_by_token(world: Path) -> None:
    rows, vocabulary = corpus(world)
    model = new_model(SHAPE, vocabulary)
    ids, labels, count = _tensors(torch, rows, [3, 40, 7], "cpu")
    mask = torch.tensor([[float(i < len(rows.row(r)[0])) for i in range(ids.shape[1])] for r in (3, 40, 7)])
    assert count == mask.sum()
    ones = torch.ones(vocabulary)
    theirs = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    assert torch.allclose(_loss(torch, model, ids, labels, ones), theirs, atol=1e-4)
    logits = torch.log_softmax(model(input_ids=ids, attention_mask=mask).logits.detach(), -1)
    first = int(labels[labels >= 0][0])
    total = weight = 0.0
    for r in range(3):
        for i in range(1, ids.shape[1]):
            if (wanted := int(labels[r, i])) >= 0:
                by = 4.0 if wanted == first else 1.0
                total, weight = total - by * float(logits[r, i - 1, wanted]), weight + by
    weights = ones.clone()
    weights[first] = 4.0
    assert _loss(torch, model, ids, labels, weights).item() == pytest.approx(total / weight, abs=1e-4)


def test_a_resumed_run_is_the_run_that_was_not_stopped(world: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    rows, vocabulary = corpus(world)
    whole = Training(tokens=60_000, batch=1024, threads=1, warm_up=1000)
    sft(rows, tmp_path / "a", shape=SHAPE, training=whole, vocabulary=vocabulary)

    def stop(done: float, entry: object) -> None:
        if done > 0.4:
            os.kill(os.getpid(), signal.SIGINT)

    sft(rows, tmp_path / "b", shape=SHAPE, training=whole, vocabulary=vocabulary, show=stop)
    with pytest.raises(ConfigError, match="checkpoint"):
        sft(rows, tmp_path / "b", shape=SHAPE, training=whole, vocabulary=vocabulary)
    assert not torch.equal(*(load_file(tmp_path / n / "model.safetensors")["model.norm.weight"] for n in "ab"))
    sft(rows, tmp_path / "b", shape=SHAPE, training=whole, vocabulary=vocabulary, resume=True)
    first, second = (load_file(tmp_path / n / "model.safetensors") for n in "ab")
    for name, weights in first.items():
        assert torch.allclose(weights, second[name], atol=1e-5), name


def test_a_checkpoint_of_another_shape_is_refused(world: Path, tmp_path: Path) -> None:
    rows, vocabulary = corpus(world)
    short = Training(tokens=3000, batch=1024, threads=1)
    sft(rows, tmp_path / "m", shape=SHAPE, training=short, vocabulary=vocabulary)
    other = Shape(width=64, layers=2, heads=2, inner=64, context=512)
    with pytest.raises(ConfigError, match="another shape"):
        sft(rows, tmp_path / "m", shape=other, training=short, vocabulary=vocabulary, resume=True)
    with pytest.raises(ConfigError, match="another shape"):
        sft(rows, tmp_path / "n", shape=other, training=short, vocabulary=vocabulary, start=tmp_path / "m")


def test_a_line_that_is_no_pair_is_named(world: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"asked": "a", "answer": "b"}\n{"asked": "a"}\n')
    with pytest.raises(ConfigError, match=r"bad\.jsonl:2"):
        Corpus.of_pairs(bad, tokenizer_of(world / "tokenizer.json"), longest=400)


def test_two_processes_train_one_model(world: Path, tmp_path: Path) -> None:
    script = tmp_path / "two.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "from lightwing.train.files import tokenizer_of\n"
        "from lightwing.train.sft import Corpus, Shape, Training, sft\n"
        "world, out = map(Path, sys.argv[1:])\n"
        "words = tokenizer_of(world / 'tokenizer.json')\n"
        "rows = Corpus.of_pairs(world / 'corpus.jsonl', words, longest=400)\n"
        "shape = Shape(width=32, layers=2, heads=2, inner=64, context=512)\n"
        "sft(rows, out, shape=shape, training=Training(tokens=200_000, batch=1024, threads=1), vocabulary=words.get_vocab_size())\n"
    )
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        str(script),
        str(world),
        str(tmp_path / "m"),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    curve = losses(tmp_path / "m")
    assert curve[-1] < curve[0]
