"""The optimum against brute force, and the loop against the optimum on few tasks (the false-alarm rates are stated)."""

from __future__ import annotations

import itertools
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from lightwing.bench.repair import CLEAN, Channel, measure, optimum
from lightwing.decode import decoder


def naive(channel: Channel, clauses: int, calls: int) -> float:
    """Success of the best strategy, over subsets of wrong clauses instead of their number, drafts kept or left as is best."""
    everything = frozenset(range(clauses))

    def law(chances: list[float]) -> list[tuple[frozenset[int], float]]:
        out = []
        for bits in itertools.product([0, 1], repeat=clauses):
            p = math.prod(c if bit else 1 - c for c, bit in zip(chances, bits, strict=True))
            out.append((frozenset(i for i, bit in enumerate(bits) if bit), p))
        return out

    fresh = law([channel.p] * clauses)
    cache: dict[tuple[frozenset[int], int], float] = {}

    def value(draft: frozenset[int], left: int) -> float:
        if not draft:
            return 1.0
        if left == 0:
            return 0.0
        if (draft, left) not in cache:
            options = [fresh]
            for size in range(1, len(draft) + 1):
                for named in itertools.combinations(sorted(draft), size):
                    chances = [
                        channel.f * channel.p if i in named else channel.k if i in draft else channel.r
                        for i in everything
                    ]
                    options.append(law(chances))
            cache[draft, left] = max(
                sum(p * max(value(new, left - 1), value(draft, left - 1)) for new, p in option) for option in options
            )
        return cache[draft, left]

    return sum(p * value(draft, calls - 1) for draft, p in fresh)


@settings(max_examples=15)
@given(
    p=st.floats(0.05, 0.6),
    f=st.floats(0.0, 1.2),
    r=st.floats(0.0, 0.3),
    k=st.floats(0.5, 1.0),
    n=st.integers(1, 3),
    calls=st.integers(1, 4),
)
def test_the_optimum_is_the_brute_force_one(p: float, f: float, r: float, k: float, n: int, calls: int) -> None:
    channel = Channel(p=p, f=f, r=r, k=k)
    success, spent = optimum(channel, clauses=n, calls=calls)
    assert abs(success - naive(channel, n, calls)) < 1e-9
    assert 1.0 <= spent <= calls


def test_repair_best_is_near_the_optimum_and_doubled_noise_shows() -> None:
    """2,000 tasks: a true success of 0.9995 gives fewer than 1,990 with probability below 1e-6; the doubled lapse rate must fail the same bound."""
    assert measure(CLEAN, decoder("repair-best"), clauses=8, tasks=2000, calls=8, seed=1).met >= 1990
    noisy = Channel(p=0.4, f=0.6, r=0.1, k=0.9)
    assert measure(noisy, decoder("repair-best"), clauses=8, tasks=500, calls=8, seed=1).met < 490


def test_first_meets_its_closed_form() -> None:
    """4,000 tasks at 0.8^8 = 0.168: within five standard deviations (false alarm below 1e-6)."""
    got = measure(CLEAN, decoder("first"), clauses=8, tasks=4000, calls=8, seed=2)
    expected = 0.8**8
    assert abs(got.met / 4000 - expected) < 5 * math.sqrt(expected * (1 - expected) / 4000)
    assert got.calls == 1
