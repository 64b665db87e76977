"""The configuration file `lightwing.yaml`: models by short name, and what `run` and `batch` do where nothing else is said.

It is looked for in the working directory and then upwards. Keys never stand in it: `key_env` names the variable of the environment that holds one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from lightwing.core.case import Price
from lightwing.core.decision import Budget
from lightwing.core.errors import ConfigError

__all__ = [
    "FILE_NAME",
    "AssistantConfig",
    "Budget",
    "Config",
    "ModelConfig",
    "RunConfig",
    "ServeConfig",
    "ToolConfig",
    "find_config",
    "load_config",
    "measuring",
    "read_config",
]

FILE_NAME = "lightwing.yaml"

T = TypeVar("T")

_LARGEST = 1_000_000
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
_Count = Annotated[int, msgspec.Meta(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """One model under a short name. `options` goes to the back end as it stands (docs/models.md). A price that is not given is unknown, never 0."""

    model: str
    provider: str = "openai"
    base_url: str | None = None
    key_env: str | None = None
    timeout: _Positive | None = None
    price: Price | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """What `run` and `batch` do where the command line says nothing. A limit of the budget that is absent is none, except calls (8). `decoder` None:
    `cost-optimal` where an error rate is asked for, else `repair-best`."""

    model: str | None = None
    escalate: tuple[str, ...] = ()
    judge: tuple[str, ...] = ()
    decoder: str | None = None
    target_error: _Share | None = None
    confidence: _Share = 0.95
    errors: str | None = None
    certificate: str | None = None
    budget: Budget = Budget()
    max_tokens: _Count | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=10)] | None = None
    seed: int = 0
    concurrency: _Count = 16
    store: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolConfig:
    """A tool of an assistant. With an `endpoint` the gateway calls it, without one the caller does."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    endpoint: str | None = None
    key_env: str | None = None
    seconds: _Positive = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantConfig:
    """An assistant of the gateway. Paths are relative to the configuration's folder. What is not said is as under `run`.

    `document` is a document or a spec file; `definition` is an assistant that was exported elsewhere (JSON: name, instructions, tools).
    """

    document: str | None = None
    definition: str | None = None
    title: str = ""
    description: str = ""
    models: tuple[str, ...] = ()
    judge: tuple[str, ...] | None = None
    decoder: str | None = None
    target_error: _Share | None = None
    confidence: _Share = 0.95
    errors: str | None = None
    certificate: str | None = None
    budget: Budget | None = None
    max_tokens: _Count | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=10)] | None = None
    wishes: bool = True
    fixes: bool = True
    allow_contradictions: bool = False
    streaming: Literal["verified", "optimistic"] = "verified"
    unmet: Literal["flag", "error", "text"] = "flag"
    unmet_text: str = ""
    tools: tuple[ToolConfig, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """How the gateway listens and what it bears. `concurrency` requests at once, `queue` more wait; `stop_seconds` for what is under way when it is told to stop.
    `hosts`: names that it answers to beside its own; `log_content`: write down what is asked and answered. `otel`: address of an
    OpenTelemetry collector (OTLP over HTTP); None: what the variables of the environment say. `redact`: fields of traces that are struck out before anything is
    written (docs/store.md), with marks made by the key in the variable `redact_key_env`."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    store: str | None = None
    processes: _Count = 1
    concurrency: _Count = 128
    queue: Annotated[int, msgspec.Meta(ge=0)] = 512
    seconds: _Positive = 300.0
    heartbeat: _Positive = 10.0
    stop_seconds: _Positive = 30.0
    body_bytes: _Count = 10_000_000
    hosts: tuple[str, ...] = ()
    pages: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_content: bool = False
    otel: str | None = None
    redact: tuple[str, ...] = ()
    redact_key_env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    models: dict[str, ModelConfig] = field(default_factory=dict)
    run: RunConfig = RunConfig()
    serve: ServeConfig = ServeConfig()
    assistants: dict[str, AssistantConfig] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration and where it stands; `path` is None where there is no file."""

    path: Path | None = None
    models: Mapping[str, ModelConfig]
    run: RunConfig
    serve: ServeConfig = ServeConfig()
    assistants: Mapping[str, AssistantConfig] = field(default_factory=dict)


def find_config(start: Path) -> Path | None:
    """The nearest configuration file at `start` or above."""
    return next((f for d in (start, *start.parents) if (f := d / FILE_NAME).is_file()), None)


def load_config(given: str | None) -> Config:
    """The configuration at `given`, else the nearest one; an empty one where there is none."""
    path = Path(given) if given is not None else find_config(Path.cwd())
    return Config(models={}, run=RunConfig()) if path is None else read_config(path)


def measuring(config: Config, *, calls: int) -> Config:
    """For verbs that ask and read without a decoder: no error rate and no error model of earlier, and so many calls in all as the only limit."""
    bare = replace(config.run, decoder=None, target_error=None, errors=None, budget=Budget(calls=calls))
    return replace(config, run=bare)


def read_config(path: Path) -> Config:
    """Reads and checks one file.

    Raises:
        ConfigError: it cannot be read, is no YAML, or a field is unknown or has a wrong value; the field is named, with what was perhaps meant.
    """
    value = _yaml(path)
    _refuse_unknown(value, where=path)
    models = value.get("models") if isinstance(value, dict) else None
    for name, model in models.items() if isinstance(models, dict) else ():
        if not isinstance(name, str):
            raise ConfigError(
                f"The short name {name!r} of a model is no text.", where=str(path), hint="Put it into quotes."
            )
        _converted(model, ModelConfig, f"models.{name}.", path)
        _refuse_half_a_price(model.get("price"), f"models.{name}.price", path)
    file = _converted(value, _File, "", path)
    for place, limits in (
        ("run.budget", file.run.budget),
        *((f"models.{n}.price", m.price) for n, m in file.models.items()),
        *((f"assistants.{n}.budget", a.budget) for n, a in file.assistants.items()),
    ):
        for each in () if limits is None else fields(limits):
            value = getattr(limits, each.name)
            budget = isinstance(limits, Budget)
            if value is not None and (not 0 <= value < float("inf") or (value == 0 and budget)):
                least = "above 0" if budget else "of at least 0"
                raise ConfigError(f"{place}.{each.name} is {value}.", where=str(path), hint=f"Give a number {least}.")
    return Config(path=path, models=file.models, run=file.run, serve=file.serve, assistants=file.assistants)


def _converted(value: Any, kind: type[T], within: str, path: Path) -> T:
    """A part of the file as its dataclass; what does not fit is named with its whole place."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problem, _, at = str(error).partition(" - at ")
        place = (within + at.strip("`").removeprefix("$").removeprefix(".")).removesuffix(".")
        raise ConfigError(
            f"{problem}{f' at {place}' if place else ''}.",
            where=str(path),
            hint="See docs/cli.md, or `lightwing init`.",
        ) from None


def _refuse_half_a_price(price: Any, place: str, path: Path) -> None:
    """One price of two per token would make the other 0, and what is not given is unknown."""
    from lightwing.core.case import Price

    missing = Price.missing_in(price) if isinstance(price, dict) else None
    if missing:
        raise ConfigError(
            f"{place} has no {missing}.", where=str(path), hint="Give both prices per token; 0 where it is free."
        )


def _yaml(path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError("The configuration is larger than 1 MB.", where=str(path), hint="Is it the right file?")
        found = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8-sig"))
        return {} if found is None else found
    except OSError as error:
        raise ConfigError(f"It cannot be read: {error.strerror}.", where=str(path), hint="Check --config.") from None
    except UnicodeDecodeError:
        raise ConfigError("It is not UTF-8 text.", where=str(path), hint="Save it as UTF-8.") from None
    except MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"It is no YAML: {error.problem}.", where=f"{path}{line}", hint="Mend that line.") from None
    except YAMLError as error:
        raise ConfigError(
            f"It is no YAML: {error}.", where=str(path), hint="Mend it, or start from `lightwing init`."
        ) from None


def _refuse_unknown(value: Any, *, where: Path) -> None:
    """Names an unknown field with its near match, which msgspec does not do."""
    if not isinstance(value, dict):
        return
    _fields(value, _File, "", where)
    run = value.get("run")
    if isinstance(run, dict):
        _fields(run, RunConfig, "run.", where)
        _fields(run.get("budget"), Budget, "run.budget.", where)
    _fields(value.get("serve"), ServeConfig, "serve.", where)
    assistants = value.get("assistants")
    for name, assistant in assistants.items() if isinstance(assistants, dict) else ():
        if not isinstance(assistant, dict):
            continue
        _fields(assistant, AssistantConfig, f"assistants.{name}.", where)
        _fields(assistant.get("budget"), Budget, f"assistants.{name}.budget.", where)
        tools = assistant.get("tools")
        for i, tool in enumerate(tools if isinstance(tools, list) else ()):
            _fields(tool, ToolConfig, f"assistants.{name}.tools[{i}].", where)
    models = value.get("models")
    for name, model in models.items() if isinstance(models, dict) else ():
        if isinstance(model, dict):
            _fields(model, ModelConfig, f"models.{name}.", where)
            _fields(model.get("price"), Price, f"models.{name}.price.", where)


def _fields(value: Any, kind: type[Any], place: str, where: Path) -> None:
    known: Sequence[str] = [each.name for each in fields(kind)]
    for name in value if isinstance(value, dict) else ():
        if name in known:
            continue
        if str(name).lower() in ("key", "api_key", "token", "secret"):
            raise ConfigError(
                f"{place}{name}: keys do not stand in this file.",
                where=str(where),
                hint="Put the key into a variable of the environment and name the variable: key_env: NAME.",
            )
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
        raise ConfigError(f"There is no field {place}{name}.", where=str(where), hint=hint)
