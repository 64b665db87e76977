"""Does a calibration still hold? A test that may be looked at after every delivery.

A gambler bets that things are worse than promised. Observation x in [0, 1] (1: wrong, 0: right) was promised to have a mean of at most m; staking the share b of his
wealth multiplies it by 1 + b·(x - m), which on average gains nothing as long as the promise holds. So the chance that his wealth ever reaches 1 / rate is
at most `rate` (Ville's inequality), however often one looks. He plays several stakes side by side, and puts a little of his money in anew at every step, so that a
change after a long good time is found too: of his first franc, 1 / (k(k+1)) goes in at step k.
"""

from __future__ import annotations

from dataclasses import dataclass

from lightwing.core.errors import ConfigError

__all__ = ["Drift"]

_WORSE = (1.5, 2.0, 3.0, 5.0, 10.0)
"""How many times worse than promised the gambler thinks that things are: a stake for each."""

_LEAST = 1e-3
"""A promise of less than this is taken as this: a bet on what is promised never to happen has no best stake."""


@dataclass(slots=True)
class _Bet:
    worse: float
    wealth: float = 0.0


class Drift:
    """Watches deliveries. `target`: the promised rate of wrong ones; `rate`: the chance that it ever warns although the promise holds.

    Every delivery that somebody labelled is taken with `take`. Deliveries that are read again instead are taken with `expected`, the chance that the error model
    gives for such a reading to say "fails": then what is tested is the error model's word, and no label is needed.

    >>> watch = Drift(target=0.05)
    >>> for wrong in [0] * 200 + [1, 0, 0] * 20:
    ...     watch.take(wrong)
    >>> watch.warns, watch.stricter(0.08) < 0.08
    (True, True)
    """

    def __init__(self, *, target: float, rate: float = 0.01) -> None:
        for name, value in (("target", target), ("rate", rate)):
            if not 0 < value < 1:
                raise ConfigError(f"The {name} of a drift watch is {value}.", hint="Give a number between 0 and 1.")
        self.target, self.rate = target, rate
        self.renew()

    def renew(self) -> None:
        """Begins anew, as is to be done where a stricter level was taken: what was seen before it says nothing of it."""
        self.seen = 0
        self.highest = 1.0
        self._bets = [_Bet(worse) for worse in _WORSE]
        self._since = 0
        self._sum = self._promised = 0.0

    def take(self, observed: float, *, expected: float | None = None) -> None:
        """One delivery: `observed` 1 for wrong, 0 for right, or a share between; `expected` its promised mean (None: the target).

        Raises:
            ConfigError: a value that is no share.
        """
        mean = self.target if expected is None else expected
        if not 0 <= observed <= 1 or not 0 <= mean <= 1:
            raise ConfigError(
                f"A delivery was observed as {observed}, promised as {mean}.", hint="Give shares between 0 and 1."
            )
        mean = max(mean, _LEAST)
        self.seen += 1
        fresh = 1 / (self.seen * (self.seen + 1))
        for bet in self._bets:
            bet.wealth = (bet.wealth + fresh) * (1 + _stake(mean, bet.worse) * (observed - mean))
        self._sum += observed
        self._promised += mean
        self.highest = max(self.highest, self.wealth)
        if not self.warns and self._sum <= self._promised:  # so far no worse than promised: a change begins after here
            self._since, self._sum, self._promised = self.seen, 0.0, 0.0

    @property
    def wealth(self) -> float:
        """The gambler's money now: an e-value against the promise."""
        return sum(bet.wealth for bet in self._bets) / len(self._bets) + 1 / (self.seen + 1)

    @property
    def warns(self) -> bool:
        """True once the wealth has reached 1 / rate: the promise no longer holds, but for a chance of `rate`."""
        return self.highest >= 1 / self.rate

    @property
    def worse(self) -> float:
        """How many times as many are wrong as was promised, since things began to go wrong; a rough figure, at least 1."""
        return max(1.0, self._sum / self._promised) if self._promised else 1.0

    def stricter(self, level: float) -> float:
        """The level to deliver by from now on: as it was without a warning; else smaller by as much as things are worse, and at least by half.

        It is no longer certified: label deliveries anew.
        """
        return level / max(2.0, self.worse) if self.warns else level


def _stake(mean: float, worse: float) -> float:
    """The stake that grows fastest where the truth is `worse` times the mean (Kelly), kept so that no wealth is lost for good."""
    if mean >= 1:
        return 0.0
    truth = min(worse * mean, 0.5 * (1 + mean))
    return min((truth - mean) / (mean * (1 - mean)), 0.9 / mean)
