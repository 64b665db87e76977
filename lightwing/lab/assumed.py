"""The error model of one who has measured nothing: careful guesses, named as such."""

from __future__ import annotations

from collections.abc import Sequence

from lightwing.core.errormodel import ANY, ClauseErrors, ErrorModel, JudgeErrors

__all__ = ["assumed"]

_MODEL = ClauseErrors(lapse=0.3, concentration=2.0, repair_factor=0.6, regression=0.1, stubborn=0.95)
_JUDGE = JudgeErrors(false_pass=0.25, false_fail=0.15, blind=0.1, deaf=0.03)


def assumed(*, models: Sequence[str], judges: Sequence[str]) -> ErrorModel:
    """Rates to start from where nobody has measured: models that err often and persistently, judges that are blind to a tenth of what is broken.

    With them a promise about one or two judged clauses can be kept, about many it cannot: the decoder then abstains rather than hope. Its basis is
    `assumed`, and every risk that rests on it says so.

    >>> assumed(models=["m"], judges=["j"]).basis
    'assumed'
    """
    return ErrorModel(
        rungs={name: {ANY: _MODEL} for name in models}, judges={name: {ANY: _JUDGE} for name in judges}, basis="assumed"
    )
