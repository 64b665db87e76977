"""Whether an error model is sure enough for a target: what stops a calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lightwing.core.clause import Clause, Spec
from lightwing.core.errormodel import ErrorModel
from lightwing.lab.measure import Measured

__all__ = ["Enough", "Floor", "enough", "floors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The chance that an answer which every reading passes breaks this clause, every judge being blind to it: however often they read. (One FAIL among many a PASS would show
    that a judge is not blind to a text; to wait for that on every clause is seldom worth its price.) `judge`: the least blind one; empty where there is none. `seen`: it has read a
    violation of this clause that is known to be one; else its blindness is a guess from other clauses."""

    clause: str
    judge: str
    wrong: float
    seen: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Enough:
    """`why` says in words what `state` rests on. `floor`: the chance that any clause is broken and unseen, by the floors at
    their careful values."""

    state: Literal["open", "enough", "out of reach"]
    why: str
    floor: float


def floors(errors: ErrorModel, spec: Spec, *, model: str | None = None) -> tuple[Floor, ...]:
    """The floor of every judged clause, the greatest first, for answers of `model` (None: of the model that lapses least). A clause that no judge reads stands at its lapse rate."""
    found = []
    for clause in spec.clauses:
        if clause.exact or clause.force == "may":
            continue
        names = list(errors.rungs) if model is None else [model]
        lapses = [row.lapse for m in names if (row := errors.clause(m, clause)) is not None]
        lapse = min(lapses, default=0.5)
        judge, blind = _blind(errors, clause)
        missed = lapse * blind
        read = errors.judge(judge, clause)
        found.append(
            Floor(
                clause=clause.id,
                judge=judge,
                wrong=missed / max(missed + 1 - lapse, 1e-12),
                seen=read is None or read.broken > 0,
            )
        )
    return tuple(sorted(found, key=lambda f: -f.wrong))


def _blind(errors: ErrorModel, clause: Clause) -> tuple[str, float]:
    """The least blind judge and the share of violations to which all judges are blind, as far as each two share their spots."""
    rows = {j: row.blind for j in errors.judges if (row := errors.judge(j, clause)) is not None}
    if not rows:
        return "", 1.0
    least = min(rows, key=lambda j: rows[j])
    shares = [errors.common(least, other) for other in rows if other != least]
    return least, rows[least] * min(shares, default=1.0)


def enough(measured: Measured, spec: Spec, *, target: float | None) -> Enough:
    """With a target: enough when the floor at its careful values leaves half of the target to be reached by readings, and rates of lapses are known to a quarter; out of reach when the
    floor passes the target even where blind spots are as rare as their intervals allow. Without a target: when the pooled rates are known to within 0.05."""
    left = floors(measured.errors, spec)
    careful = 1 - math.prod(1 - f.wrong for f in left)
    judged = [c for c in spec.judged if c.force != "may"]
    loose = _loose(measured, bool(judged))
    if target is None:
        state: Literal["open", "enough"] = "open" if loose else "enough"
        return Enough(state=state, why=loose or "the pooled rates are known to within 0.05", floor=careful)
    if judged:
        least = _least(measured, judged)
        if least > target and not loose:
            why = _unread(left) or f"{100 * least:.2g} % stay wrong and unseen however often judges read, at the least"
            return Enough(state="out of reach", why=why, floor=careful)
        if careful > target / 2:
            why = (
                _unread(left)
                or f"blind spots may leave {100 * careful:.2g} % wrong, and the target is {100 * target:g} %"
            )
            return Enough(state="open", why=why, floor=careful)
    return Enough(state="open" if loose else "enough", why=loose or "intervals are tight enough", floor=careful)


def _unread(left: Sequence[Floor]) -> str:
    """Says that clauses have no judge, or one that has read no violation of them; empty where all are read."""
    without = sum(not f.judge for f in left)
    if without:
        return f"no judge reads {without} {'clauses' if without > 1 else 'clause'}"
    blank = [f for f in left if not f.seen]
    if not blank:
        return ""
    more = f" and {len(blank) - 1} more" if len(blank) > 1 else ""
    return f"no judge has read a known violation of clause {blank[0].clause}{more}"


def _least(measured: Measured, judged: list[Clause]) -> float:
    """The floor where every clause's blind spots are at the low end of their interval, answers being those of the best model."""
    right = 1.0
    for clause in judged:
        lapse = min((rows[clause.id].low for rows in measured.lapses.values() if clause.id in rows), default=0.0)
        blind = 1.0
        for rows in measured.judges.values():
            if clause.id in rows:
                blind *= rows[clause.id]["blind"].low
        right *= 1 - lapse * blind
    return 1 - right


def _loose(measured: Measured, judged: bool) -> str:
    """What is not known well enough yet, in words; empty where all is. Rows of all clauses together are looked at, through their widest member."""
    for model, rows in measured.lapses.items():
        own = [e for name, e in rows.items() if name != "*" and not name.startswith("kind:")]
        width = sum(e.high - e.low for e in own) / max(1, len(own)) / 2
        mean = sum(e.mean for e in own) / max(1, len(own))
        if width > max(0.05, mean / 4):
            return f"lapse rates of {model} are known to within {width:.2g} only"
    if not judged:
        return ""
    for judge, readers in measured.judges.items():
        own = [r["false_pass"] for name, r in readers.items() if name != "*" and not name.startswith("kind:")]
        width = sum(e.high - e.low for e in own) / max(1, len(own)) / 2
        if width > 0.1:
            return f"how often {judge} passes a violation is known to within {width:.2g} only"
    return ""
