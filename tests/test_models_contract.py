"""One contract for every back end: what a caller may count on, whichever model it was given."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from models_embedded import embedded_model
from models_endpoint import DONE, Asked, Step, chunk, completion, endpoint, event, stream
from models_tiny import save_tiny_model

from lightwing.core.case import Answer, Candidate, Case, Price, Sampling, ToolCall
from lightwing.core.errors import ModelError, ModelRefused, NotRecorded
from lightwing.core.protocols import Model
from lightwing.models import (
    PageWriter,
    RecordedModel,
    ScriptedModel,
    SeparableWriter,
    SimulatedErrors,
    SimulatedModel,
    benchmark_spec,
    open_model,
)
from lightwing.models.openai import OpenAIModel
from lightwing.serve.breaker import Guarded
from lightwing.spec import bind

CASE = Case.ask("Write a short note.", id="c1")
SAMPLING = Sampling(temperature=0, max_tokens=20)
TEXTS = ["Blue is a colour of the sky.", "Red.", "", "naïve 日本 😀"]
Opened = AbstractAsyncContextManager[Model]


@contextlib.asynccontextmanager
async def scripted(_: Path) -> AsyncIterator[Model]:
    yield ScriptedModel(TEXTS, cycle=True)


@contextlib.asynccontextmanager
async def recorded(folder: Path) -> AsyncIterator[Model]:
    path = folder / "answers.jsonl"
    path.write_text("".join(json.dumps({"id": "c1", "answer": text}) + "\n" for text in TEXTS))
    yield open_model(f"recorded:{path}", options={"price": {}})


@contextlib.asynccontextmanager
async def simulated(_: Path) -> AsyncIterator[Model]:
    yield SimulatedModel(SimulatedErrors(), writer=SeparableWriter(benchmark_spec(6)))


@contextlib.asynccontextmanager
async def simulated_pages(_: Path) -> AsyncIterator[Model]:
    spec = benchmark_spec(4)
    yield SimulatedModel(SimulatedErrors(), writer=PageWriter(spec, bind(spec).read))


@contextlib.asynccontextmanager
async def openai(_: Path) -> AsyncIterator[Model]:
    def answer(asked: Asked) -> Step:
        texts = (TEXTS * 2)[: asked.body.get("n", 1)]
        if not asked.body.get("stream"):
            return completion(*texts)
        events = [chunk(i, content=piece) for i, text in enumerate(texts) for piece in (text[:3], text[3:])]
        ends = [chunk(i, finish="stop") for i in range(len(texts))]
        usage = event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
        return stream(*events, *ends, usage, DONE)

    async with endpoint(answer) as fake:
        yield OpenAIModel("gpt-x", base_url=fake.url, key_env=None, price=Price())


@contextlib.asynccontextmanager
async def transformers(folder: Path) -> AsyncIterator[Model]:
    yield open_model(f"transformers:{save_tiny_model(folder / 'tiny')}", options={"device": "cpu"})


@contextlib.asynccontextmanager
async def embedded(_: Path) -> AsyncIterator[Model]:
    yield embedded_model()


@contextlib.asynccontextmanager
async def guarded(folder: Path) -> AsyncIterator[Model]:
    async with openai(folder) as model:
        yield Guarded(model)


BACK_ENDS = (scripted, recorded, simulated, simulated_pages, openai, transformers, embedded, guarded)


@pytest.fixture(params=BACK_ENDS, ids=lambda back_end: back_end.__name__)
def back_end(request: pytest.FixtureRequest) -> Callable[[Path], Opened]:
    return request.param  # type: ignore[no-any-return]


def test_it_is_a_model_and_says_its_name(back_end: Callable[[Path], Opened], tmp_path: Path) -> None:
    async def run() -> None:
        async with back_end(tmp_path) as model:
            assert isinstance(model, Model)
            assert model.name
            assert model.price is None or isinstance(model.price, Price)

    asyncio.run(run())


@pytest.mark.parametrize("n", [1, 3])
def test_as_many_candidates_as_asked_for_each_with_its_cost(
    back_end: Callable[[Path], Opened], tmp_path: Path, n: int
) -> None:
    async def run() -> None:
        async with back_end(tmp_path) as model:
            made = await model.generate(CASE, n=n, sampling=SAMPLING)
            assert len(made) == n
            for candidate in made:
                assert isinstance(candidate, Candidate)
                assert candidate.origin.model == model.name
                assert (candidate.id, candidate.origin.how, candidate.origin.parent) == ("", "proposed", None)
                assert candidate.cost.calls == 1
                assert candidate.cost.price == 0.0
                assert candidate.cost.input_tokens > 0
                assert candidate.cost.seconds >= 0
            assert sum(c.cost.output_tokens for c in made) > 0

    asyncio.run(run())


@pytest.mark.parametrize("n", [1, 3])
def test_a_stream_gives_what_a_call_gives(back_end: Callable[[Path], Opened], tmp_path: Path, n: int) -> None:
    async def run() -> None:
        async with back_end(tmp_path) as model:
            made = await model.generate(CASE, n=n, sampling=SAMPLING)
        (tmp_path / "again").mkdir()
        async with back_end(tmp_path / "again") as model:
            texts, ends = [""] * n, list[int]()
            async for delta in model.stream(CASE, n=n, sampling=SAMPLING):
                assert delta.index not in ends, "nothing follows the end of a candidate"
                texts[delta.index] += delta.text
                if delta.finish is not None:
                    ends.append(delta.index)
                    assert delta.finish == made[delta.index].answer.finish
                    assert delta.cost is not None
                    assert delta.cost.calls == 1
            assert sorted(ends) == list(range(n))
            assert texts == [candidate.answer.text for candidate in made]

    asyncio.run(run())


@pytest.mark.parametrize(("case", "n"), [(Case(messages=()), 1), (CASE, 0), (CASE, -1)])
def test_what_no_model_can_answer_is_refused(
    back_end: Callable[[Path], Opened], tmp_path: Path, case: Case, n: int
) -> None:
    async def run() -> None:
        async with back_end(tmp_path) as model:
            with pytest.raises(ModelRefused):
                await model.generate(case, n=n, sampling=SAMPLING)
            with pytest.raises(ModelRefused):
                async for _ in model.stream(case, n=n, sampling=SAMPLING):
                    pass

    asyncio.run(run())


def test_a_cancelled_call_and_a_left_stream_leave_no_task(back_end: Callable[[Path], Opened], tmp_path: Path) -> None:
    async def run() -> None:
        async with back_end(tmp_path) as model:
            before = asyncio.all_tasks()
            call = asyncio.ensure_future(model.generate(CASE, n=2, sampling=SAMPLING))
            await asyncio.sleep(0)
            call.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await call
            deltas = model.stream(CASE, n=2, sampling=SAMPLING)
            async with contextlib.aclosing(deltas):  # type: ignore[type-var]
                async for _ in deltas:
                    break
            await asyncio.sleep(0.02)
            assert {t for t in asyncio.all_tasks() - before if "accept" not in repr(t)} == set()

    asyncio.run(run())


def test_calls_at_the_same_time_do_not_disturb_each_other(back_end: Callable[[Path], Opened], tmp_path: Path) -> None:
    async def run() -> None:
        async with back_end(tmp_path) as model:
            both = await asyncio.gather(*(model.generate(CASE, n=1, sampling=SAMPLING) for _ in range(4)))
            assert [len(made) for made in both] == [1] * 4

    asyncio.run(run())


def test_tool_calls_pass_through_a_stream() -> None:
    call = ToolCall(id="t1", name="book", arguments='{"seat": 1}')
    model = ScriptedModel([Answer(tool_calls=(call,), finish="tool_calls")])

    async def run() -> None:
        deltas = [d async for d in model.stream(CASE, n=1, sampling=SAMPLING)]
        assert [d.tool_call for d in deltas] == [call, None]
        assert deltas[-1].finish == "tool_calls"

    asyncio.run(run())


def test_every_model_error_is_of_the_one_tree() -> None:
    model = RecordedModel({})
    with pytest.raises(ModelError) as caught:
        asyncio.run(model.generate(CASE, n=1, sampling=SAMPLING))
    assert isinstance(caught.value, NotRecorded)
    assert caught.value.exit_code == 1
