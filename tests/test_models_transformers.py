"""The back end for weights on this machine, on a tiny random model; skipped where torch is not installed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

import pytest
from models_tiny import save_tiny_model

from lightwing.core.case import Case, Price, Sampling
from lightwing.core.errors import ConfigError, MissingExtra, ModelRefused
from lightwing.models import open_model
from lightwing.models.transformers import TransformersModel, _HoldsBack

CASE = Case.ask("A colour?")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TransformersModel:
    folder = save_tiny_model(tmp_path_factory.mktemp("tiny"))
    opened = open_model(
        f"transformers:{folder}",
        options={"device": "cpu", "price": {"input_per_million": 0, "output_per_million": 1e6}},
    )
    assert isinstance(opened, TransformersModel)
    return opened


def test_without_the_packages_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"pip install 'lightwing\[local\]'"):
        open_model("transformers:org/name")


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_stream_holds_back_what_may_become_a_stop_string(size: int) -> None:
    for text, stops, given in (
        ("one END two", ("END",), "one "),
        ("one EN two", ("END",), "one EN t"),
        ("one two", (), "one two"),
        ("a##b#", ("##", "!!!"), "a"),
    ):
        out: list[str | None] = []
        held = _HoldsBack(out.append, stops)
        for i in range(0, len(text), size):
            held.take(text[i : i + size])
        assert "".join(piece or "" for piece in out) == given


def test_a_seed_repeats_and_a_batch_differs(tiny: TransformersModel) -> None:
    sampling = Sampling(temperature=1.0, max_tokens=12, seed=3)

    async def texts() -> list[str]:
        return [c.answer.text for c in await tiny.generate(CASE, n=3, sampling=sampling)]

    first = asyncio.run(texts())
    assert asyncio.run(texts()) == first
    assert len(set(first)) == 3


def test_greedy_answers_are_alike_and_counted(tiny: TransformersModel) -> None:
    made = asyncio.run(tiny.generate(CASE, n=2, sampling=Sampling(temperature=0, max_tokens=5)))
    assert len({c.answer.text for c in made}) == 1
    assert [(c.cost.output_tokens, c.cost.price, c.answer.finish) for c in made] == [(5, 5.0, "length")] * 2
    assert made[0].cost.input_tokens == len("A colour?\n")
    assert tiny.price == Price(output_per_million=1e6)


def test_a_stop_string_ends_the_answer_before_it(tiny: TransformersModel) -> None:
    free = asyncio.run(tiny.generate(CASE, n=1, sampling=Sampling(temperature=0, max_tokens=30)))[0].answer
    stop = free.text[5:8]
    sampling = Sampling(temperature=0, max_tokens=30, stop=(stop,))
    made = asyncio.run(tiny.generate(CASE, n=1, sampling=sampling))[0].answer
    assert made.text == free.text[: free.text.index(stop)]
    assert made.finish == "stop"

    async def streamed() -> str:
        return "".join([d.text async for d in tiny.stream(CASE, n=1, sampling=sampling)])

    assert asyncio.run(streamed()) == made.text


def test_a_cancelled_call_ends_the_generation(tiny: TransformersModel) -> None:
    long = Sampling(temperature=0, max_tokens=200)

    async def seconds(*, cancel: bool) -> float:
        """Until the weights are free again."""
        started = time.monotonic()
        call = asyncio.ensure_future(tiny.generate(CASE, n=1, sampling=long))
        if cancel:
            await asyncio.sleep(0.02)
            call.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await call
        await tiny.generate(CASE, n=1, sampling=Sampling(temperature=0, max_tokens=1))
        return time.monotonic() - started

    whole = asyncio.run(seconds(cancel=False))
    assert asyncio.run(seconds(cancel=True)) < 0.5 * whole


def test_what_the_model_cannot_read_is_refused(tiny: TransformersModel) -> None:
    for case, says in ((Case.ask("Hi", system="Be brief."), "no system message"), (Case.ask("x" * 300), "301 tokens")):
        with pytest.raises(ModelRefused, match=says):
            asyncio.run(tiny.generate(case, n=1, sampling=Sampling(max_tokens=1)))


def test_no_model_and_no_chat_template_are_named(tmp_path: Path) -> None:
    save_tiny_model(tmp_path / "bare", template=None)
    with pytest.raises(ConfigError, match="no chat template"):
        open_model(f"transformers:{tmp_path / 'bare'}")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="cannot be loaded"):
        open_model(f"transformers:{tmp_path / 'empty'}")
