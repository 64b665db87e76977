"""Any endpoint that speaks the OpenAI chat-completions protocol."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lightwing.core.case import Answer, Candidate, Case, Delta, Price, Sampling, ToolCall
from lightwing.core.errors import ConfigError, ModelAuth, ModelError, ModelProtocol, ModelRateLimit, ModelRefused
from lightwing.core.protocols import Relayed
from lightwing.models.chat import Choice, Dialect, Usage, choices, cost_of, pieces, request
from lightwing.models.common import candidate, require_request
from lightwing.models.http import Endpoint, Retries, Timeouts
from lightwing.models.registry import Opening
from lightwing.models.relay import relayed

__all__ = ["OpenAIModel", "open_openai"]

_TIMEOUTS, _RETRIES = Timeouts(), Retries()

_DROPPABLE = ("stream_options", "seed", "temperature", "top_p", "stop", "max_tokens")
_NOT_SUPPORTED = ("support", "unrecognized", "unknown", "unexpected", "extra", "not permitted", "not allowed")


class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint. One candidate counts as one call, however many came in one response.

    The key is read from the environment variable `key_env` when a call is made (None: the endpoint needs none) and is kept nowhere. `price` is what
    the provider charges; None means unknown, and then every cost has the price None. What an endpoint refuses (n above 1, `max_tokens`, a sampling
    parameter) is found out once and then left out; `notes` tells what.

    >>> OpenAIModel("gpt-x", base_url="http://localhost:8000/v1", key_env=None)
    OpenAIModel('gpt-x', base_url='http://localhost:8000/v1')
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str = "https://api.openai.com/v1",
        key_env: str | None = "OPENAI_API_KEY",
        price: Price | None = None,
        timeouts: Timeouts = _TIMEOUTS,
        retries: Retries = _RETRIES,
        concurrency: int = 16,
        seed: int = 0,
    ) -> None:
        self._model = model
        self.name = f"openai:{model}"
        self._base_url = base_url.rstrip("/")
        self._dialect = Dialect()
        self.price = price
        if concurrency < 1:
            raise ConfigError(f"concurrency is {concurrency}.", where=self.name, hint="Give at least 1.")
        self._endpoint = Endpoint(
            f"{self._base_url}/chat/completions",
            who=self.name,
            key_env=key_env,
            timeouts=timeouts,
            retries=retries,
            concurrency=concurrency,
            seed=seed,
        )

    def __repr__(self) -> str:
        return f"OpenAIModel({self._model!r}, base_url={self._base_url!r})"

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be left out or changed because the endpoint refused it."""
        return self._dialect.notes

    def held(self) -> contextlib.AbstractAsyncContextManager[Any]:
        """`async with model.held():` keeps connections open between calls. Without it they close when no call is under way."""
        return self._endpoint.held()

    def relay(self, body: Mapping[str, Any] | bytes) -> contextlib.AbstractAsyncContextManager[Relayed]:
        """Passes a chat-completions request on with nothing changed but the model's name: what the endpoint does not take is not left out, and nothing is priced.

        Time-outs, retries, limits and errors are those of `generate`.
        """
        return relayed(body, endpoint=self._endpoint, model=self._model)

    async def generate(self, case: Case, *, n: int, sampling: Sampling) -> Sequence[Candidate]:
        require_request(case, n, model=self.name)
        async with self.held():
            made: list[Candidate] = []
            if n == 1 or self._dialect.takes_n:
                made += await self._together(case, n, sampling)
            if len(made) < n:
                self._dialect.takes_n = False
                try:
                    made += await self._one_by_one(case, sampling, range(len(made), n))
                except ModelError:
                    if not made:
                        raise
            return made[:n]

    async def stream(self, case: Case, *, n: int, sampling: Sampling) -> AsyncIterator[Delta]:
        require_request(case, n, model=self.name)
        async with self.held():
            ended: set[int] = set()
            if n > 1 and self._dialect.takes_n:
                try:
                    async with contextlib.aclosing(self._streamed(case, n, sampling)) as deltas:
                        async for delta in deltas:
                            ended |= {delta.index} if delta.finish is not None else set()
                            yield delta
                    self._dialect.takes_n = len(ended) >= n
                except ModelRefused:
                    self._dialect.takes_n = False
            for index in sorted(set(range(n)) - ended):
                async with contextlib.aclosing(self._streamed(case, 1, _shifted(sampling, index))) as deltas:
                    async for delta in deltas:
                        yield replace(delta, index=index)

    async def _together(self, case: Case, n: int, sampling: Sampling) -> list[Candidate]:
        """Up to n candidates by one request; none where the endpoint refuses n and a request without it may do."""
        started = time.monotonic()
        try:
            value = await self._adapting(case, sampling, n=n)
        except ModelRefused:
            if n == 1:
                raise
            return []
        found, usage = choices(value, where=self.name)
        return self._candidates(case, found, usage, sampling, seconds=time.monotonic() - started)

    async def _one_by_one(self, case: Case, sampling: Sampling, places: range) -> list[Candidate]:
        """One request for each place. One that fails in passing is left out, for the others are paid for; what asking again cannot mend ends them all.

        Raises the first error where none gives an answer.
        """

        async def one(index: int) -> Candidate | ModelError:
            try:
                return (await self._together(case, 1, _shifted(sampling, index)))[0]
            except (ModelAuth, ModelRefused):
                raise
            except ModelError as error:
                if isinstance(error, ModelRateLimit) and error.lasting:
                    raise
                return error

        final: ModelError | None = None
        tasks: list[asyncio.Task[Candidate | ModelError]] = []
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(index)) for index in places]
        except* ModelError as errors:
            final = _first(errors)
        if final is not None:
            raise final
        replies = [task.result() for task in tasks]
        made = [reply for reply in replies if isinstance(reply, Candidate)]
        failures = [reply for reply in replies if isinstance(reply, ModelError)]
        if failures and not made:
            raise failures[0]
        return made

    async def _adapting(self, case: Case, sampling: Sampling, *, n: int) -> Any:
        """A whole response; parameters that the endpoint refuses by name are left out and the request is made again."""
        while True:
            body = request(self._model, case, sampling, n=n, stream=False, dialect=self._dialect)
            try:
                return await self._endpoint.post(body)
            except ModelRefused as refusal:
                if not self._learn(refusal, body):
                    raise

    def _learn(self, refusal: ModelRefused, body: dict[str, Any]) -> bool:
        """Whether a parameter that was sent is named as one that the endpoint does not take, and can be left out from now on."""
        message = refusal.what.lower()
        if not any(word in message for word in _NOT_SUPPORTED):
            return False
        for name in _DROPPABLE:
            said = refusal.about == name or any(f"{q}{name}{q}" in message for q in "'`\"")
            if said and name in body:
                self._dialect.refused.add(name)
                return True
        return False

    def _candidates(
        self, case: Case, found: Sequence[Choice], usage: Usage | None, sampling: Sampling, *, seconds: float
    ) -> list[Candidate]:
        shares = [None] * len(found) if usage is None else usage.share(len(found))
        return [
            candidate(
                choice.answer,
                cost=cost_of(case, choice.answer, share, price=self.price, seconds=seconds / len(found)),
                model=self.name,
                sampling=sampling,
            )
            for choice, share in zip(found, shares, strict=True)
        ]

    async def _streamed(self, case: Case, n: int, sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """One streamed request. The ends of all choices come last, when the usage is known."""
        started = time.monotonic()
        texts: dict[int, list[str]] = {}
        calls: dict[int, dict[int, ToolCall]] = {}
        finishes: dict[int, str] = {}
        usage: Usage | None = None
        async with contextlib.aclosing(self._events(case, n, sampling)) as events:
            async for event in events:
                for piece in pieces(event, where=self.name):
                    usage = piece.usage or usage
                    if piece.finish is not None:
                        finishes[piece.index] = piece.finish
                    if piece.text or piece.logprobs is not None:
                        texts.setdefault(piece.index, []).append(piece.text)
                        yield Delta(index=piece.index, text=piece.text, logprobs=piece.logprobs)
                    if piece.tool_call is not None:
                        slots = calls.setdefault(piece.index, {})
                        slots[piece.slot] = _joined(slots.get(piece.slot), piece.tool_call)
        begun = {*texts, *calls, *finishes}
        if not begun or begun - set(finishes):
            raise ModelProtocol("The stream ended in the middle of an answer.", where=self.name, hint="Try again.")
        shares = iter(usage.share(len(finishes))) if usage is not None else None
        seconds = (time.monotonic() - started) / len(finishes)
        for index, finish in sorted(finishes.items()):
            made = tuple(_named(call, slot) for slot, call in sorted(calls.get(index, {}).items()))
            for call in made:
                yield Delta(index=index, tool_call=call)
            answer = Answer(text="".join(texts.get(index, [])), tool_calls=made)
            cost = cost_of(case, answer, None if shares is None else next(shares), price=self.price, seconds=seconds)
            yield Delta(index=index, finish=finish, cost=cost)

    async def _events(self, case: Case, n: int, sampling: Sampling) -> AsyncGenerator[Any, None]:
        while True:
            body = request(self._model, case, sampling, n=n, stream=True, dialect=self._dialect)
            try:
                async with contextlib.aclosing(self._endpoint.events(body)) as events:
                    async for event in events:
                        yield event
                return
            except ModelRefused as refusal:
                if not self._learn(refusal, body):
                    raise


def _shifted(sampling: Sampling, index: int) -> Sampling:
    """The sampling of the index-th of parallel calls: with one seed for all they would give one answer n times."""
    return sampling if sampling.seed is None or index == 0 else replace(sampling, seed=sampling.seed + index)


def _joined(known: ToolCall | None, piece: ToolCall) -> ToolCall:
    if known is None:
        return piece
    return ToolCall(id=known.id or piece.id, name=known.name or piece.name, arguments=known.arguments + piece.arguments)


def _named(call: ToolCall, slot: int) -> ToolCall:
    return replace(call, id=call.id or f"call_{slot}", arguments=call.arguments or "{}")


def _first(errors: BaseExceptionGroup[ModelError]) -> ModelError:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIOptions:
    """Options of `openai:MODEL`."""

    base_url: str = "https://api.openai.com/v1"
    key_env: str | None = "OPENAI_API_KEY"
    price: Price | None = None
    timeouts: Timeouts = Timeouts()
    retries: Retries = Retries()
    concurrency: int = 16
    seed: int = 0


def open_openai(opening: Opening) -> OpenAIModel:
    """`openai:MODEL`: the model of this name at `base_url`."""
    options = opening.options_as(OpenAIOptions)
    return OpenAIModel(
        opening.name,
        base_url=options.base_url,
        key_env=options.key_env,
        price=options.price,
        timeouts=options.timeouts,
        retries=options.retries,
        concurrency=options.concurrency,
        seed=options.seed,
    )
