"""What has been measured of models and judges: the ErrorModel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from lightwing.core.clause import Clause
from lightwing.core.ids import strong_id

__all__ = ["ANY", "Basis", "ClauseErrors", "ErrorModel", "JudgeErrors", "kind_of"]

ANY = "*"
"""The row for clauses of which nothing nearer is known."""

Basis = Literal["labels", "exact", "planted", "assumed"]
"""What the rates rest on: labels of people; clauses that code decides; violations planted for the purpose; nothing that was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseErrors:
    """How one model errs at one clause.

    `lapse`: a fresh answer breaks it with this probability, on average over cases. `concentration` of its Beta law over cases (None: the same in every case):
    the smaller, the more an error persists. `repair_factor`: named in a repair it still fails with that factor times the case's lapse rate. `regression`: a
    rewrite breaks it where it held and was not named. `stubborn`: it stays broken where it was broken and not named. `n`: observations behind the lapse rate.
    """

    lapse: float
    concentration: float | None = None
    repair_factor: float = 1.0
    regression: float = 0.0
    stubborn: float = 1.0
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeErrors:
    """How one judge errs at one clause.

    `blind`: the share of violations (text and clause) that every reading of this judge passes, however often it is asked. `false_pass`: of the others, the
    share that one reading passes, each reading by itself. `deaf` and `false_fail`: the same for clauses that are kept and are called failed.
    `broken`, `kept`: how many texts with the clause broken, or kept, these rest on.
    """

    false_pass: float
    false_fail: float
    blind: float = 0.0
    deaf: float = 0.0
    broken: int = 0
    kept: int = 0


def kind_of(clause: Clause) -> str:
    """The kind from which a clause that was never seen starts: its check's name, or `judged`."""
    return "judged" if clause.check is None else clause.check.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorModel:
    """What has been measured, bound to what it was measured on.

    `rungs`: by model, then by clause id, kind of clause (`kind:NAME`) or `ANY`. `judges`: the same by judge. `shared`: for two judges (names in order, joined by "|"), which share of the
    blind spots of the rarer-blind one is blind to the other too. `prices`, `tokens`: mean price, and mean tokens read and written, of one call, by model or judge; what is missing is unknown. `spec`: id of the spec measured on, empty for
    none in particular. `traces`: how many traces it rests on. An update is a new value with a new id; an empty model says that nothing is known.

    >>> errors = ErrorModel(rungs={"m": {ANY: ClauseErrors(lapse=0.2)}})
    >>> errors.clause("m", Clause(id="c1", text="Be brief.")).lapse
    0.2
    """

    rungs: Mapping[str, Mapping[str, ClauseErrors]] = field(default_factory=dict)
    judges: Mapping[str, Mapping[str, JudgeErrors]] = field(default_factory=dict)
    shared: Mapping[str, float] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, float] = field(default_factory=dict)
    basis: Basis = "assumed"
    spec: str = ""
    traces: int = 0

    def clause(self, model: str, clause: Clause) -> ClauseErrors | None:
        """How this model errs at this clause: measured on it, else on its kind, else on any; None where nothing is known."""
        rows = self.rungs.get(model, {})
        return rows.get(clause.id) or rows.get(f"kind:{kind_of(clause)}") or rows.get(ANY)

    def judge(self, judge: str, clause: Clause) -> JudgeErrors | None:
        """How this judge errs at this clause; None where nothing is known."""
        rows = self.judges.get(judge, {})
        return rows.get(clause.id) or rows.get(f"kind:{kind_of(clause)}") or rows.get(ANY)

    def common(self, one: str, other: str) -> float:
        """The share of blind spots that two judges have in common. Where it was not measured, all of them: the careful guess."""
        return self.shared.get("|".join(sorted((one, other))), 1.0)

    @property
    def id(self) -> str:
        """Strong id of all that is stated; where no tokens were counted they are left out, so that files of before keep their ids."""
        stated = asdict(self)
        if not self.tokens:
            del stated["tokens"]
        return strong_id(stated)
