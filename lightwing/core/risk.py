"""What is known of the risk that a delivered answer is wrong: `Risk`, the `Certificate` it may rest on, and the ids that both are bound to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lightwing.core.errormodel import Basis, ErrorModel
from lightwing.core.errors import StaleErrorModel
from lightwing.core.ids import short_id, strong_id

__all__ = ["ASSUMED", "Binding", "Certificate", "Risk", "Standing", "refuse_other", "refuse_stale"]

ASSUMED = "as long as requests are like those that were labelled"
"""The one thing that a certificate takes for granted."""

Standing = Literal["certified", "estimated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """All that a stated risk is bound to: id of the spec, names of models and judges, name of the decoder, id of the error model. Another one of any of
    them, and the statement no longer holds."""

    spec: str
    models: tuple[str, ...]
    judges: tuple[str, ...] = ()
    decoder: str = ""
    errors: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An acceptance level that was tested on labelled deliveries.

    `level`: answers are delivered where the decoder's P(wrong) is at most this. `labelled` deliveries at that level were looked at, `wrong` of them were. With
    `confidence` the rate wrong / delivered is then at most `target`, for traffic that is exchangeable with what was labelled.

    >>> Certificate(target=0.05, confidence=0.95, level=0.08, labelled=200, wrong=3, bound=Binding(spec="s", models=("m",))).statement
    'With confidence 95 % at most 5 % of delivered answers are wrong (3 of 200 labelled deliveries were), as long as requests are like those that were labelled.'
    """

    target: float
    confidence: float
    level: float
    labelled: int
    wrong: int
    bound: Binding

    @property
    def id(self) -> str:
        """Strong id of all that is stated."""
        b = self.bound
        stated = [self.target, self.confidence, self.level, self.labelled, self.wrong]
        return strong_id([*stated, b.spec, list(b.models), list(b.judges), b.decoder, b.errors])

    @property
    def statement(self) -> str:
        """What is certified and what it assumes, in one sentence."""
        return (
            f"With confidence {100 * self.confidence:g} % at most {100 * self.target:g} % of delivered answers are wrong ({self.wrong} of {self.labelled} "
            f"labelled deliveries were), {ASSUMED}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """The risk of one result. `wrong`: P(some clause is not met) of the answer that was delivered, or of the best one where none was; None where nobody
    reckoned with it. `target` and `confidence` are what was asked for, `level` what P(wrong) was held against.

    `standing` is `certified` where the rate over all deliveries rests on labels (`certificate` is the id of what says so), or where code alone decided every
    clause; else it is `estimated`, from rates whose `basis` is stated.
    """

    wrong: float | None
    target: float | None
    confidence: float
    level: float | None
    standing: Standing
    basis: Basis
    bound: Binding
    certificate: str = ""


def refuse_stale(
    errors: ErrorModel, *, spec: str, models: Sequence[str], judges: Sequence[str], where: str = ""
) -> None:
    """Raises StaleErrorModel where `errors` was measured on another spec, or holds nothing of a model or judge that is to run.

    An error model without a spec id is for none in particular. `where` names its file.
    """
    if errors.spec and errors.spec != spec:
        raise StaleErrorModel(
            f"The error model was measured on the spec {short_id(errors.spec)}; the one to run is {short_id(spec)}.",
            where=where,
            hint="Measure again with `lightwing calibrate`, or run the spec that was measured.",
        )
    for what, names, known in (("model", models, errors.rungs), ("judge", judges, errors.judges)):
        missing = [name for name in names if name not in known]
        if missing:
            raise StaleErrorModel(
                f"The error model knows nothing of the {what} {missing[0]!r}; it was measured on {', '.join(sorted(known)) or 'none'}.",
                where=where,
                hint="Measure again with `lightwing calibrate`, naming every model and judge of the run.",
            )


def refuse_other(certificate: Certificate, bound: Binding, *, where: str = "") -> None:
    """Raises StaleErrorModel where a certificate is bound to something else than `bound`."""
    for what in ("spec", "models", "judges", "decoder", "errors"):
        was, now = getattr(certificate.bound, what), getattr(bound, what)
        if was != now:
            raise StaleErrorModel(
                f"The certificate is bound to {_shown(what, was)}; the run has {_shown(what, now)}.",
                where=where,
                hint="Label deliveries of this run and certify again, or run without the certificate: the risk is then estimated.",
            )


def _shown(what: str, value: str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"the {what} {', '.join(value) or 'none'}"
    name = {"errors": "error model"}.get(what, what)
    return f"the {name} {(short_id(value) if what != 'decoder' else value) or 'none'}"
