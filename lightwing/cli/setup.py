"""`lightwing init` writes a configuration to start from; `lightwing doctor` says what works and what to do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lightwing.cli.config import FILE_NAME, Config, ModelConfig, load_config
from lightwing.cli.sources import add_config_option, add_json_option, number, options_of
from lightwing.cli.terminal import console, emit_json, grid, say, writing
from lightwing.cli.verbs import AddVerb
from lightwing.core.errors import ConfigError, LightwingError

__all__ = ["add"]

_STARTER = """\
# Lightwing's configuration. Found from the working directory upwards, or given with --config.
# Keys never stand in this file: key_env names the variable of the environment that holds one.

models:
  # A short name of your own for each model; use it with --model, --escalate, --judge.
  small:
    provider: openai                 # any endpoint that speaks OpenAI's chat completions
    model: NAME-OF-A-SMALL-MODEL
    base_url: http://127.0.0.1:8000/v1
    # key_env: OPENAI_API_KEY        # leave out where the endpoint needs no key
    # timeout: 60                    # seconds
    # price:                         # in your currency; what is not given is unknown, never 0
    #   input_per_million: 0.10
    #   output_per_million: 0.40
  # large:
  #   model: NAME-OF-A-LARGE-MODEL
  #   base_url: https://…/v1
  #   key_env: OPENAI_API_KEY

run:
  model: small
  # escalate: [large]                # asked when the small one is stuck
  # judge: [large]                   # reads the clauses that no code can decide; without one the best status is "checked"
  # target_error: 0.05             # withhold what is not safe enough: at most this share of what is delivered is wrong
  # errors: errors.yaml            # what `lightwing calibrate` measured; without it rates are assumed, and the result says so
  # certificate: certificate.yaml  # what `lightwing certify` made: the level that labelled answers showed to hold; the target is then its own
  # decoder: repair-best           # the default; cost-optimal where there is a target_error
  budget:                            # hard limits for one request
    calls: 8
    # seconds: 120
    # price: 0.05
  # max_tokens: 1000
  # store: traces.sqlite             # keep every trace in this file

# The gateway (`lightwing serve`, docs/gateway.md): an OpenAI-compatible endpoint at http://127.0.0.1:8080/v1.
# serve:
#   store: traces.sqlite             # or postgresql://USER@HOST/DATABASE
#   port: 8080
#   processes: 1
# assistants:
#   support:                         # asked for as lightwing/support
#     document: support.md           # its rules, in words; or a spec file (.yaml)
#     models: [small]
#     unmet: flag                    # where nothing is good enough: flag, error, or text with unmet_text
"""


def add(add_verb: AddVerb) -> None:
    init = add_verb("init", _init, help=f"write a commented {FILE_NAME} to start from; never overwrites")
    init.add_argument("directory", metavar="DIR", nargs="?", default=".", help="where (default: here)")
    add_json_option(init)
    doctor = add_verb(
        "doctor", _doctor, help="look at keys, endpoints, extras, prices; exit 1 when something needed fails"
    )
    doctor.add_argument("--offline", action="store_true", help="do not reach for the endpoints")
    doctor.add_argument(
        "--timeout", type=number, default=5.0, metavar="S", help="seconds to wait for an endpoint (default 5)"
    )
    add_config_option(doctor)
    add_json_option(doctor)


def _init(args: argparse.Namespace) -> int:
    path = Path(args.directory) / FILE_NAME
    made = False
    try:
        with path.open("x", encoding="utf-8") as file:
            made = True
            file.write(_STARTER)
    except FileExistsError:
        raise ConfigError(
            "There is a configuration already; it was left alone.",
            where=str(path),
            hint="Edit it, or name another directory.",
        ) from None
    except OSError as error:
        if made:  # half a file would be refused next time as one that is there already
            path.unlink(missing_ok=True)
        raise ConfigError(
            f"It cannot be written: {error.strerror}.", where=str(path), hint="Choose another directory."
        ) from None
    if args.json:
        emit_json({"written": str(path)})
    say(f"Written: {path}. Put in your models, then: lightwing doctor")
    return 0


State = Literal["ok", "note", "FAIL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """One thing looked at. `FAIL`: something that is needed does not work; `note`: something that is worth knowing."""

    what: str
    state: State
    found: str
    advice: str = ""


def _doctor(args: argparse.Namespace) -> int:
    findings = list(_python())
    try:
        config = load_config(args.config)
    except LightwingError as error:
        findings.append(_Finding(what="configuration", state="FAIL", found=str(error)))
    else:
        findings += _configuration(config)
        for name, model in config.models.items():
            findings += _model(name, model, timeout=None if args.offline else args.timeout)
        findings += _store(config)
    failed = any(f.state == "FAIL" for f in findings)
    if args.json:
        emit_json(
            {
                "ok": not failed,
                "findings": [
                    {"what": f.what, "state": f.state, "found": f.found, "advice": f.advice} for f in findings
                ],
            }
        )
    else:
        table = grid("", "what", "found", "what to do")
        for f in findings:
            table.add_row(f.state, f.what, f.found, f.advice)
        with writing():
            console().print(table)
    return 1 if failed else 0


def _python() -> Iterator[_Finding]:
    from importlib.util import find_spec

    here = ".".join(map(str, sys.version_info[:3]))
    new = sys.version_info >= (3, 11)
    yield _Finding(
        what="Python", state="ok" if new else "FAIL", found=here, advice="" if new else "Use Python 3.11 or newer."
    )
    extras = {
        "embedded": ("ctranslate2", "safetensors", "tokenizers"),
        "local": ("torch", "transformers"),
        "train": ("torch", "transformers", "tokenizers", "safetensors", "matplotlib"),
        "ifeval": ("langdetect",),
        "serve": ("starlette", "uvicorn", "httptools", "jinja2", "prometheus_client"),
        "otel": ("opentelemetry",),
    }
    for extra, packages in extras.items():
        missing = [p for p in packages if find_spec(p) is None]
        yield _Finding(
            what=f"extra {extra}",
            state="note" if missing else "ok",
            found=f"not installed: {', '.join(missing)}" if missing else "installed",
            advice=f"If you need it: pip install 'lightwing[{extra}]'" if missing else "",
        )


def _configuration(config: Config) -> Iterator[_Finding]:
    if config.path is None:
        yield _Finding(
            what="configuration",
            state="note",
            found="none",
            advice="Write one with `lightwing init`, or give addresses such as openai:NAME.",
        )
        return
    yield _Finding(what="configuration", state="ok", found=str(config.path))
    names = [*([config.run.model] if config.run.model else []), *config.run.escalate, *config.run.judge]
    for name in names:
        if name not in config.models and ":" not in name and name != "embedded":
            yield _Finding(
                what=f"run: {name}",
                state="FAIL",
                found="names no model of the file",
                advice=f"Add it under models; there are: {', '.join(config.models) or 'none'}.",
            )
    from lightwing.api import decoder_for
    from lightwing.core.decision import Target
    from lightwing.decode import decoder

    try:
        decoder(decoder_for(config.run.decoder, Target(error=config.run.target_error)))
    except LightwingError as error:
        yield _Finding(what="run: decoder", state="FAIL", found=str(error))


def _model(name: str, model: ModelConfig, *, timeout: float | None) -> Iterator[_Finding]:
    from lightwing.models import prefixes

    what = f"model {name}"
    if model.provider not in prefixes():
        yield _Finding(
            what=what,
            state="FAIL",
            found=f"unknown provider {model.provider!r}",
            advice=f"There are: {', '.join(prefixes())}.",
        )
        return
    if model.provider == "transformers":
        from importlib.util import find_spec

        if find_spec("torch") is None or find_spec("transformers") is None:
            yield _Finding(
                what=what, state="FAIL", found="needs the extra local", advice="pip install 'lightwing[local]'"
            )
    unopened = _unopened(model)
    if unopened is not None:
        yield _Finding(what=what, state="FAIL", found=str(unopened))
    elif model.provider == "openai":
        yield from _endpoint(what, model, timeout=timeout)
    if model.price is None:
        yield _Finding(
            what=f"{what}: price",
            state="note",
            found="unknown",
            advice="Give price: to see costs and to use a money limit.",
        )


def _unopened(model: ModelConfig) -> LightwingError | None:
    """Why the model cannot be opened as it stands: an option that there is not, no file, no address. Asks nobody and loads no weights."""
    from lightwing.models import open_model

    if model.provider not in ("openai", "recorded", "scripted"):
        return None
    try:
        open_model(f"{model.provider}:{model.model}", options=options_of(model))
    except LightwingError as error:
        return error
    return None


def _endpoint(what: str, model: ModelConfig, *, timeout: float | None) -> Iterator[_Finding]:
    from lightwing.models.openai import OpenAIOptions

    usual = OpenAIOptions()
    key_env = model.key_env if model.base_url is not None else model.key_env or usual.key_env
    key = os.environ.get(key_env, "").strip() if key_env is not None else ""
    if key_env is not None:
        state: State = "ok" if key else "FAIL"
        yield _Finding(
            what=f"{what}: key",
            state=state,
            found=f"{key_env} is {'set' if key else 'not set'}",
            advice="" if key else f"export {key_env}=…",
        )
    if timeout is None:
        return
    yield _reach(f"{what}: endpoint", model.base_url or usual.base_url, model.model, key, timeout)


def _reach(what: str, base_url: str, model: str, key: str, timeout: float) -> _Finding:
    """Asks the endpoint for its list of models. The key is sent, never shown."""
    import asyncio

    import aiohttp

    from lightwing.models.network import look

    url = f"{base_url.rstrip('/')}/models"
    try:
        status, body = asyncio.run(look(url, key=key, seconds=timeout))
    except (aiohttp.ClientError, LightwingError, OSError) as error:
        return _Finding(
            what=what,
            state="FAIL",
            found=f"{url}: {type(error).__name__}",
            advice="Is it running, and is base_url right?",
        )
    if status in (401, 403):
        return _Finding(
            what=what,
            state="FAIL",
            found=f"{url}: {status}, the key is refused",
            advice="Check the key that key_env names.",
        )
    if status >= 500:
        return _Finding(
            what=what, state="FAIL", found=f"{url}: {status}", advice="The endpoint has a fault; try later."
        )
    names = _names(body) if status == 200 else None
    if names is None:
        return _Finding(
            what=what,
            state="note",
            found=f"{url}: answers {status}, without a list of models",
            advice="The model can only be tried: lightwing run",
        )
    if model not in names:
        return _Finding(
            what=what,
            state="note",
            found=f"reachable; {model!r} is not in its list",
            advice=f"It lists: {', '.join(sorted(names)[:5])}",
        )
    return _Finding(what=what, state="ok", found=f"reachable; it has {model}")


def _names(body: bytes) -> set[str] | None:
    """The models that a list of models names; None where it is none."""
    import json

    try:
        return {str(entry["id"]) for entry in json.loads(body)["data"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _store(config: Config) -> Iterable[_Finding]:
    if config.run.store is None:
        return
    from lightwing.store.place import is_url

    path = Path(config.run.store)
    if not is_url(config.run.store) and not path.exists():
        writable = os.access(path.parent, os.W_OK)
        advice = "" if writable else f"Make the directory {path.parent}, or let yourself write there."
        yield _Finding(what="store", state="ok" if writable else "FAIL", found=f"{path}: not there yet", advice=advice)
        return
    from lightwing.store import TraceStore

    try:
        with TraceStore(config.run.store) as store:
            found = f"{store.path}: {store.count()} traces"
    except LightwingError as error:
        yield _Finding(what="store", state="FAIL", found=str(error))
    else:
        yield _Finding(what="store", state="ok", found=found)
