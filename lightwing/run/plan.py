"""What a run may cost at most, before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lightwing.core.case import Case, Price, Sampling
from lightwing.core.decision import Budget
from lightwing.core.protocols import Judge, Model
from lightwing.run.asking import opening
from lightwing.run.ledger import most_input_tokens, most_reading_tokens, reading_limit
from lightwing.spec.bind import BoundSpec

__all__ = ["Plan", "plan"]

_BYTES_PER_TOKEN = 16
"""No common tokenizer's token is longer on average over a whole answer; it bounds the bytes of a draft that a repair shows again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The most that one case can cost. `price` is None where it cannot be bounded; `why` says what is missing."""

    models: tuple[str, ...]
    judges: tuple[str, ...]
    decoder: str
    exact: int
    judged: int
    calls: int | None
    tokens: int | None
    seconds: float | None
    price: float | None
    why: str = ""


def plan(
    bound: BoundSpec,
    case: Case,
    *,
    models: Sequence[Model],
    judges: Sequence[Judge],
    judge_prices: Sequence[Price | None],
    decoder: str,
    budget: Budget,
    sampling: Sampling,
) -> Plan:
    """The plan for one case: every call is taken to be the dearest that could be made, a repair with the longest draft and every clause named."""
    prices = [*((m.name, m.price) for m in models), *((j.name, p) for j, p in zip(judges, judge_prices, strict=True))]
    unknown = [name for name, price in prices if price is None]
    tokens = budget.tokens
    highest: float | None = budget.price
    why = ""
    if budget.calls is None:
        why = "without a limit on calls there is no highest price"
    elif unknown:
        why = f"the price of {', '.join(unknown)} is unknown"
    elif sampling.max_tokens is None:
        known = [p for _, p in prices if p is not None]
        if any(p.input_per_million or p.output_per_million for p in known):
            why = "without a limit on output tokens (--max-tokens) there is no highest price"
        else:  # nobody charges by the token: what a call writes and reads does not matter
            worst = budget.calls * max(p.per_call for p in known)
            highest = worst if highest is None else min(worst, highest)
    if not why and budget.calls is not None and sampling.max_tokens is not None:
        shown = opening(case, bound.spec.instruction)
        rules = sum(len(c.text.encode("utf-8", "surrogatepass")) + 400 for c in bound.spec.clauses)
        most_in = 2 * most_input_tokens(shown) + rules + sampling.max_tokens * _BYTES_PER_TOKEN + 1000
        dearest = max(m.price.of(input_tokens=most_in, output_tokens=sampling.max_tokens) for m in models if m.price)
        reply = reading_limit(bound.spec, sampling) or 0
        read = most_reading_tokens(case, bound.spec, answer=sampling.max_tokens * _BYTES_PER_TOKEN)
        if judges:
            dearest = max(
                dearest, *(p.of(input_tokens=read, output_tokens=reply) for p in judge_prices if p is not None)
            )
        worst = dearest * budget.calls
        highest = worst if highest is None else min(worst, highest)
        if tokens is None:
            tokens = budget.calls * max(most_in + sampling.max_tokens, read + reply if judges else 0)
    return Plan(
        models=tuple(m.name for m in models),
        judges=tuple(j.name for j in judges),
        decoder=decoder,
        exact=len(bound.spec.exact),
        judged=len(bound.spec.judged),
        calls=budget.calls,
        tokens=tokens,
        seconds=budget.seconds,
        price=highest,
        why=why,
    )
