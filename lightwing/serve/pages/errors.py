"""The error model of a document as the store's traces and labels have it now, and what the labels changed."""

from __future__ import annotations

from starlette.responses import Response

from lightwing.core.clause import Spec
from lightwing.serve.pages.known import Specs
from lightwing.serve.pages.site import Visit
from lightwing.serve.refusals import Refused
from lightwing.story import percent

__all__ = ["ErrorPages"]

_RECENT = 60


class ErrorPages:
    """`/errors`."""

    def __init__(self, specs: Specs) -> None:
        self._specs = specs

    async def show(self, visit: Visit) -> Response:
        """`GET /errors?document=ID`."""
        choices = await self._choices(visit)
        asked = visit.asked("document") or next(iter(choices), "")
        if visit.site.relearn is None:
            raise Refused(404, visit.t("This gateway cannot reckon error models."))
        if asked and asked not in choices:
            raise Refused(404, visit.t("No trace of this document is among the newest; choose another."))
        learned = await visit.site.relearn(choices[asked][1], visit.owner) if asked else None
        clauses = {c.id: c for c in choices[asked][1].clauses} if asked else {}
        return await visit.page(
            "errors.html",
            choices={id: name for id, (name, _) in choices.items()},
            asked=asked,
            learned=learned,
            clauses=clauses,
            percent=percent,
        )

    async def _choices(self, visit: Visit) -> dict[str, tuple[str, Spec]]:
        """Documents by the id of their spec: those of the newest traces first, then the assistants'."""
        newest = visit.filter()
        traces = await visit.read(lambda s: [s.get(r.id) for r in s.rows(newest, limit=_RECENT).rows])
        named = {id: both for id, both in self._specs.named().items() if visit.may(both[0])}
        found: dict[str, tuple[str, Spec]] = {}
        for trace in traces:
            spec = await self._specs.of(trace)
            if spec is not None and spec.clauses and spec.id not in found:
                found[spec.id] = named.get(spec.id, (f"{trace.metadata.get('assistant', '')} {spec.id[:10]}", spec))
        return {**found, **{id: both for id, both in named.items() if id not in found}}
