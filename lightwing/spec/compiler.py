"""The front door of the offline compiler: a document or a bare prompt to a spec, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Literal

from lightwing.core.clause import Clause, DocumentRef, Precedence, Span, Spec
from lightwing.core.ids import text_id
from lightwing.spec.conflicts import conflicts, overlapping, special_first
from lightwing.spec.drafts import Draft, document_drafts, prompt_drafts, prompt_readings, reading_drafts
from lightwing.spec.duties.cues import cues
from lightwing.spec.duties.order import rankings, steps
from lightwing.spec.grammar import guess_language, share_known
from lightwing.spec.lexicon import languages, settings
from lightwing.spec.prove import proved
from lightwing.spec.text.documents import refuse_unusable
from lightwing.spec.text.structure import Statement, structure

__all__ = ["Kind", "compile_document", "exact_demands", "finish", "language_of"]

Kind = Literal["document", "prompt"]

_SHORT = 20
_LEAST_HITS, _LEAST_KNOWN = 0.2, 0.12
"""Of a text's words those that command, oblige or bind, and of its letters those in words of the lexicon. In our own documents in English, Spanish and
French the former are 0.28 and more; the shortest prompts may fall short of one, German, Dutch and Swedish fall short of both."""
_READ_BY_STRUCTURE = (
    "No lexicon fits this document's language: each list item was taken for a rule, all else for background."
)
_WORD = re.compile(r"[^\W\d_]+")


def compile_document(
    text: str, *, name: str = "document", language: str | None = None, kind: Kind | None = None
) -> Spec:
    """Compiles an instruction document or a bare prompt (`kind`; None tells them apart).

    Every obligation becomes a clause: exact where code can decide it and its check is proved, else judged. What obliges to nothing is listed as
    background. The same text gives the same spec. Spans count characters of `text`.

    Raises:
        DocumentError: the text is empty, binary, or longer than 5,000,000 characters.

    >>> spec = compile_document("Answer in at most 50 words. Be kind to beginners.", kind="document")
    >>> [(c.check.name if c.check else "judged", c.text) for c in spec.clauses]
    [('count', 'Answer in at most 50 words.'), ('judged', 'Be kind to beginners.')]
    """
    refuse_unusable(text, where=name)
    code = language or language_of(text)
    statements = structure(text)
    table = cues(code)
    notes: tuple[str, ...] = ()
    if (kind or _kind_of(text, statements, code)) == "prompt":
        drafts = prompt_drafts(text, statements, table, code)
    else:
        drafts = document_drafts(text, statements, table, code)
        if not table.words.verbs:
            drafts, notes = _whole_items(text, statements, drafts), (_READ_BY_STRUCTURE,)
    clauses = [draft.clause(n) for n, draft in enumerate(drafts, start=1)]
    clauses = _ordered(text, statements, drafts, clauses, code)
    spec = finish(text, clauses, _background(statements, drafts), name=name, language=code, compiler="offline")
    return replace(spec, notes=notes)


def exact_demands(text: str, *, name: str = "request", language: str | None = None) -> tuple[Clause, ...]:
    """The exact clauses of `compile_document(text, kind="prompt")`, without their spans, ranks and order, at a fraction of its cost.

    Raises:
        DocumentError: as there.

    >>> [c.check.name for c in exact_demands("Explain tides in at most 50 words.")], exact_demands("Explain tides.")
    (['count'], ())
    """
    refuse_unusable(text, where=name)
    code = language or language_of(text)
    readings = prompt_readings(text, code)
    if not readings:
        return ()
    drafts = reading_drafts(text, structure(text), readings, cues(code))
    clauses = [replace(draft.clause(n), span=None) for n, draft in enumerate(drafts, start=1)]
    return tuple(c for c in (proved(clause, language=code) for clause in clauses) if c.exact)


def finish(
    text: str, clauses: Sequence[Clause], background: Sequence[Span], *, name: str, language: str, compiler: str
) -> Spec:
    """The spec of these clauses: checks proved, special rules put before general ones, contradictions found."""
    safe = [proved(clause, language=language) for clause in clauses]
    safe = _special_before_general(safe)
    return Spec(
        clauses=tuple(safe),
        language=language,
        document=DocumentRef(name=name, sha256=text_id(text), characters=len(text)),
        instruction=text,
        background=tuple(background),
        conflicts=conflicts(safe),
        compiler=compiler,
    )


def language_of(text: str) -> str:
    """ISO 639-1 code of the document's language; "und" (undetermined) where its words fit no lexicon.

    >>> language_of("Always be brief and answer in the language of the user."), language_of("Всегда отвечай кратко.")
    ('en', 'und')
    """
    code = guess_language(text)
    if code not in languages() or not settings(code).spaces:
        return code
    words = [word.casefold() for word in _WORD.findall(text[:20000])]
    if len(words) < _SHORT:  # the guess may hang on one of them
        spaced = [each for each in languages() if settings(each).spaces and cues(each).words.verbs]
        code = max(spaced, key=lambda each: (_hits(words, each), each == code), default=code)
    strange = _hits(words, code) <= _LEAST_HITS * len(words) and share_known(text, code) < _LEAST_KNOWN
    return "und" if strange else code


def _hits(words: Sequence[str], code: str) -> int:
    """How many of the words bind, command or oblige in a language."""
    known = _binding(code)
    return sum(word in known for word in words)


@cache
def _binding(code: str) -> frozenset[str]:
    """Words of a language that bind, command or oblige."""
    table = cues(code).words
    return settings(code).function_words | {
        w for s in (table.verbs, table.must, table.negative, table.answer) for w in s
    }


def _kind_of(text: str, statements: Sequence[Statement], language: str) -> Kind:
    """A document speaks of an assistant and its user, or is long or has headings; a prompt asks for one thing."""
    table = cues(language)
    if not table.words.verbs:  # only list items could be told from background
        return "document" if any(s.item for s in statements) else "prompt"
    if len(text) > 6000:
        return "document"
    if any(
        table.match("identity").match(s.body.cut(text)) or table.match("obliging_identity").match(s.body.cut(text))
        for s in statements[:40]
    ):
        return "document"
    users = sum(table.match("user").search(s.body.cut(text)) is not None for s in statements)
    rules = sum(
        s.kind == "heading" and table.match("rule_headings").search(s.body.cut(text)) is not None for s in statements
    )
    return "document" if users >= 2 or rules or (users and len(statements) >= 3) else "prompt"


def _whole_items(text: str, statements: Sequence[Statement], drafts: Sequence[Draft]) -> list[Draft]:
    """Where no lexicon tells one sentence of a list item from the next, the item is one clause."""
    whole: list[Draft] = []
    for draft in drafts:
        statement = statements[draft.statements[0]]
        before = whole[-1] if whole else None
        if before is None or statement.first or statement.item != statements[before.statements[-1]].item:
            whole.append(draft)
            continue
        between = Span(before.span.end, draft.span.end).cut(text)
        whole[-1] = replace(
            before,
            text=f"{before.text} {' '.join(between.split())}",
            span=Span(before.span.start, draft.span.end),
            statements=tuple(range(before.statements[0], draft.statements[-1] + 1)),
        )
    return whole


def _background(statements: Sequence[Statement], drafts: Sequence[Draft]) -> tuple[Span, ...]:
    """Spans of the statements that became no clause."""
    used = {i for draft in drafts for i in draft.statements}
    return tuple(s.span for i, s in enumerate(statements) if i not in used)


def _ordered(
    text: str, statements: Sequence[Statement], drafts: Sequence[Draft], clauses: list[Clause], language: str
) -> list[Clause]:
    """The clauses with the precedence and the order of steps that the document states."""
    table = cues(language)
    ids: dict[int, list[str]] = {}
    for draft, clause in zip(drafts, clauses, strict=True):
        for i in draft.statements:
            ids.setdefault(i, []).append(clause.id)
    duties = sorted(ids)
    precedence: dict[str, dict[str, Precedence]] = {}
    for ranking in rankings(text, statements, duties, table):
        for loser in ranking.losers:
            for a in ids.get(ranking.winner, ()):
                for b in ids.get(loser, ()):
                    precedence.setdefault(a, {})[b] = Precedence(other=b, wins=True)
                    precedence.setdefault(b, {})[a] = Precedence(other=a, wins=False)
    after = {ids[i][0]: ids[before][0] for i, before in steps(text, statements, duties, table).items()}
    return [
        replace(c, precedence=tuple(precedence.get(c.id, {}).values()), after=after.get(c.id))
        if c.id in precedence or c.id in after
        else c
        for c in clauses
    ]


def _special_before_general(clauses: Sequence[Clause]) -> list[Clause]:
    """A clause under a condition wins over one that always holds, where no answer satisfies both."""
    wins: dict[str, list[Precedence]] = {}
    for a, b, _ in overlapping(clauses):
        if any(p.other == b.id for p in a.precedence):
            continue
        for special, general in ((a, b), (b, a)):
            if special_first(special, general):
                wins.setdefault(special.id, []).append(Precedence(other=general.id, wins=True))
                wins.setdefault(general.id, []).append(Precedence(other=special.id, wins=False))
    return [replace(c, precedence=(*c.precedence, *wins[c.id])) if c.id in wins else c for c in clauses]
