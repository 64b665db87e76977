"""What the user's own message demands beside the document: its exact clauses, under the document's."""

from __future__ import annotations

from dataclasses import replace

from lightwing.core.clause import Clause, Precedence, Spec
from lightwing.core.ids import canonical_json
from lightwing.spec.compiler import exact_demands
from lightwing.spec.conflicts import conflicts, overlapping

__all__ = ["with_wishes"]

_NOTE = "asked for in the request"


def with_wishes(spec: Spec, request: str, *, language: str | None = None) -> Spec:
    """The document's spec with the exact demands of one request ("… in at most 50 words") as clauses r1, r2, …, without spans and with a note.

    What the document demands in the same words is not added twice. Where both exclude each other the document wins: the request's clause yields to the
    document's, and the spec's notes name both. Demands of the request that only a judge can read are not added: the request reaches the model as it is.

    >>> from lightwing.spec.compiler import compile_document
    >>> spec = compile_document("# Rules\\n- Answer in at least 80 words.\\n- Be kind to beginners.", kind="document")
    >>> wished = with_wishes(spec, "Explain tides in at most 50 words, without commas.")
    >>> [(c.id, c.check.name) for c in wished.clauses if c.check]
    [('c1', 'count'), ('r1', 'count'), ('r2', 'punctuation')]
    >>> wished.conflicts, wished.notes
    ((), ('r1 contradicts c1, which wins: At least 80 words and at most 50 words.',))
    """
    if not request.strip():
        return spec
    demands = exact_demands(request, language=language)
    if not demands:
        return spec
    known = {_demand(c) for c in spec.clauses if c.check is not None and c.trigger is None and not c.exceptions}
    taken = {c.id for c in spec.clauses}
    wished: list[Clause] = []
    for clause in demands:
        if _demand(clause) not in known:
            id = next(f"r{n}" for n in range(len(wished) + 1, len(wished) + len(taken) + 2) if f"r{n}" not in taken)
            taken.add(id)
            wished.append(replace(clause, id=id, span=None, precedence=(), after=None, note=_NOTE))
    if not wished:
        return spec
    of_request = {c.id for c in wished}
    every = {c.id: c for c in (*spec.clauses, *wished)}
    notes = []
    for a, b, reason in list(overlapping(list(every.values()))):
        if (a.id in of_request) == (b.id in of_request):
            continue
        winner, loser = (b.id, a.id) if a.id in of_request else (a.id, b.id)
        for id, other, wins in ((winner, loser, True), (loser, winner, False)):
            every[id] = replace(every[id], precedence=(*every[id].precedence, Precedence(other=other, wins=wins)))
        notes.append(f"{loser} contradicts {winner}, which wins: {reason}")
    return replace(
        spec,
        clauses=tuple(every.values()),
        conflicts=(*spec.conflicts, *conflicts([every[id] for id in every if id in of_request])),
        notes=(*spec.notes, *notes),
    )


def _demand(clause: Clause) -> str:
    check = clause.check
    return canonical_json([check and check.name, check and dict(check.args), clause.scope])
