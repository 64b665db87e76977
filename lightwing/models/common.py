"""What every back end shares: refusing an unusable request, rough token counts, turning a finished candidate into a stream."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from lightwing.core.case import Answer, Candidate, Case, Cost, Delta, Origin, Price, Sampling
from lightwing.core.errors import ModelRefused

__all__ = ["FREE", "candidate", "deltas", "near", "require_request", "rough_tokens", "simulated_cost"]

FREE = Price()
"""What a back end charges that makes no real call."""


def require_request(case: Case, n: int, *, model: str) -> None:
    """Refuse what no model can answer, the same way in every back end, before anything is spent.

    Raises:
        ModelRefused: the case has no messages, or `n` is not at least 1.
    """
    if not case.messages:
        raise ModelRefused(
            "The case has no messages.", where=model, hint="Give at least one message, for example Case.ask('…')."
        )
    if n < 1:
        raise ModelRefused(f"{n} answers were asked for.", where=model, hint="Ask for at least one.")


def rough_tokens(text: str) -> int:
    """A rough count for back ends that have no tokenizer: a token for every four bytes of UTF-8, rounded up.

    >>> rough_tokens("Four and more"), rough_tokens("")
    (4, 0)
    """
    return (len(text.encode("utf-8", "surrogatepass")) + 3) // 4


def simulated_cost(case: Case, answer: Answer, *, price: Price | None, seconds: float = 0.0) -> Cost:
    """The cost of one answer of a back end that has no tokenizer: one call, rough tokens, and what they cost at this price."""
    read = sum(rough_tokens(m.content) for m in case.messages)
    written = rough_tokens(answer.text) + sum(rough_tokens(c.arguments) for c in answer.tool_calls)
    charged = None if price is None else price.of(input_tokens=read, output_tokens=written)
    return Cost(calls=1, input_tokens=read, output_tokens=written, seconds=seconds, price=charged)


def candidate(answer: Answer, *, cost: Cost, model: str, sampling: Sampling) -> Candidate:
    """A candidate as a model hands it over: the run gives id, parent and rung."""
    return Candidate(answer=answer, cost=cost, origin=Origin(model=model, seed=sampling.seed))


def deltas(index: int, made: Candidate, pieces: Sequence[str] | None = None, *, size: int = 24) -> Iterator[Delta]:
    """A finished candidate as a stream: its text in `pieces` (else in pieces of `size` characters), tool calls, then the end with the cost."""
    text = made.answer.text
    for piece in pieces if pieces is not None else (text[i : i + size] for i in range(0, len(text), size)):
        if piece:
            yield Delta(index=index, text=piece)
    for call in made.answer.tool_calls:
        yield Delta(index=index, tool_call=call)
    yield Delta(index=index, finish=made.answer.finish, cost=made.cost, logprobs=made.answer.logprobs)


def near(word: str, choices: Iterable[str]) -> str:
    """A hint for a misspelt name: what was perhaps meant, and all there is.

    >>> near("opnai", ["openai", "recorded"])
    "Did you mean 'openai'? There are: openai, recorded."
    """
    known = sorted(choices)
    close = difflib.get_close_matches(word, known, n=1)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    return f"{meant}There are: {', '.join(known) or 'none'}."
