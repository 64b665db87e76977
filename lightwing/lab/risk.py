"""An acceptance level that holds what it promises: Learn-then-Test on labelled deliveries.

A decoder delivers where its P(wrong) is at most a level. Its error model is measured, so P(wrong) is near the truth and not the truth. Which level keeps
wrong / delivered below a target is therefore tested on deliveries whose truth is known: levels are tried in a fixed order from strict to lenient; each is a
hypothesis "its rate is above the target", rejected where so few wrong ones among so many would come with a chance of at most 1 - confidence (the exact
binomial tail). The first that is not rejected ends the walk, and the one before it is certified. Because the order is fixed before a label is seen, the chance that
any level above the target is certified is at most 1 - confidence, however many levels there are (Angelopoulos et al. 2021, "Learn then Test"; fixed-sequence testing).

The one assumption: the labelled deliveries and those to come are exchangeable. `lab.drift` watches whether that still holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lightwing.core.errors import ConfigError, TooFewLabels
from lightwing.core.risk import Binding, Certificate

__all__ = ["Labelled", "at_most", "certified", "certify", "labels_for", "least_labels", "levels_around", "most_wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Deliveries at one level whose truth is known."""

    level: float
    delivered: int
    wrong: int


def levels_around(target: float) -> tuple[float, ...]:
    """Levels worth trying for a target, from strict to lenient. The rate over deliveries is an average of their P(wrong), so it lies below the level."""
    return tuple(min(target * factor, 0.9) for factor in (0.5, 0.75, 1.0, 1.4, 2.0, 3.0, 4.5))


def at_most(k: int, n: int, p: float) -> float:
    """P(at most k of n), each with probability p by itself: the binomial distribution function, summed exactly.

    >>> round(at_most(0, 299, 0.01), 4), at_most(3, 3, 0.5)
    (0.0495, 1.0)
    """
    if k >= n:
        return 1.0
    if p <= 0.0 or k < 0:
        return float(k >= 0)
    if p >= 1.0:
        return 0.0
    log_p, log_q = math.log(p), math.log1p(-p)
    whole = math.lgamma(n + 1)
    return min(
        1.0,
        math.fsum(
            math.exp(whole - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * log_p + (n - i) * log_q)
            for i in range(k + 1)
        ),
    )


def least_labels(target: float, confidence: float) -> int:
    """How many labelled deliveries the target needs at least, if none of them is wrong: ln(1 - confidence) / ln(1 - target).

    >>> least_labels(0.01, 0.95), least_labels(0.05, 0.95)
    (299, 59)
    """
    _refuse_no_rate(target, confidence)
    n = max(1, math.ceil(math.log(1 - confidence) / math.log(1 - target)))
    while at_most(0, n, target) > 1 - confidence:  # the quotient is rounded
        n += 1
    while n > 1 and at_most(0, n - 1, target) <= 1 - confidence:
        n -= 1
    return n


def most_wrong(delivered: int, target: float, confidence: float) -> int:
    """How many of so many labelled deliveries may be wrong for the target to be certified; -1 where they are too few.

    >>> most_wrong(58, 0.05, 0.95), most_wrong(59, 0.05, 0.95), most_wrong(300, 0.05, 0.95)
    (-1, 0, 8)
    """
    _refuse_no_rate(target, confidence)
    k = -1
    while at_most(k + 1, delivered, target) <= 1 - confidence:
        k += 1
    return k


def labels_for(target: float, confidence: float, *, risk: float, power: float = 0.9) -> int:
    """How many labelled deliveries certify the target with this probability, where the true rate is `risk`.

    >>> labels_for(0.05, 0.95, risk=0.0), labels_for(0.05, 0.95, risk=0.02)
    (59, 311)

    Raises:
        ConfigError: the true rate is not below the target: no number of labels will do.
    """
    if not risk < target:
        raise ConfigError(f"A rate of {risk:g} is not below the target {target:g}.", hint="Ask for a higher target.")
    n = least_labels(target, confidence)
    while at_most(most_wrong(n, target, confidence), n, risk) < power:
        n += 1
    return n


def certified(levels: Sequence[Labelled], *, target: float, confidence: float) -> Labelled | None:
    """The most lenient level that passes; None where the first one fails already. Levels are walked from strict to lenient.

    Levels with fewer labels than any pass needs are left out beforehand, by their number alone: no label was looked at for that.

    Raises:
        TooFewLabels: no level has as many labelled deliveries as the target needs.
    """
    needed = least_labels(target, confidence)
    ordered = sorted(levels, key=lambda each: each.level)
    enough = [each for each in ordered if each.delivered >= needed]
    if not enough:
        most = max((each.delivered for each in levels), default=0)
        raise TooFewLabels(
            f"There are {most} labelled deliveries; to certify {100 * target:g} % with confidence {100 * confidence:g} % takes at least {needed}.",
            hint=f"Label {needed - most} more (more than that where some of them are wrong), or ask for a higher rate or less confidence.",
            needed=needed,
        )
    passed = None
    for each in enough:
        if at_most(each.wrong, each.delivered, target) > 1 - confidence:
            break
        passed = each
    return passed


def certify(levels: Sequence[Labelled], *, target: float, confidence: float, bound: Binding) -> Certificate | None:
    """The certificate that these labels carry, bound to what they were made with; None where no level passes.

    Raises:
        TooFewLabels: no level has as many labelled deliveries as the target needs.

    >>> bound = Binding(spec="s", models=("m",), decoder="cost-optimal", errors="e")
    >>> made = certify([Labelled(level=0.05, delivered=200, wrong=2), Labelled(level=0.1, delivered=200, wrong=9)], target=0.05, confidence=0.95, bound=bound)
    >>> made.level, made.wrong
    (0.05, 2)
    """
    passed = certified(levels, target=target, confidence=confidence)
    if passed is None:
        return None
    return Certificate(
        target=target,
        confidence=confidence,
        level=passed.level,
        labelled=passed.delivered,
        wrong=passed.wrong,
        bound=bound,
    )


def _refuse_no_rate(target: float, confidence: float) -> None:
    for name, value in (("error rate", target), ("confidence", confidence)):
        if not 0 < value < 1:
            raise ConfigError(f"The {name} is {value}.", hint="Give a number between 0 and 1, such as 0.05.")
