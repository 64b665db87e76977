"""The Python door: what `import lightwing` gives.

A string is a path where a file of that name exists, otherwise it is the document itself; one that only looks like a path is refused. Give a `Path` or a
`Spec` to leave no doubt.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, runtime_checkable

from lightwing.core.case import Answer, Case, Sampling
from lightwing.core.clause import Spec
from lightwing.core.decision import Budget, Target
from lightwing.core.errormodel import ErrorModel
from lightwing.core.errors import ConfigError, Contradiction, DocumentError, StaleErrorModel
from lightwing.core.outcome import Status, Syndrome, Verdict
from lightwing.core.protocols import Judge as JudgeProtocol
from lightwing.core.risk import Certificate, refuse_stale
from lightwing.core.trace import Event, Trace

if TYPE_CHECKING:
    from lightwing.checks import Profile
    from lightwing.core.protocols import DriftWatch, Judge, Model
    from lightwing.run import Runner
    from lightwing.spec import BoundSpec

__all__ = [
    "ModelAddress",
    "ask",
    "ask_async",
    "check",
    "compile",
    "decoder_for",
    "load",
    "open_judge",
    "open_one",
    "open_runner",
    "refuse_conflicts",
    "save",
    "spec_of_prompt",
    "status_of",
    "to_spec",
]

Source = Spec | str | Path
"""A spec, a path to a spec file or to a document, or a document's text."""

T = TypeVar("T")

_DEFAULT_SAMPLING = Sampling()
_DEFAULT_BUDGET = Budget()

Kind = Literal["document", "prompt"]

_SPEC_SUFFIXES = (".yaml", ".yml")
_FILE_LIKE = re.compile(r"\S{1,240}\.[A-Za-z]{2,4}")


def compile(source: str | Path, *, language: str | None = None, kind: Kind | None = None) -> Spec:
    """Compiles an instruction document or a bare prompt, offline and without a model.

    Raises:
        DocumentError: it is empty, no text, too large, or names a file that is not there.

    >>> spec = compile("Write about rivers. Use at most 50 words.", kind="prompt")
    >>> spec.exact[0].check
    CheckCall(name='count', args={'of': 'words', 'max': 50})
    """
    from lightwing.spec import compile_document, read_document

    path = _path(source)
    if path is None:
        return compile_document(str(source), name="text", language=language, kind=kind)
    return compile_document(read_document(path), name=path.name, language=language, kind=kind)


def load(path: str | Path) -> Spec:
    """Reads a spec file. Raises SpecError, saying what is wrong and on which line."""
    from lightwing.spec import load_spec

    return load_spec(Path(path))


def save(spec: Spec, path: str | Path) -> None:
    """Writes a spec as YAML, to be read and edited; `load` reads it back."""
    from lightwing.spec import save_spec

    save_spec(spec, Path(path))


def to_spec(source: Source, *, language: str | None = None, kind: Kind | None = None) -> Spec:
    """The spec that a source stands for: itself, a spec file, or a document compiled on the fly."""
    if isinstance(source, Spec):
        return source
    path = _path(source)
    if path is not None and path.suffix.lower() in _SPEC_SUFFIXES:
        return load(path)
    return compile(source, language=language, kind=kind)


def check(spec: Source, answer: str | Answer, *, prompt: str | Case = "", profile: Profile = "default") -> Syndrome:
    """Reads an existing answer against a spec, without a model. Judged clauses are UNKNOWN.

    `prompt` is the request that was answered; some clauses hold only for some requests.

    >>> syndrome = check("Answer in at most 3 words.", "This is far too long an answer.")
    >>> [syndrome.outcomes[id].verdict.value for id in syndrome.failed]
    ['fail']
    """
    from lightwing.spec import bind

    bound = bind(to_spec(spec), profile=profile)
    case = prompt if isinstance(prompt, Case) else Case.ask(prompt)
    return bound.read(case, Answer(text=answer) if isinstance(answer, str) else answer)


def ask(
    spec: Source | None,
    prompt: str | Case,
    *,
    model: str | Model,
    escalate: Sequence[str | Model] = (),
    judge: str | Model | Judge | Sequence[str | Model | Judge] = (),
    decoder: str | None = None,
    target_error: float | None = None,
    confidence: float = 0.95,
    errors: ErrorModel | str | Path | None = None,
    certificate: Certificate | str | Path | None = None,
    budget: int | Budget = 8,
    sampling: Sampling = _DEFAULT_SAMPLING,
    seed: int | None = 0,
    fixes: bool = True,
    wishes: bool = True,
    allow_contradictions: bool = False,
) -> Trace:
    """Runs one request under correction and gives the trace: `trace.answer`, `trace.status`, `trace.syndrome`, `trace.cost`.

    `spec` None: the prompt is itself compiled, and its own wishes are checked. With a spec the exact wishes of the prompt ("in at most 50 words") are checked
    beside it as clauses r1, r2, …, which yield where they contradict the spec; `wishes=False` leaves them out. `model` is the first rung, `escalate` the higher ones; each is an address
    ("openai:gpt-x") or a Model. `judge` reads the clauses that no code can decide. `budget` is a number of calls or a `Budget`.

    `target_error` asks that at most this share of what is delivered be wrong, with `confidence`: an answer that is not safe enough is withheld
    (`trace.withheld`), and `trace.risk` says how probably it is wrong and what that rests on. `errors` is what `lightwing calibrate` measured, or its file;
    without it careful rates are assumed, and the risk says so. `certificate` is what `lightwing certify` made, or its file: answers are delivered at its level, and
    where no `target_error` is given its own target holds. `decoder` None is `cost-optimal` with a target, else `repair-best`.

    Raises:
        InputError: what was given cannot be used; Contradiction where clauses exclude each other, unless `allow_contradictions`; StaleErrorModel where
            `errors` was measured, or `certificate` made, with another spec, model or judge.
        MissingExtra: a model needs a package that is not installed.
    """
    return _sync(
        lambda: ask_async(
            spec,
            prompt,
            model=model,
            escalate=escalate,
            judge=judge,
            decoder=decoder,
            target_error=target_error,
            confidence=confidence,
            errors=errors,
            certificate=certificate,
            budget=budget,
            sampling=sampling,
            seed=seed,
            fixes=fixes,
            wishes=wishes,
            allow_contradictions=allow_contradictions,
        )
    )


async def ask_async(
    spec: Source | None,
    prompt: str | Case,
    *,
    model: str | Model,
    escalate: Sequence[str | Model] = (),
    judge: str | Model | Judge | Sequence[str | Model | Judge] = (),
    decoder: str | None = None,
    target_error: float | None = None,
    confidence: float = 0.95,
    errors: ErrorModel | str | Path | None = None,
    certificate: Certificate | str | Path | None = None,
    budget: int | Budget = 8,
    sampling: Sampling = _DEFAULT_SAMPLING,
    seed: int | None = 0,
    fixes: bool = True,
    wishes: bool = True,
    allow_contradictions: bool = False,
) -> Trace:
    """`ask`, to be awaited."""
    case = prompt if isinstance(prompt, Case) else Case.ask(prompt)
    path = None if spec is None or isinstance(spec, Spec) else _path(spec)
    base = spec_of_prompt(case) if spec is None else to_spec(spec)
    async with open_runner(
        base if spec is None or not wishes else spec_of_request(base, case),
        base=base.id,
        target=None if target_error is None else Target(error=target_error, confidence=confidence),
        errors=errors,
        certificate=certificate,
        models=(model, *escalate),
        judges=_several(judge),
        decoder=decoder,
        budget=Budget(calls=budget) if isinstance(budget, int) else budget,
        sampling=sampling,
        seed=seed,
        fixes=fixes,
        allow_contradictions=allow_contradictions,
        where="" if path is None else str(path),
    ) as runner:
        return await runner.run(case)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAddress:
    """A model by address with the options of its back end (docs/models.md), to be opened when the spec is known."""

    address: str
    options: Mapping[str, Any] = field(default_factory=dict)


@asynccontextmanager
async def open_runner(
    spec: Spec,
    *,
    models: Sequence[str | ModelAddress | Model],
    judges: Sequence[str | ModelAddress | Model | Judge] = (),
    decoder: str | None = None,
    target: Target | None = None,
    errors: ErrorModel | str | Path | None = None,
    certificate: Certificate | str | Path | None = None,
    certificate_where: str = "",
    base: str = "",
    budget: Budget = _DEFAULT_BUDGET,
    sampling: Sampling = _DEFAULT_SAMPLING,
    seed: int | None = 0,
    fixes: bool = True,
    allow_contradictions: bool = False,
    profile: Profile = "default",
    watch: Callable[[Event], None] | None = None,
    drift: DriftWatch | None = None,
    where: str = "",
) -> AsyncIterator[Runner]:
    """A runner over models whose connections stay open until the end. Models and judges that were handed in are left as they are.

    `where` names the spec's file in errors, `certificate_where` that of a certificate which was read already. `target`, `errors`, `certificate` and `decoder`
    as for `ask`; `base` and `drift` as for `Runner`. Without a target that of the certificate holds.
    """
    from lightwing.decode import decoder as open_decoder
    from lightwing.run import Runner
    from lightwing.run.ledger import reading_limit, refuse_no_budget, refuse_unpriced
    from lightwing.spec import bind

    refuse_no_budget(budget)
    held, held_where = _certificate(certificate, certificate_where)
    if target is None:
        target = Target() if held is None else Target(error=held.target, confidence=held.confidence)
    named = decoder_for(decoder, target)
    if not allow_contradictions:
        refuse_conflicts(spec, where=where)
    bound = bind(spec, profile=profile)
    async with AsyncExitStack() as stack:
        rungs = [await open_one(m, stack, bound=bound) for m in models]
        reading = Sampling(temperature=0.0, max_tokens=reading_limit(spec, sampling))
        readers = [await open_judge(j, stack, bound=bound, sampling=reading) for j in judges]
        if budget.price is not None:
            refuse_unpriced(readers)
        reckoned = _errors(errors, target, base or spec.id, rungs, readers)
        with _told_of(held_where):
            runner = Runner(
                bound=bound,
                models=rungs,
                decoder=open_decoder(named),
                target=target,
                errors=reckoned,
                certificate=held,
                base=base,
                judges=readers,
                budget=budget,
                sampling=sampling,
                seed=seed,
                fixes=fixes,
                watch=watch,
                drift=drift,
            )
        yield runner


def decoder_for(name: str | None, target: Target) -> str:
    """The decoder that a run means: the one that is named, else `cost-optimal` where an error rate or a least loss is asked for, else `repair-best`.

    Raises:
        ConfigError: an error rate is asked for of a decoder with a fixed budget, or it is none.

    >>> decoder_for(None, Target(error=0.05)), decoder_for(None, Target())
    ('cost-optimal', 'repair-best')
    """
    for what, rate in (("target error", target.error), ("confidence", target.confidence)):
        if rate is not None and not 0 < rate < 1:
            raise ConfigError(f"The {what} is {rate}.", hint="Give a number between 0 and 1, such as 0.05.")
    if name is None:
        return "cost-optimal" if target.asks else "repair-best"
    if target.asks and (name in ("first", "repair-best", "cascade") or name.startswith("best-of-")):
        raise ConfigError(
            f"The decoder {name} cannot hold to an error rate: it does not reckon with one.",
            hint="Leave --decoder out, or use cost-optimal.",
        )
    return name


def _errors(
    given: ErrorModel | str | Path | None,
    target: Target,
    spec: str,
    models: Sequence[Model],
    judges: Sequence[Judge],
) -> ErrorModel:
    """The error model of a run: what was measured, refused where it is of something else; careful guesses where a target needs some and none was given."""
    rungs, readers = [m.name for m in models], [j.name for j in judges]
    if given is None:
        from lightwing.lab.assumed import assumed

        return assumed(models=rungs, judges=readers) if target.asks else ErrorModel()
    if isinstance(given, ErrorModel):
        refuse_stale(given, spec=spec, models=rungs, judges=readers)
        return given
    from lightwing.lab.files import load_errors

    found: ErrorModel = load_errors(Path(given))
    refuse_stale(found, spec=spec, models=rungs, judges=readers, where=str(given))
    return found


def _certificate(given: Certificate | str | Path | None, where: str) -> tuple[Certificate | None, str]:
    """The certificate, and the file it stands in."""
    if given is None or isinstance(given, Certificate):
        return given, where
    from lightwing.lab.certificates import load_certificate

    return load_certificate(Path(given)), str(given)


@contextmanager
def _told_of(where: str) -> Iterator[None]:
    """Names the certificate's file where the run is none that it was made for."""
    try:
        yield
    except StaleErrorModel as error:
        raise StaleErrorModel(error.what, where=error.where or where, hint=error.hint) from None


async def open_one(
    given: str | ModelAddress | Model, stack: AsyncExitStack, *, bound: BoundSpec | None = None
) -> Model:
    """The model of an address; its connections stay open until the stack closes. One that was handed in is left as it is."""
    if not isinstance(given, str | ModelAddress):
        return given
    from lightwing.models import open_model

    at = ModelAddress(address=given) if isinstance(given, str) else given
    spec, read = (None, None) if bound is None else (bound.spec, bound.read)
    model = open_model(at.address, options=at.options, spec=spec, read=read)
    if isinstance(model, _Holding):
        await stack.enter_async_context(model.held())
    return model


def refuse_conflicts(spec: Spec, *, where: str = "") -> None:
    """Raises Contradiction, showing the clauses, where the spec holds some that no answer can meet together.

    `where` names the spec's file; without it the document is named, where the spec knows it.
    """
    if not spec.conflicts:
        return
    shown = "; ".join(
        " against ".join(f"{id} ({spec.clause(id).text!r})" for id in conflict.clauses)
        + f": {conflict.reason.rstrip('.')}"
        for conflict in spec.conflicts
    )
    raise Contradiction(
        f"No answer can meet these clauses together: {shown}.",
        where=where or ("" if spec.document is None else spec.document.name),
        hint="Drop or change one of them in the spec file, or allow contradictions (--allow-contradictions).",
    )


@runtime_checkable
class _Holding(Protocol):
    """A model that keeps connections open between calls while it is held."""

    def held(self) -> AbstractAsyncContextManager[Any]: ...


async def open_judge(
    given: str | ModelAddress | Model | Judge,
    stack: AsyncExitStack,
    *,
    sampling: Sampling,
    bound: BoundSpec | None = None,
) -> Judge:
    """The judge of an address, or of a model that reads by prompt with this sampling; one that was handed in is left as it is."""
    if isinstance(given, JudgeProtocol):
        return given
    from lightwing.checks.judge import ModelJudge

    model = await open_one(given, stack, bound=bound)
    return model if isinstance(model, JudgeProtocol) else ModelJudge(model, sampling=sampling)


def _several(judge: str | Model | Judge | Sequence[str | Model | Judge]) -> Sequence[str | Model | Judge]:
    return judge if isinstance(judge, Sequence) and not isinstance(judge, str) else (judge,)


def spec_of_prompt(case: Case, *, language: str | None = None) -> Spec:
    """The spec that a bare request holds: what its last user message asks of the answer."""
    from lightwing.spec import compile_document

    return compile_document(_asked(case), name="prompt", language=language, kind="prompt")


def spec_of_request(spec: Spec, case: Case) -> Spec:
    """The spec with what the last user message of this case demands beside it, see `lightwing.spec.with_wishes`."""
    from lightwing.spec import with_wishes

    return with_wishes(spec, _asked(case))


def _asked(case: Case) -> str:
    """The last message of the user."""
    return next((m.content for m in reversed(case.messages) if m.role == "user"), "")


def status_of(spec: Spec, syndrome: Syndrome) -> Status:
    """The status of an answer that is there already: what `ask` would have called it.

    >>> from lightwing.core.outcome import PASS, unknown
    >>> spec = compile("Use at most 3 words. Be kind.", kind="document")
    >>> status_of(spec, check(spec, "Good day"))
    <Status.CHECKED: 'checked'>
    """
    binding = {c.id: syndrome.outcomes[c.id] for c in spec.clauses if c.force != "may"}
    if any(o.verdict is Verdict.FAIL for o in binding.values()):
        return Status.NOT_MET
    unread = {id for id, o in binding.items() if o.verdict is Verdict.UNKNOWN}
    if not unread:
        return Status.VERIFIED
    return Status.ABSTAINED if any(spec.clause(id).exact for id in unread) else Status.CHECKED


def _path(source: str | Path) -> Path | None:
    """The path that a source names, or None where it is the text itself."""
    if isinstance(source, Path):
        return source
    if "\n" in source or len(source) > 1000 or "\0" in source:
        return None
    path = Path(source)
    try:
        if path.is_file():
            return path
    except OSError:  # too long for a file name, so it is text
        return None
    if _FILE_LIKE.fullmatch(source):
        raise DocumentError(
            f"{source!r} looks like a path, and there is no such file.",
            hint="Check the path; a document of one such word is given with a line end after it.",
        )
    return None


def _sync(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(start())
    raise ConfigError(
        "An event loop is already running here, so this cannot wait for another.",
        hint="Use: await lightwing.ask_async(…)",
    )
