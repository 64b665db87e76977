"""Which assistants a configuration and a command line mean: the gateway's names, with models opened and documents compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.config import AssistantConfig, Config, ToolConfig
from lightwing.cli.sources import address_of
from lightwing.core.errors import ConfigError

if TYPE_CHECKING:
    from lightwing.api import ModelAddress
    from lightwing.core.case import Tool
    from lightwing.core.clause import Spec
    from lightwing.core.decision import Target
    from lightwing.core.errormodel import ErrorModel
    from lightwing.core.protocols import Judge, Model
    from lightwing.core.risk import Certificate
    from lightwing.serve import Assistant, ServedTool

__all__ = ["DEFAULT", "Names", "assistants_of"]

DEFAULT = "lightwing"
"""The name under which the section `run` answers: its models and judges, with the system message as the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a command line adds to the configuration: models by name or address, specs by name, the endpoint of addresses."""

    models: Sequence[str] = ()
    judges: Sequence[str] = ()
    specs: Mapping[str, str] | None = None
    base_url: str | None = None
    key_env: str | None = None


async def assistants_of(
    config: Config, names: Names, stack: AsyncExitStack, *, watch: Callable[[Model], Model]
) -> dict[str, Assistant]:
    """The assistants by the names that callers use; their models stay open until the stack closes. `watch` wraps each model that was opened.

    `lightwing` is the section `run`, or the models of the command line; `lightwing/NAME` an assistant or a spec of the command line; each model's short name that
    model alone, corrected; `raw/NAME` the same untouched.

    Raises:
        ConfigError: nothing can answer, or an assistant's settings cannot be used.
        Contradiction: a document's clauses exclude each other.
    """
    opened = _Opened(config, names, stack, watch)
    found: dict[str, Assistant] = {}
    first = names.models or tuple(m for m in (config.run.model,) if m is not None)
    rungs = tuple(names.models) or (*first, *config.run.escalate)
    if first:
        found[DEFAULT] = await opened.assistant(DEFAULT, AssistantConfig(models=rungs))
    for name, file in (names.specs or {}).items():
        found[f"{DEFAULT}/{name}"] = await opened.assistant(name, AssistantConfig(document=file, models=rungs), Path())
    for name, each in config.assistants.items():
        folder = Path() if config.path is None else config.path.parent
        full = f"{DEFAULT}/{name}"
        if full in found:
            raise ConfigError(
                f"The name {name!r} was given twice.", where="assistants", hint="Rename the spec or the assistant."
            )
        found[full] = await opened.assistant(name, each if each.models else _like(each, rungs), folder)
    for name in dict.fromkeys((*config.models, *rungs)):
        found.setdefault(name, await opened.assistant(name, AssistantConfig(models=(name,))))
        found[f"raw/{name}"] = await opened.raw(name)
    if not found:
        raise ConfigError(
            "There is no model to answer.", hint="Give --model, or put models into lightwing.yaml (lightwing init)."
        )
    return found


def _like(each: AssistantConfig, rungs: Sequence[str]) -> AssistantConfig:
    from dataclasses import replace

    return replace(each, models=tuple(rungs))


class _Opened:
    """Models and judges, each opened once."""

    def __init__(self, config: Config, names: Names, stack: AsyncExitStack, watch: Callable[[Model], Model]) -> None:
        self._config, self._names, self._stack, self._watch = config, names, stack, watch
        self._models: dict[str, Model] = {}

    async def assistant(self, name: str, each: AssistantConfig, folder: Path = Path()) -> Assistant:
        """The assistant of these settings, with its document compiled."""
        from lightwing.api import decoder_for, refuse_conflicts
        from lightwing.core.case import Sampling
        from lightwing.core.decision import Budget, Target
        from lightwing.decode import decoder
        from lightwing.serve import Assistant

        run = self._config.run
        where = f"assistants.{name}"
        spec, tools, offered, definition = _document(each, folder, where=where)
        if spec is not None and not each.allow_contradictions:
            refuse_conflicts(spec, where=where)
        certificate = None if each.certificate is None else _certificate(folder / each.certificate)
        asked = run.target_error if each.target_error is None else each.target_error
        target = Target(error=asked, confidence=each.confidence)
        if certificate is not None and asked is None:
            target = Target(error=certificate.target, confidence=certificate.confidence)
        models = [await self._model(m) for m in each.models]
        sampling = Sampling(
            max_tokens=run.max_tokens if each.max_tokens is None else each.max_tokens,
            temperature=run.temperature if each.temperature is None else each.temperature,
        )
        judges = [
            await self._judge(j, spec, sampling)
            for j in (self._names.judges or run.judge if each.judge is None else each.judge)
        ]
        limits = each.budget or run.budget
        budget = Budget(
            calls=limits.calls,
            tokens=limits.tokens,
            seconds=self._config.serve.seconds if limits.seconds is None else limits.seconds,
            price=limits.price,
        )
        named = each.decoder if each.decoder is not None or target.asks else run.decoder
        errors = _errors(each, run.errors, target, spec, models, judges, folder)
        decides = decoder(decoder_for(named, target))
        if certificate is not None:
            _refuse_unbound(certificate, spec, models, judges, decides.name, errors, where=where)
        return Assistant(
            name=name,
            certificate=certificate,
            title=each.title or definition.get("name", ""),
            description=each.description or definition.get("description", ""),
            models=models,
            judges=judges,
            decoder=decides,
            spec=spec,
            target=target,
            errors=errors,
            budget=budget,
            sampling=sampling,
            fixes=each.fixes,
            wishes=each.wishes,
            tools=tools,
            offered=offered,
            streaming=each.streaming,
            unmet=each.unmet,
            unmet_text=each.unmet_text,
        )

    async def raw(self, name: str) -> Assistant:
        """The model as it is: nothing is checked."""
        from lightwing.decode import decoder
        from lightwing.serve import Assistant

        return Assistant(
            name=f"raw/{name}",
            models=[await self._model(name)],
            decoder=decoder("first"),
            raw=True,
            wishes=False,
            description="Passed through untouched: nothing is checked.",
        )

    async def _model(self, name: str) -> Model:
        from lightwing.api import open_one

        if name not in self._models:
            self._models[name] = self._watch(await open_one(self._address(name), self._stack))
        return self._models[name]

    async def _judge(self, name: str, spec: Spec | None, sampling: Any) -> Judge:
        from lightwing.api import open_judge, open_one
        from lightwing.core.case import Sampling
        from lightwing.core.clause import Spec
        from lightwing.core.protocols import Judge as JudgeProtocol
        from lightwing.run.ledger import reading_limit

        most = reading_limit(spec or Spec(clauses=()), sampling)
        model = await open_one(self._address(name), self._stack)
        reader = model if isinstance(model, JudgeProtocol) else self._watch(model)
        return await open_judge(reader, self._stack, sampling=Sampling(temperature=0.0, max_tokens=most))

    def _address(self, name: str) -> ModelAddress:
        return address_of(name, config=self._config, base_url=self._names.base_url, key_env=self._names.key_env)


def _document(
    each: AssistantConfig, folder: Path, *, where: str
) -> tuple[Spec | None, tuple[ServedTool, ...], tuple[Tool, ...], Mapping[str, str]]:
    """The spec of an assistant, its tools (those that the gateway calls, and those that it only offers), and what its exported definition says of it."""
    from lightwing.api import compile as compile_source
    from lightwing.api import to_spec
    from lightwing.serve.definitions import read_definition

    tools = [_tool(t) for t in each.tools]
    if each.definition is not None:
        if each.document is not None:
            raise ConfigError("document and definition were both given.", where=where, hint="Give one of them.")
        found = read_definition(folder / each.definition)
        spec = to_spec(found.instructions + "\n", kind="document") if found.instructions.strip() else None
        named = {t[0].name for t in tools}
        offered = (*(t[0] for t in tools if t[1] is None), *(t for t in found.tools if t.name not in named))
        about = {"name": found.name, "description": found.description}
    else:
        spec = None
        if each.document is not None:
            path = folder / each.document
            if not path.is_file():
                raise ConfigError("There is no such file.", where=f"{where}.document: {path}", hint="Check the path.")
            spec = to_spec(path) if path.suffix.lower() in (".yaml", ".yml") else compile_source(path)
        offered, about = tuple(t[0] for t in tools if t[1] is None), {}
    return spec, tuple(served for _, served in tools if served is not None), offered, about


def _tool(each: ToolConfig) -> tuple[Tool, ServedTool | None]:
    from urllib.parse import urlsplit

    from lightwing.core.case import Tool
    from lightwing.serve import ServedTool

    tool = Tool(name=each.name, description=each.description, parameters=dict(each.parameters))
    if each.endpoint is None:
        return tool, None
    if urlsplit(each.endpoint).scheme not in ("http", "https") or not urlsplit(each.endpoint).hostname:
        raise ConfigError(
            f"The endpoint {each.endpoint!r} is no http or https address.", where=f"tool {each.name}", hint="Mend it."
        )
    return tool, ServedTool(tool=tool, endpoint=each.endpoint, key_env=each.key_env, seconds=each.seconds)


def _errors(
    each: AssistantConfig,
    usual: str | None,
    target: Target,
    spec: Spec | None,
    models: Sequence[Model],
    judges: Sequence[Judge],
    folder: Path,
) -> ErrorModel:
    """What was measured, refused where it is of something else; careful guesses where a target needs some and none was given."""
    from lightwing.core.errormodel import ErrorModel
    from lightwing.core.risk import refuse_stale
    from lightwing.lab.assumed import assumed
    from lightwing.lab.files import load_errors

    rungs, readers = [m.name for m in models], [j.name for j in judges]
    path = (
        Path(usual)
        if each.errors is None and usual is not None
        else None
        if each.errors is None
        else folder / each.errors
    )
    if path is None:
        return assumed(models=rungs, judges=readers) if target.asks else ErrorModel()
    found: ErrorModel = load_errors(path)
    if spec is not None:
        refuse_stale(found, spec=spec.id, models=rungs, judges=readers, where=str(path))
    return found


def _certificate(path: Path) -> Certificate:
    from lightwing.lab.certificates import load_certificate

    return load_certificate(path)


def _refuse_unbound(
    certificate: Certificate,
    spec: Spec | None,
    models: Sequence[Model],
    judges: Sequence[Judge],
    decoder: str,
    errors: ErrorModel,
    *,
    where: str,
) -> None:
    """Refuses at the start, not at the first request, what the certificate was not made for."""
    from lightwing.core.risk import Binding, refuse_other

    if spec is None:
        raise ConfigError(
            "A certificate holds for one document, and this assistant has none of its own.",
            where=where,
            hint="Give it a document, or leave the certificate out.",
        )
    rungs, readers = tuple(m.name for m in models), tuple(j.name for j in judges)
    bound = Binding(spec=spec.id, models=rungs, judges=readers, decoder=decoder, errors=errors.id)
    refuse_other(certificate, bound, where=where)
