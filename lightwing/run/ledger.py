"""The hard ledger of one case: calls, tokens, seconds and money. Nothing is spent that is not in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace

from lightwing.core.case import Case, Cost, Price, Sampling
from lightwing.core.clause import Spec
from lightwing.core.decision import Budget
from lightwing.core.errors import ConfigError
from lightwing.core.protocols import Judge

__all__ = ["Ledger", "most_input_tokens", "most_reading_tokens", "reading_limit", "refuse_no_budget", "refuse_unpriced"]


def most_input_tokens(case: Case) -> int:
    """An upper bound of the tokens that a case's messages and tools come to: the bytes of their UTF-8, plus a few per message for the protocol.

    A byte-level tokenizer never makes more tokens than bytes.
    """
    texts = [m.content for m in case.messages]
    texts += [call.name + call.arguments for m in case.messages for call in m.tool_calls]
    texts += [tool.name + tool.description + str(dict(tool.parameters)) for tool in case.tools]
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) + 8 * len(texts)


def reading_limit(spec: Spec, sampling: Sampling) -> int | None:
    """The longest reply of a judge, in tokens: a sentence for each judged clause, or what an answer may have; None where answers have no limit.

    >>> reading_limit(Spec(clauses=()), Sampling(max_tokens=100)), reading_limit(Spec(clauses=()), Sampling())
    (500, None)
    """
    return None if sampling.max_tokens is None else max(sampling.max_tokens, 500 + 200 * len(spec.judged))


def most_reading_tokens(case: Case, spec: Spec, *, answer: int) -> int:
    """An upper bound of the tokens that a judge is shown: the conversation as JSON, an answer of so many bytes, every rule, and the form."""
    told = sum(len(json.dumps([m.content, [[c.name, c.arguments] for c in m.tool_calls]])) + 100 for m in case.messages)
    conditions = [t.when for c in spec.clauses for t in (c.trigger, *c.exceptions) if t is not None]
    rules = sum(
        len(text.encode("utf-8", "surrogatepass")) + 300 for text in (*conditions, *(c.text for c in spec.clauses))
    )
    return told + answer + rules + 3000


@dataclass(slots=True)
class Ledger:
    """What one case has spent, and what its budget still allows."""

    budget: Budget
    clock: Callable[[], float]
    models: Cost = Cost()
    judges: Cost = Cost()
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    @property
    def spent(self) -> Cost:
        """Everything so far; seconds are wall-clock seconds of the case, waiting included."""
        models, judges = self.models, self.judges
        return Cost(
            calls=models.calls + judges.calls,
            input_tokens=models.input_tokens + judges.input_tokens,
            output_tokens=models.output_tokens + judges.output_tokens,
            seconds=self.clock() - self._started,
            price=None if models.price is None or judges.price is None else models.price + judges.price,
        )

    @property
    def left(self) -> Budget:
        return self.budget.left(self.spent)

    def affordable(self, read: int, price: Price | None, sampling: Sampling, n: int = 1) -> int:
        """How many of `n` answers asked for at once, by a request of `read` tokens, stay within the budget: each by the dearest way it could end."""
        left = self.left
        if left.empty:
            return 0
        n = min([n, *(limit for limit in (left.calls, left.tokens) if limit is not None)])
        if left.price is None:
            return n
        if price is None or (sampling.max_tokens is None and price.output_per_million):
            return 0
        worst = price.of(input_tokens=read, output_tokens=sampling.max_tokens or 0)
        return n if worst * n <= left.price else int(left.price // worst)

    def limited(self, sampling: Sampling, n: int = 1) -> Sampling:
        """The sampling with `max_tokens` cut to what the token budget allows each of `n` answers.

        What the endpoint counts for the request is known only from its answer, so the last call may pass the limit by the length of its request.
        """
        tokens = self.left.tokens
        if tokens is None:
            return sampling
        most = tokens // n if sampling.max_tokens is None else min(tokens // n, sampling.max_tokens)
        return replace(sampling, max_tokens=max(1, most))


def refuse_no_budget(budget: Budget) -> None:
    """Raises ConfigError. A limit of nothing, or of less, can only be a slip: no call would be made. None is no limit."""
    for each in fields(budget):
        limit = getattr(budget, each.name)
        if limit is not None and not 0 < limit < float("inf"):
            raise ConfigError(
                f"The limit on {each.name} is {limit}.", where="budget", hint="Give a number above 0; None is no limit."
            )


def refuse_unpriced(judges: Sequence[Judge]) -> None:
    """Raises ConfigError. A limit on money holds for judges too; the runner looks at the models' prices itself."""
    for judge in judges:
        if getattr(judge, "price", None) is None:
            raise ConfigError(
                f"The price of {judge.name} is unknown, so a limit on money cannot be kept.",
                hint="Give its price in the configuration, or drop the limit.",
            )
