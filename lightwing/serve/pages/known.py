"""Which clauses a trace was held against: the store keeps their ids, what they say is found again where the gateway knows their document."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from lightwing.core.clause import Clause, Spec
from lightwing.core.errors import InputError, StoreError
from lightwing.core.trace import Trace
from lightwing.serve.asked import argument_clauses
from lightwing.serve.engine import Engine
from lightwing.serve.refusals import Refused
from lightwing.spec import with_wishes
from lightwing.spec.files import parse_spec
from lightwing.store import TraceRow, TraceStore

__all__ = ["DRAFT", "Specs", "document_of"]

DRAFT = "draft"
"""Where the metadata of a trace holds the spec (YAML) that was tried on the page of documents."""

_KEPT = 128
_MOST_DOCUMENTS = 20_000


def document_of(trace: Trace) -> str:
    """The id of the document's spec. The trace's own is another where the request's wishes were checked beside."""
    tagged = trace.metadata.get("document")
    return tagged if isinstance(tagged, str) and tagged else trace.spec


class Specs:
    """The specs of traces, as far as they can be found: an assistant's, one that was tried here, or the document that came with the request."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tried: OrderedDict[str, Spec] = OrderedDict()
        self._documents: OrderedDict[str, str] = OrderedDict()

    def named(self) -> dict[str, tuple[str, Spec]]:
        """The assistants' specs by id, each with the name it is asked for by."""
        found: dict[str, tuple[str, Spec]] = {}
        for name, assistant in self._engine.assistants.items():
            if assistant.spec is not None:
                found.setdefault(assistant.spec.id, (name, assistant.spec))
        return found

    async def of(self, trace: Trace) -> Spec | None:
        """The spec of the document that a trace is bound to, without the request's wishes; None where it cannot be found, as after a redaction."""
        id = document_of(trace)
        named = self.named().get(id)
        if named is not None:
            return named[1]
        if id in self._tried:
            self._tried.move_to_end(id)
            return self._tried[id]
        found = await self._tried_here(trace) or await self._sent(trace)
        return found if found is not None and found.id == id else None

    async def clauses(self, trace: Trace) -> dict[str, Clause]:
        """The clauses of a trace by id: its document's, the request's wishes, the schemas of its tools. What is not found is left out."""
        spec = await self.of(trace)
        if spec is None:
            return {}
        known = {c.id for c in spec.clauses}
        read = {id for syndrome in trace.syndromes.values() for id in syndrome.outcomes}
        every: Sequence[Clause] = spec.clauses
        if read - known:
            tools = [c for c in argument_clauses(trace.case.tools) if c.id not in known]
            wish = next((m.content for m in reversed(trace.case.messages) if m.role == "user"), "")
            try:
                every = (*tools, *(await asyncio.to_thread(with_wishes, spec, wish)).clauses)
            except InputError:
                every = (*tools, *spec.clauses)
        return {c.id: c for c in every if c.id in read}

    async def titles(self, store: TraceStore, rows: Iterable[TraceRow]) -> dict[str, str]:
        """What to call the specs of these rows: the name of the assistant whose document it is; the others stay without."""
        named = self.named()
        strange = {row.spec: row.id for row in rows if row.spec not in self._documents and row.spec not in named}

        def look() -> None:
            for spec, id in strange.items():
                with contextlib.suppress(StoreError):  # removed in the meantime
                    self._documents[spec] = document_of(store.get(id))

        await asyncio.to_thread(look)
        while len(self._documents) > _MOST_DOCUMENTS:
            self._documents.popitem(last=False)
        asked = {row.spec: self._documents.get(row.spec, row.spec) for row in rows}
        return {spec: named[of][0] for spec, of in asked.items() if of in named}

    async def _tried_here(self, trace: Trace) -> Spec | None:
        text = trace.metadata.get(DRAFT)
        if not isinstance(text, str):
            return None
        try:
            found = await asyncio.to_thread(parse_spec, text)
        except InputError:
            return None
        self._tried[found.id] = found
        while len(self._tried) > _KEPT:
            self._tried.popitem(last=False)
        return found

    async def _sent(self, trace: Trace) -> Spec | None:
        system = "\n\n".join(m.content for m in trace.case.messages if m.role == "system" and m.content.strip())
        if not system or "redacted" in trace.metadata:
            return None
        try:
            return await self._engine.runners.compiled(system)
        except Refused:
            return None
