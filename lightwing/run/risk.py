"""The risk that a trace states, and what a decoder that was asked for an error rate must not do."""

from __future__ import annotations

import math
from dataclasses import replace

from lightwing.core.clause import Spec
from lightwing.core.decision import Abstain, Accept, Action, Target
from lightwing.core.errormodel import ErrorModel
from lightwing.core.errors import ConfigError, StaleErrorModel
from lightwing.core.outcome import Status
from lightwing.core.risk import Binding, Certificate, Risk

__all__ = ["promised", "refuse_unreckoned", "risk_of"]

_ROUNDING = 1e-9


def promised(target: Target, certificate: Certificate) -> Target:
    """The target with the level at which the certificate says that it holds.

    Raises:
        StaleErrorModel: the certificate is for a higher rate, or for less confidence, than what is asked for.
    """
    if target.error is None or certificate.target > target.error or certificate.confidence < target.confidence:
        asked = "no error rate" if target.error is None else f"{target.error:g} with confidence {target.confidence:g}"
        raise StaleErrorModel(
            f"The certificate is for an error rate of {certificate.target:g} with confidence {certificate.confidence:g}; asked for is {asked}.",
            hint="Ask for what was certified, or certify anew.",
        )
    return replace(target, level=certificate.level)


def refuse_unreckoned(action: Action, target: Target, *, decoder: str) -> None:
    """Raises ConfigError where an error rate was asked for and the decoder delivers without a P(wrong), or with one above the level.

    >>> refuse_unreckoned(Accept(candidate="a1"), Target(error=0.05), decoder="mine")
    Traceback (most recent call last):
    lightwing.core.errors.ConfigError: mine: The decoder delivers without saying how probably it is wrong, and an error rate of 0.05 was asked for. Use cost-optimal.
    """
    if not isinstance(action, Accept) or target.threshold is None:
        return
    if action.wrong is None or math.isnan(action.wrong):
        raise ConfigError(
            f"The decoder delivers without saying how probably it is wrong, and an error rate of {target.error:g} was asked for.",
            where=decoder,
            hint="Use cost-optimal.",
        )
    if not -_ROUNDING <= action.wrong <= target.threshold + _ROUNDING:
        raise ConfigError(
            f"The decoder delivers with P(wrong) = {action.wrong:g}; at most {target.threshold:g} is allowed.",
            where=decoder,
            hint="Its `decide` must hold to the target it was compiled for.",
        )


def risk_of(
    action: Action,
    *,
    status: Status,
    target: Target,
    spec: Spec,
    errors: ErrorModel,
    bound: Binding,
    certificate: Certificate | None,
) -> Risk:
    """The risk of a case that ended with this action, where an error rate or a least loss was asked for.

    It is certified where a delivery rests on a certificate, or where code decided every binding clause of it.
    """
    delivered = status in (Status.VERIFIED, Status.CHECKED)
    binding = [c for c in spec.clauses if c.force != "may"]
    by_code = delivered and bool(binding) and all(c.exact for c in binding)
    return Risk(
        wrong=action.wrong if isinstance(action, Accept | Abstain) else None,
        target=target.error,
        confidence=target.confidence,
        level=target.threshold,
        standing="certified" if by_code or (delivered and certificate is not None) else "estimated",
        basis="exact" if by_code else errors.basis,
        bound=bound,
        certificate="" if certificate is None else certificate.id,
    )
