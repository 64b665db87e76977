"""A document that is pasted, compiled, edited and tried. The page itself carries the draft: nothing is kept here until it is tried."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any, cast

from starlette.responses import Response

from lightwing.checks.registry import registered
from lightwing.core.case import Case, Sampling
from lightwing.core.clause import CheckCall, Clause, Force, Span, Spec
from lightwing.core.decision import Target
from lightwing.core.errormodel import ErrorModel
from lightwing.core.errors import InputError, SpecError
from lightwing.serve.app import admitted
from lightwing.serve.asked import ChatRequest
from lightwing.serve.pages.known import DRAFT
from lightwing.serve.pages.site import Form, Visit
from lightwing.serve.pages.texts import Piece, pieces
from lightwing.serve.refusals import Refused
from lightwing.serve.told import Answered
from lightwing.spec import bind, compile_document, conflicts, coverage, dump_spec, parse_spec, prove

__all__ = ["draft", "edited", "work"]

_FORCES = ("must", "should", "may")
_BACKGROUND, _LOST = "background", "lost"


@dataclass(slots=True)
class _Draft:
    """What the page shows: the document, its spec, what went wrong, and what a trial gave."""

    document: str = ""
    spec: Spec | None = None
    wrong: str = ""
    said: str = ""
    wish: str = ""
    model: str = ""
    answered: Answered | None = None


async def draft(visit: Visit) -> Response:
    """`GET /specs`: an empty page, or the document of an assistant (`?assistant=NAME`)."""
    found = _Draft()
    name = visit.asked("assistant")
    if name:
        visit.require(name)
        spec = visit.site.gateway.engine.assistant(name).spec
        if spec is not None:
            found = _Draft(document=spec.instruction, spec=spec, model=name)
    return await _page(visit, found)


async def work(visit: Visit) -> Response:
    """`POST /specs`: does what the button says, with what was edited."""
    form = await visit.form()
    do, _, clause = form["do"].partition(":")
    found = _Draft(document=form["document"], wish=form["wish"], model=form["model"])
    try:
        if do == "compile":
            found.spec = await asyncio.to_thread(_compiled, found.document)
            found.said = visit.t("Compiled.")
            return await _page(visit, found)
        found.spec = await asyncio.to_thread(parse_spec, form["yaml"], where="draft")
        if do == "apply":
            found.said = visit.t("The YAML was taken over.")
            return await _page(visit, found)
        found.spec = await asyncio.to_thread(edited, found.spec, form, clause if do == "delete" else "", do == "add")
        if do == "download":
            head = {"content-disposition": 'attachment; filename="spec.yaml"'}
            return Response(dump_spec(found.spec), media_type="application/yaml", headers=head)
        if do == "try":
            found.answered = await _tried(visit, found)
        else:
            found.said = visit.t("The changes were taken over.")
    except (InputError, Refused) as error:
        found.wrong = error.message if isinstance(error, Refused) else str(error)
    return await _page(visit, found)


def _compiled(document: str) -> Spec:
    return compile_document(document, name="pasted document", kind="document")


def edited(spec: Spec, form: Form, delete: str, add: bool) -> Spec:
    """The spec with a form's changes: texts, checks and forces of its clauses, one taken out, one added.

    Raises:
        SpecError: a check is unknown, its arguments cannot be used, or it cannot tell good from bad.
    """
    clauses = [_clause(clause, form, spec.language) for clause in spec.clauses if clause.id != delete]
    if add:
        taken = {c.id for c in spec.clauses}
        id = next(f"n{i}" for i in range(1, len(taken) + 2) if f"n{i}" not in taken)
        clauses.append(_clause(Clause(id=id, text=""), form, spec.language, prefix="new"))
    left = {c.id for c in clauses}
    clauses = [
        replace(
            c,
            after=c.after if c.after in left else None,
            precedence=tuple(p for p in c.precedence if p.other in left),
        )
        for c in clauses
    ]
    changed = replace(spec, clauses=tuple(clauses), conflicts=conflicts(clauses))
    bind(changed)
    return changed


def _clause(clause: Clause, form: Form, language: str, *, prefix: str = "") -> Clause:
    """A clause with what its fields say; one that has no fields in the form stays."""
    at = prefix or clause.id
    text, name, args, force = (form[f"{field}.{at}"].strip() for field in ("text", "check", "args", "force"))
    where = f"clause {clause.id}"
    if not text and not force:
        return clause
    if not text:
        raise SpecError("The clause has no text.", where=where, hint="Say in words what it demands, or take it out.")
    if force not in _FORCES:
        raise SpecError(f"The force {force!r} is none.", where=where, hint=f"Known: {', '.join(_FORCES)}.")
    check = None
    if name:
        check = CheckCall(name=name, args=_arguments(args, where))
        if check != clause.check:
            proof = prove(check, scope=clause.scope, language=language)
            if not proof.holds:
                raise SpecError(
                    f"The check cannot be used: {proof.why}",
                    where=where,
                    hint="Mend its arguments, or leave it to a judge.",
                )
    return replace(clause, text=text, check=check, force=cast(Force, force))


def _arguments(text: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SpecError("The arguments are no JSON object.", where=where, hint='For example {"of": "words", "max": 50}')
    return found


async def _tried(visit: Visit, found: _Draft) -> Answered:
    """What the chosen assistant's models answer under the draft. The trace carries the draft, so that it can be read later."""
    gateway = visit.site.gateway
    visit.require(found.model)
    chosen = gateway.engine.assistant(found.model)
    assert found.spec is not None
    if chosen.raw:
        raise Refused(400, visit.t("A raw model checks nothing; choose another one."))
    if not found.wish.strip():
        raise Refused(400, visit.t("There is no request to try it with."))
    assistant = replace(
        chosen,
        name=f"documents/{chosen.name}",
        spec=found.spec,
        errors=ErrorModel(),
        target=Target(),
        certificate=None,
        streaming="verified",
        unmet="flag",
        tagged={DRAFT: dump_spec(found.spec)},
    )
    asked = ChatRequest(model=found.model, case=Case.ask(found.wish), sampling=Sampling())
    async with admitted(gateway, visit.key, assistant) as ticket, gateway.gate.place():
        answered = await gateway.engine.answer(assistant, asked, owner=visit.owner or "")
        if ticket is not None:
            ticket.spent(tokens=answered.cost.tokens, price=answered.cost.price)
    return answered


async def _page(visit: Visit, found: _Draft) -> Response:
    engine = visit.site.gateway.engine
    names = [n for n, a in engine.assistants.items() if not a.raw and visit.may(n)]
    shown = {} if found.spec is None else await asyncio.to_thread(_shown, found.document, found.spec)
    values = {"pieces": [], "yaml": "", "coverage": None, "lost": 0, "args": {}, **shown}
    return await visit.page(
        "specs.html",
        status=422 if found.wrong else 200,
        draft=found,
        names=names,
        checks=registered(),
        forces=_FORCES,
        **values,
    )


def _shown(document: str, spec: Spec) -> dict[str, Any]:
    fits = spec.document is not None and spec.document.characters == len(document)
    covered = coverage(spec, document) if fits else None
    marks: dict[str, list[Span]] = {}
    if fits:
        marks = {c.id: [c.span] for c in spec.clauses if c.span is not None}
        marks[_BACKGROUND] = list(spec.background)
        marks[_LOST] = [] if covered is None else list(covered.lost)
    kinds = {c.id: "exact" if c.exact else "judged" for c in spec.clauses}
    found: list[tuple[Piece, str]] = []
    for piece in pieces(document, marks) if fits else ():
        ids = [n for n in piece.names if n in kinds]
        found.append((piece, kinds[ids[0]] if ids else piece.names[0] if piece.names else ""))
    return {
        "pieces": found,
        "yaml": dump_spec(spec),
        "coverage": covered,
        "lost": 0 if covered is None else len(covered.lost),
        "args": {
            c.id: json.dumps(dict(c.check.args), ensure_ascii=False) if c.check is not None and c.check.args else ""
            for c in spec.clauses
        },
    }
