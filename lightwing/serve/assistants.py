"""What a name in `/v1/models` stands for: an instruction document with the models, judges and limits that answer under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from lightwing.core.case import Sampling, Tool
from lightwing.core.clause import Spec
from lightwing.core.decision import Budget, Target
from lightwing.core.errormodel import ErrorModel
from lightwing.core.errors import ConfigError
from lightwing.core.protocols import Decoder, Judge, Model
from lightwing.core.risk import Certificate

__all__ = ["Assistant", "ServedTool", "Streaming", "Unmet"]

Streaming = Literal["verified", "optimistic"]
Unmet = Literal["flag", "error", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedTool:
    """A tool that the gateway itself calls: once for each accepted call, by POST of the arguments to `endpoint` and nowhere else.

    `key_env` names the variable of the environment whose value is sent as a bearer token.
    """

    tool: Tool
    endpoint: str
    key_env: str | None = None
    seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """Answers under one document.

    `spec` None: the system message of each request is the document. `raw`: nothing is checked, every request goes to the first model as it is.
    `models`: the rungs, cheapest first. `wishes`: what the user's message demands ("in at most 50 words") is checked beside the document. `tools` are called by
    the gateway; `offered` are handed to the model besides and passed through to the caller. `unmet` says what is sent where no answer is good enough: the best one,
    flagged; an error; or `unmet_text`. `tagged` is what its traces say besides.

    Raises:
        ConfigError: there is no model; an error rate is asked for and streaming is optimistic; `unmet` is text and there is none.
    """

    name: str
    models: Sequence[Model]
    decoder: Decoder
    spec: Spec | None = None
    title: str = ""
    description: str = ""
    raw: bool = False
    judges: Sequence[Judge] = ()
    target: Target = Target()
    errors: ErrorModel = ErrorModel()
    certificate: Certificate | None = None
    budget: Budget = Budget(calls=8)
    sampling: Sampling = Sampling()
    fixes: bool = True
    wishes: bool = True
    tools: Sequence[ServedTool] = ()
    offered: Sequence[Tool] = ()
    streaming: Streaming = "verified"
    unmet: Unmet = "flag"
    unmet_text: str = ""
    created: int = field(default=0)
    tagged: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        where = f"assistant {self.name}"
        if not self.models:
            raise ConfigError("There is no model to answer.", where=where, hint="Name one under models.")
        if self.streaming == "optimistic" and self.target.asks:
            raise ConfigError(
                "An error rate cannot be held where text is sent before the answer is accepted.",
                where=where,
                hint="Use streaming: verified, or leave target_error out.",
            )
        if self.unmet == "text" and not self.unmet_text.strip():
            raise ConfigError(
                "unmet is text, and there is none.", where=where, hint="Give unmet_text, or use flag or error."
            )
