"""What goes into a model and what comes out: cases, answers, candidates and what they cost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lightwing.core.ids import strong_id

__all__ = [
    "Answer",
    "Candidate",
    "Case",
    "Cost",
    "Delta",
    "Message",
    "Origin",
    "Price",
    "Role",
    "Sampling",
    "Tool",
    "ToolCall",
    "joined_logprobs",
]

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that a model asks for. `arguments` is the JSON text exactly as the model wrote it (it may be invalid)."""

    id: str
    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool offered to the model; `parameters` is a JSON Schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation. A call of a tool holds its name and arguments itself, without the protocol's shell `function`.

    `parts` are content parts that are no text (images, audio), as they stood in the request. An endpoint gets them in order after the text; checks and
    judges see none of them.
    """

    role: Role
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    parts: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request: the conversation so far (ending with what is to be answered), tools, metadata.

    >>> Case.ask("Name a colour.").messages[-1].content
    'Name a colour.'
    """

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    id: str = ""
    target: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def ask(cls, prompt: str, *, system: str | None = None, id: str = "") -> Case:
        """A case of one user message, after a system message if one is given."""
        head = (Message(role="system", content=system),) if system else ()
        return cls(messages=(*head, Message(role="user", content=prompt)), id=id)

    @property
    def strong_id(self) -> str:
        """Id of what the model sees (messages and tools), not of the case's name."""
        return strong_id(
            {
                "messages": [
                    [
                        m.role,
                        m.content,
                        [[c.id, c.name, c.arguments] for c in m.tool_calls],
                        m.tool_call_id,
                        *([[dict(part) for part in m.parts]] if m.parts else []),
                    ]
                    for m in self.messages
                ],
                "tools": [[t.name, t.description, dict(t.parameters)] for t in self.tools],
            }
        )

    def with_messages(self, *more: Message) -> Case:
        """The same case with messages appended."""
        return replace(self, messages=(*self.messages, *more))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model returned. `finish` is the protocol's reason: stop, length, tool_calls, content_filter, cut (by an early stop), or error.

    `logprobs` are as the endpoint gave them, where it was asked for them. They belong to this very text: whoever mends it leaves them out. Two answers are
    equal whatever their logprobs.
    """

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish: Literal["stop", "length", "tool_calls", "content_filter", "cut", "error"] = "stop"
    logprobs: Any = field(default=None, compare=False)

    @property
    def broken_call(self) -> ToolCall | None:
        """The first call whose arguments are no JSON object, so that nobody can carry it out; None where there is none.

        >>> Answer(tool_calls=(ToolCall(id="1", name="refund", arguments='{"order": 7'),)).broken_call.name
        'refund'
        """
        return next((call for call in self.tool_calls if not _is_object(call.arguments)), None)


def _is_object(arguments: str) -> bool:
    """Whether arguments are a JSON object; none at all are an empty one."""
    try:
        return not arguments.strip() or isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model charges, in the currency of the user's price list: per million tokens read and written, and per call.

    >>> Price(input_per_million=1.0, output_per_million=4.0).of(input_tokens=1_000_000, output_tokens=500_000)
    3.0
    """

    input_per_million: float = 0.0
    output_per_million: float = 0.0
    per_call: float = 0.0

    @staticmethod
    def missing_in(given: Mapping[str, Any]) -> str | None:
        """The price per token that a price list lacks beside the other one: unknown, not 0. None where both or neither are given.

        >>> Price.missing_in({"input_per_million": 1.0}), Price.missing_in({"per_call": 0.1})
        ('output_per_million', None)
        """
        missing = [name for name in ("input_per_million", "output_per_million") if name not in given]
        return missing[0] if len(missing) == 1 else None

    def of(self, *, input_tokens: int, output_tokens: int, calls: int = 1) -> float:
        """The price of `calls` calls that read and wrote this many tokens together."""
        tokens = input_tokens * self.input_per_million + output_tokens * self.output_per_million
        return tokens / 1e6 + calls * self.per_call


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What something cost. `price` (in the currency of the price list) is None where it is unknown: never read it as 0.

    >>> (Cost(calls=1, price=2.0) + Cost(calls=1, price=None)).price is None
    True
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    price: float | None = 0.0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            seconds=self.seconds + other.seconds,
            price=None if self.price is None or other.price is None else self.price + other.price,
        )


OriginKind = Literal["proposed", "fixed", "repaired", "recombined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a candidate came from: how it was made, of which parent, on which rung, with which seed."""

    how: OriginKind = "proposed"
    parent: str | None = None
    rung: int = 0
    model: str = ""
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One answer with its origin and its cost. A model fills `answer`, `cost` and the model's name; the run gives the id and the rest."""

    answer: Answer
    id: str = ""
    origin: Origin = Origin()
    cost: Cost = Cost()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a model is to sample. None leaves the endpoint's own default.

    `extra` are further fields of the request (JSON values), which an endpoint gets as they stand: response_format, logit_bias, logprobs, tool_choice and the like. What
    Lightwing sets itself (model, messages, tools, stream, n and the fields above) they never change; models that are no endpoint pass them over.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """A piece of a streamed candidate: `index` tells which of the n; text, a tool-call piece, or (last) the finish reason and the cost.

    `logprobs` are those of this piece; `joined_logprobs` makes an answer's of them.
    """

    index: int = 0
    text: str = ""
    tool_call: ToolCall | None = None
    finish: str | None = None
    cost: Cost | None = None
    logprobs: Any = None


def joined_logprobs(pieces: Iterable[Any]) -> Any:
    """The logprobs of an answer whose pieces had these: lists of one name one after the other, of anything else the last. None where no piece had any.

    >>> joined_logprobs([None, {"content": [1], "refusal": None}, {"content": [2, 3]}])
    {'content': [1, 2, 3], 'refusal': None}
    """
    whole: dict[str, Any] | None = None
    for piece in pieces:
        if not isinstance(piece, Mapping):
            continue
        whole = {} if whole is None else whole
        for name, value in piece.items():
            known = whole.get(name)
            if isinstance(known, list) and isinstance(value, list):
                known.extend(value)
            elif value is not None or name not in whole:
                whole[name] = list(value) if isinstance(value, list) else value
    return whole
