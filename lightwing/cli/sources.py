"""What several verbs share: which spec, which case, which models, which limits a command line means."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightwing.cli.config import Config, ModelConfig
from lightwing.cli.values import number, share, warmth, whole
from lightwing.core.errors import CaseError, ConfigError, InputError

if TYPE_CHECKING:
    from lightwing.api import ModelAddress
    from lightwing.checks import Profile
    from lightwing.core.case import Case, Sampling
    from lightwing.core.clause import Spec
    from lightwing.core.decision import Budget, Target
    from lightwing.core.errormodel import ErrorModel
    from lightwing.core.protocols import DriftWatch
    from lightwing.core.risk import Certificate
    from lightwing.core.trace import Event
    from lightwing.run import Runner

__all__ = [
    "Wiring",
    "add_certificate_option",
    "add_config_option",
    "add_json_option",
    "add_model_options",
    "add_models",
    "add_spec_options",
    "address_of",
    "case_of",
    "cases_of",
    "number",
    "options_of",
    "read_text",
    "refuse_one_file",
    "refuse_one_stdin",
    "share",
    "spec_of",
    "warmth",
    "whole",
    "wiring",
]

_USUAL_KEY = "OPENAI_API_KEY"
_LONGEST_INPUT = 5_000_000


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def add_config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="configuration (default: lightwing.yaml here or above)")


def add_spec_options(parser: argparse.ArgumentParser) -> None:
    """Options on how a document is read."""
    parser.add_argument(
        "--language", metavar="CODE", help="language of the document (en, zh, es, fr, ja; default: told from the text)"
    )
    parser.add_argument(
        "--document", metavar="FILE", help="refuse a spec file that was not compiled from this document"
    )
    parser.add_argument(
        "--profile", choices=("default", "ifeval"), default="default", help="definitions that checks count by"
    )


def add_models(parser: argparse.ArgumentParser, *, asked: bool = True) -> None:
    """Options on models and judges alone (`asked` False: the verb names the models that are asked itself), for verbs that ask and read without a decoder; what `wiring` wants besides is set to nothing."""
    models = parser.add_argument_group(
        "models", "a short name of the configuration, or an address such as openai:gpt-x"
    )
    if asked:
        models.add_argument("--model", metavar="MODEL", help="the model asked first")
    models.add_argument(
        "--escalate", metavar="MODEL", action="append", default=[], help="a higher rung; repeat for more"
    )
    models.add_argument(
        "--judge",
        metavar="MODEL",
        action="append",
        default=[],
        help="reads the clauses no code can decide; repeat for more",
    )
    models.add_argument("--base-url", metavar="URL", help="endpoint of the openai: addresses given here")
    models.add_argument("--key-env", metavar="NAME", help=f"variable that holds their key (default {_USUAL_KEY})")
    models.add_argument("--max-tokens", type=whole, metavar="N", help="longest answer of one call")
    models.add_argument("--temperature", type=warmth, metavar="T", help="0 to 10; without it the model's own")
    models.add_argument("--seed", type=int, metavar="N", help="seed of the run (default 0)")
    nothing = ("decoder", "target_error", "confidence", "errors", "budget_calls", "budget_tokens", "budget_seconds")
    parser.set_defaults(**dict.fromkeys((*nothing, "budget_price")), no_fix=False, allow_contradictions=False)


def add_model_options(parser: argparse.ArgumentParser, *, asked: bool = True) -> None:
    """Options on models, decoder and limits, the same for `run`, `batch` and `eval`."""
    add_models(parser, asked=asked)
    loop = parser.add_argument_group("correction")
    loop.add_argument(
        "--decoder",
        metavar="NAME",
        help="first, best-of-N, repair-best (default), cascade, cost-optimal (default with --target-error)",
    )
    loop.add_argument("--no-fix", action="store_true", help="no deterministic fixes")
    loop.add_argument("--allow-contradictions", action="store_true", help="run although clauses exclude each other")
    loop.add_argument(
        "--target-error",
        type=share,
        metavar="RATE",
        help="at most this share of what is delivered may be wrong (0.05 or 5%%); what is not safe enough is withheld",
    )
    loop.add_argument("--confidence", type=share, metavar="C", help="how sure a certified rate must be (default 0.95)")
    loop.add_argument(
        "--errors",
        metavar="FILE",
        help="what `lightwing calibrate` measured; without it careful rates are assumed, and the result says so",
    )
    limits = parser.add_argument_group("limits for one case")
    limits.add_argument("--budget-calls", type=whole, metavar="N", help="calls of models and judges (default 8)")
    limits.add_argument("--budget-tokens", type=whole, metavar="N")
    limits.add_argument("--budget-seconds", type=number, metavar="S")
    limits.add_argument(
        "--budget-price", type=number, metavar="P", help="needs known prices; in the currency of your price list"
    )


def add_certificate_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--certificate",
        metavar="FILE",
        help="what `lightwing certify` made: deliver at the level that labelled answers showed to hold; without --target-error its own rate is asked for",
    )


def read_text(given: str, *, what: str) -> str:
    """Text of a file, or of standard input where `given` is "-".

    Raises:
        InputError: it cannot be read, is no UTF-8 text, or is larger than 5 MB.
    """
    where = "standard input" if given == "-" else given
    try:
        if given == "-":
            raw = sys.stdin.buffer.read(_LONGEST_INPUT + 1)
        else:
            with Path(given).open("rb") as file:
                raw = file.read(_LONGEST_INPUT + 1)
    except OSError as error:
        raise InputError(f"The {what} cannot be read: {error.strerror}.", where=where, hint="Check the path.") from None
    if len(raw) > _LONGEST_INPUT:
        raise InputError(
            f"The {what} is larger than {_LONGEST_INPUT // 1_000_000} MB.", where=where, hint="Is it the right file?"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"The {what} is not UTF-8 text.", where=where, hint="Save it as UTF-8.") from None


def refuse_one_file(trace: str | None, store: str | None) -> None:
    """Raises ConfigError where the JSONL file and the SQLite file are one: each would write over the other."""
    from lightwing.store.place import is_url

    if trace is None or store is None or is_url(store):
        return
    if Path(trace).resolve() == Path(store).resolve():
        raise ConfigError(
            "The file of traces and the store are the same file.",
            where=trace,
            hint="The one is JSONL, the other SQLite: give two paths.",
        )


def spec_of(source: str, *, args: argparse.Namespace) -> Spec:
    """The spec that SPEC or DOC names: a spec file (.yaml, .yml), or a document (else, or "-") that is compiled."""
    from lightwing.api import compile as compile_source
    from lightwing.api import to_spec

    path = Path(source)
    if source != "-" and path.is_dir():
        raise InputError("This is a directory.", where=source, hint="Give a spec file (.yaml) or a document.")
    if source != "-" and not path.exists():
        raise InputError("There is no such file.", where=source, hint="Give a spec file (.yaml) or a document.")
    if source == "-" or not path.is_file():  # a pipe has no size to look at first
        from lightwing.spec import compile_document

        name = "standard input" if source == "-" else source
        spec = compile_document(read_text(source, what="document"), name=name, language=args.language)
    elif Path(source).suffix.lower() in (".yaml", ".yml"):
        spec = to_spec(Path(source))
    else:
        spec = compile_source(Path(source), language=args.language)
    if args.document is not None:
        from lightwing.spec import check_document

        check_document(spec, read_text(args.document, what="document"), where=source)
    return spec


def refuse_one_stdin(*given: str | None) -> None:
    """Raises ConfigError where more than one thing is to be read from standard input: the second would be empty."""
    if sum(each == "-" for each in given) > 1:
        raise ConfigError('"-" was given twice, and there is one standard input.', hint="Give a file for the other.")


def case_of(args: argparse.Namespace, *, prompt: str | None) -> Case | None:
    """The case that `--case FILE` or a prompt gives; None where neither does."""
    from lightwing.core.case import Case

    if args.case is not None:
        if prompt is not None:
            raise ConfigError("Both a prompt and --case were given.", hint="Give one of them.")
        from lightwing.run import read_case

        return read_case(Path(args.case))
    if prompt is None:
        return None
    text = read_text("-", what="prompt") if prompt == "-" else prompt
    if not text.strip():
        raise CaseError("The prompt is empty.", hint="Give it with -p, or on standard input with -p -.")
    if any("\ud800" <= c <= "\udfff" for c in text):  # what the shell handed over in bytes that are no UTF-8
        raise CaseError(
            "The prompt is not UTF-8 text.", hint="Put it into a file saved as UTF-8, and give it with -p -."
        )
    return Case.ask(text)


def cases_of(path: Path) -> list[Case]:
    """All cases of a file. Raises CaseError for the first line that is none, and where there is none at all."""
    from lightwing.run import read_cases

    found: list[Case] = []
    for case in read_cases(path):
        if isinstance(case, CaseError):
            raise case
        found.append(case)
    if not found:
        raise CaseError(
            "There is no case in the file.", where=str(path), hint='Each line is {"id": "1", "input": "…"}.'
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What a run is made of, from the command line and the configuration together."""

    models: tuple[ModelAddress, ...]
    judges: tuple[ModelAddress, ...]
    decoder: str
    target: Target
    errors: ErrorModel | None
    certificate: Certificate | None
    certificate_file: str
    budget: Budget
    sampling: Sampling
    seed: int
    fixes: bool
    allow_contradictions: bool
    profile: Profile

    def open(
        self,
        spec: Spec,
        *,
        watch: Callable[[Event], None] | None = None,
        base: str = "",
        drift: DriftWatch | None = None,
        seed: int | None = None,
    ) -> AbstractAsyncContextManager[Runner]:
        """The runner of a spec, over models that are closed at its end. `base`: id of the spec without the wishes of one request; `seed`: another than the run's."""
        from lightwing.api import open_runner

        return open_runner(
            spec,
            models=self.models,
            judges=self.judges,
            decoder=self.decoder,
            target=self.target,
            errors=self.errors,
            certificate=self.certificate,
            certificate_where=self.certificate_file,
            base=base,
            budget=self.budget,
            sampling=self.sampling,
            seed=self.seed if seed is None else seed,
            fixes=self.fixes,
            allow_contradictions=self.allow_contradictions,
            profile=self.profile,
            watch=watch,
            drift=drift,
        )

    def refuse_conflicts(self, spec: Spec, *, where: str | None) -> None:
        """Raises Contradiction before any file is opened or made; `where` names the spec's file."""
        from lightwing.api import refuse_conflicts

        if not self.allow_contradictions:
            refuse_conflicts(spec, where=where or "")

    def task(self, spec: Spec) -> str:
        """Strong id of all that can change a result, cases apart: traces of one task add up and resume."""
        from lightwing.core.ids import strong_id

        return strong_id(
            {
                "spec": spec.id,
                "models": [_identity(m) for m in self.models],
                "judges": [_identity(j) for j in self.judges],
                "decoder": self.decoder,
                "budget": [self.budget.calls, self.budget.tokens, self.budget.seconds, self.budget.price],
                "sampling": [
                    self.sampling.max_tokens,
                    self.sampling.temperature,
                    *([dict(self.sampling.extra)] if self.sampling.extra else []),
                ],
                "seed": self.seed,
                "fixes": self.fixes,
                "profile": self.profile,
                **self._asked(),
            }
        )

    @property
    def rests_on(self) -> str:
        """What the risk of its answers rests on, in words."""
        if self.certificate is not None:
            return self.certificate.statement
        if self.errors is None:
            return "rates assumed: nothing was measured"
        return f"rates measured on: {self.errors.basis}"

    def _asked(self) -> dict[str, object]:
        """What is asked of the risk, and what that rests on; nothing where no rate is asked for, so that tasks of before keep their ids."""
        if not self.target.asks:
            return {}
        measured = None if self.errors is None else self.errors.id
        held = {} if self.certificate is None else {"certificate": self.certificate.id}
        return {"target": [self.target.error, self.target.confidence, self.target.level], "errors": measured, **held}


def _identity(model: ModelAddress) -> list[object]:
    """Where it is reached, how long is waited and what it charges do not change what it answers."""
    aside = ("base_url", "key_env", "timeouts", "price", "retries", "concurrency")
    return [model.address, {k: v for k, v in model.options.items() if k not in aside}]


def wiring(args: argparse.Namespace, config: Config) -> Wiring:
    """Joins the command line and the configuration; the command line wins.

    Raises:
        ConfigError: no model is named, or a value cannot be used.
    """
    from lightwing.api import decoder_for
    from lightwing.core.case import Sampling
    from lightwing.core.decision import Budget, Target

    defaults = config.run
    model = args.model or defaults.model
    if model is None:
        raise ConfigError(
            "No model is named.",
            hint="Give --model, for example --model openai:NAME, or start a configuration with `lightwing init`.",
        )

    def opened(names: Sequence[str]) -> tuple[ModelAddress, ...]:
        return tuple(address_of(name, config=config, base_url=args.base_url, key_env=args.key_env) for name in names)

    def first(given: Any, default: Any) -> Any:
        return default if given is None else given

    limits = defaults.budget
    # A verb that makes what a certificate rests on, or one itself, has no such option.
    certificate_file = first(args.certificate, defaults.certificate) if "certificate" in args else None
    certificate = None if certificate_file is None else _certificate(certificate_file)
    error, confidence = first(args.target_error, defaults.target_error), first(args.confidence, defaults.confidence)
    if certificate is not None and error is None:
        error, confidence = certificate.target, first(args.confidence, certificate.confidence)
    target = Target(error=error, confidence=confidence)
    # A target on the command line wins over the configuration's decoder, which may hold to none.
    asked = args.target_error is not None or ("certificate" in args and args.certificate is not None)
    named = args.decoder or (None if asked else defaults.decoder)
    errors_file = first(args.errors, defaults.errors)
    return Wiring(
        models=opened([model, *(args.escalate or defaults.escalate)]),
        judges=opened(args.judge or defaults.judge),
        decoder=decoder_for(named, target),
        target=target,
        errors=None if errors_file is None else _measured(errors_file),
        certificate=certificate,
        certificate_file=certificate_file or "",
        budget=Budget(
            calls=first(args.budget_calls, limits.calls),
            tokens=first(args.budget_tokens, limits.tokens),
            seconds=first(args.budget_seconds, limits.seconds),
            price=first(args.budget_price, limits.price),
        ),
        sampling=Sampling(
            max_tokens=first(args.max_tokens, defaults.max_tokens),
            temperature=first(args.temperature, defaults.temperature),
        ),
        seed=first(args.seed, defaults.seed),
        fixes=not args.no_fix,
        allow_contradictions=args.allow_contradictions,
        profile=args.profile,
    )


def _measured(path: str) -> ErrorModel:
    from lightwing.lab.files import load_errors

    found: ErrorModel = load_errors(Path(path))
    return found


def _certificate(path: str) -> Certificate:
    from lightwing.lab.certificates import load_certificate

    return load_certificate(Path(path))


def address_of(name: str, *, config: Config, base_url: str | None = None, key_env: str | None = None) -> ModelAddress:
    """The model that a short name of the configuration or an address means.

    Raises:
        ConfigError: it is neither; what was perhaps meant is named.
    """
    from lightwing.api import ModelAddress

    known = config.models.get(name)
    if known is not None:
        return ModelAddress(address=f"{known.provider}:{known.model}", options=options_of(known))
    if ":" not in name and name != "embedded":
        import difflib

        near = difflib.get_close_matches(name, list(config.models), n=1)
        hint = (
            f"Did you mean {near[0]}?"
            if near
            else "Name one of the configuration, or give an address such as openai:NAME."
        )
        raise ConfigError(
            f"There is no model {name!r} in the configuration.", where=str(config.path or "no configuration"), hint=hint
        )
    options: dict[str, Any] = {}
    if name.startswith("openai:"):
        if base_url is not None:
            # An endpoint of one's own often needs no key; OpenAI's variable is used where it is set, as its own clients do.
            options |= {"base_url": base_url, "key_env": _USUAL_KEY if os.environ.get(_USUAL_KEY) else None}
        if key_env is not None:
            options["key_env"] = key_env
    return ModelAddress(address=name, options=options)


def options_of(model: ModelConfig) -> Mapping[str, Any]:
    """A configured model's options for its back end; what is not set is left out."""
    import msgspec

    given: dict[str, Any] = {}
    if model.price is not None:
        given["price"] = msgspec.to_builtins(model.price)
    if model.base_url is not None:
        given |= {"base_url": model.base_url, "key_env": model.key_env}
    elif model.key_env is not None:
        given["key_env"] = model.key_env
    if model.timeout is not None:
        given["timeouts"] = {"read": model.timeout, "call": model.timeout}
    return {**given, **model.options}
