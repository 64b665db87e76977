"""The model-assisted front end: any model turns a document into the same spec that the offline front end makes, and is believed in nothing.

A model's reply becomes clauses only as far as the document bears it out (`lightwing.spec.assisted.clauses`). What does not stand up is refused or handed to a
judge, with a note; what the offline front end takes for an obligation and the model left out is named in the notes too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lightwing.core.case import Cost, Sampling
from lightwing.core.clause import Clause, Span, Spec
from lightwing.core.errors import ModelProtocol
from lightwing.core.protocols import Model
from lightwing.spec.assisted.clauses import ModelClauses, overlap, shortened
from lightwing.spec.assisted.form import WireReply, again, read_reply, request
from lightwing.spec.compiler import compile_document, finish
from lightwing.spec.text.structure import Statement, structure

__all__ = ["PIECE", "compile_with_model"]

PIECE = 20_000
"""Characters that a model is shown at once: a longer document is cut between statements, for one reply must hold all clauses of its piece."""

_NAMED = 5

_AS_THE_ENDPOINT_DOES = Sampling()


async def compile_with_model(
    text: str,
    *,
    model: Model,
    name: str = "document",
    language: str | None = None,
    attempts: int = 2,
    sampling: Sampling = _AS_THE_ENDPOINT_DOES,
    piece: int = PIECE,
) -> Spec:
    """Compiles a document with a model's help. Each piece of about `piece` characters is asked for once, and again while replies cannot be read, up
    to `attempts` times in all. Order and precedence of clauses are taken within a piece only.

    Raises:
        DocumentError: as the offline front end does.
        ModelProtocol: no reply to a piece could be read.
        ModelError: the model failed.
    """
    offline = compile_document(text, name=name, language=language, kind="document")
    statements = structure(text)
    found = ModelClauses(text, statements, language=offline.language)
    cost = Cost()
    for part in _pieces(text, statements, size=piece):
        reply, spent = await _ask(model, part.cut(text), attempts=attempts, sampling=sampling)
        cost += spent
        found.take(reply, part)
    clauses = found.clauses()
    background = _uncovered(text, statements, clauses)
    spec = finish(text, clauses, background, name=name, language=offline.language, compiler=f"model:{model.name}")
    return replace(spec, notes=(*found.notes, *_left_out(offline.clauses, clauses), _spent(model, cost)))


async def _ask(model: Model, piece: str, *, attempts: int, sampling: Sampling) -> tuple[WireReply, Cost]:
    """The model's reply on one piece, and what it cost."""
    asked = first = request(piece)
    spent, trouble = Cost(), ""
    for _ in range(max(1, attempts)):
        (candidate, *_) = await model.generate(asked, n=1, sampling=sampling)
        spent += candidate.cost
        try:
            return read_reply(candidate.answer.text), spent
        except ValueError as error:
            cut = " The reply was cut off by a length limit." if candidate.answer.finish == "length" else ""
            trouble = f"{error}{cut}"
            asked = again(first, draft=candidate.answer.text, error=trouble)
    raise ModelProtocol(
        f"The model did not give the document's clauses as JSON in {max(1, attempts)} replies. The last one: {trouble}",
        where=model.name,
        hint="Use a model that writes JSON reliably and may write long replies, or compile without a model.",
    )


def _pieces(text: str, statements: Sequence[Statement], *, size: int) -> Iterator[Span]:
    """The document in pieces of at most `size` characters, cut where a block begins, else where a statement begins; a longer statement is a piece."""
    start, last_block, last_statement = 0, 0, 0
    for before, statement in zip([None, *statements], [*statements, None], strict=True):
        end = len(text) if statement is None else _beginning(text, before, statement)
        if end - start > size:
            cut = last_block if last_block > start else last_statement
            if cut > start:
                yield Span(start, cut)
                start = cut
        last_statement = end
        if statement is not None and (before is None or before.block != statement.block):
            last_block = end
    yield Span(start, len(text))


def _beginning(text: str, before: Statement | None, statement: Statement) -> int:
    """Where a statement begins, its list mark included."""
    line = text.rfind("\n", 0, statement.span.start) + 1
    return line if before is None or line >= before.span.end else statement.span.start


def _uncovered(text: str, statements: Sequence[Statement], clauses: Sequence[Clause]) -> list[Span]:
    """What of the statements no clause covers, as far as it has a letter or digit: every word stands in a clause or in the background."""
    spans = sorted(c.span for c in clauses if c.span is not None)
    free, at, n = [], 0, 0
    for statement in statements:
        at = max(at, statement.span.start)
        while n < len(spans) and spans[n].start < statement.span.end:
            free.append(Span(at, spans[n].start))
            at = max(at, spans[n].end)
            n += 1
        free.append(Span(at, statement.span.end))
    return [span for span in free if any(c.isalnum() for c in span.cut(text))]


def _left_out(offline: Sequence[Clause], clauses: Sequence[Clause]) -> list[str]:
    """What the offline front end finds in places of which the model said nothing."""
    lost = [c for c in offline if c.span is not None and not any(overlap(c.span, mine.span) for mine in clauses)]
    if not lost:
        return []
    named = "; ".join(f"{shortened(c.text)!r}" for c in lost[:_NAMED])
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return [f"The model left out what the offline front end takes for {len(lost)} obligations: {named}{more}."]


def _spent(model: Model, cost: Cost) -> str:
    price = "price unknown" if cost.price is None else f"price {cost.price:.6g}"
    return f"Compiled with {model.name}: {cost.calls} calls, {cost.tokens} tokens, {price}."
