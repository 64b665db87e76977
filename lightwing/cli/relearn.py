"""What the gateway's pages show of an error model: reckoned in a process of its own, so that answers are not held up and the gateway's memory stays what it is."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from lightwing.core.errors import LightwingError, StoreError

if TYPE_CHECKING:
    from lightwing.core.clause import Spec
    from lightwing.core.trace import Trace
    from lightwing.lab.measure import Estimate
    from lightwing.serve.pages import Learned, Relearn, Row
    from lightwing.store import TraceStore

__all__ = ["learned", "relearner"]

_TRACES = 1000
"""The newest traces of a document that count, looked for among so many times five."""


def relearner(place: str) -> Relearn:
    """Reckons error models out of the store at `place`, one at a time."""
    turn = asyncio.Lock()

    async def relearn(spec: Spec, owner: str | None) -> Learned:
        async with turn:
            pool = ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))
            try:
                made = await asyncio.get_running_loop().run_in_executor(pool, _told, place, spec, owner)
            except BrokenProcessPool:
                raise StoreError(
                    "The process that reckons error models ended early.", hint="Is there memory left? Ask again."
                ) from None
            finally:
                pool.shutdown(wait=False)
            if isinstance(made, str):
                raise StoreError(made)
            return made

    return relearn


def _told(place: str, spec: Spec, owner: str | None) -> Learned | str:
    """The same, or what went wrong: our errors do not travel between processes."""
    try:
        return learned(place, spec, owner)
    except LightwingError as error:
        return str(error)


def learned(place: str, spec: Spec, owner: str | None) -> Learned:
    """What the store's traces say of a spec's clauses, without its labels and with them. The calls that calibration would make are not made.

    Raises:
        StoreError: the store cannot be read.
    """
    from lightwing.lab.enough import floors
    from lightwing.lab.measure import Measured, measure
    from lightwing.lab.sheet import Seen, observed, seen_of
    from lightwing.serve.pages import Learned
    from lightwing.spec import bind
    from lightwing.store import Filter, TraceStore

    bound = bind(spec)
    seen: list[Seen] = []
    with TraceStore(place, create=False) as store:
        traces = _newest(store, spec.id, owner)
        for trace in traces:
            seen.extend(seen_of(trace, bound))
        known = {text.id for text in seen}
        judged = {c.id for c in spec.judged}
        labels = {
            (f"{label.trace}/{label.candidate}", label.clause): label.met
            for label in store.labels(Filter(owner=owner, labelled=True))
            if label.met is not None and label.clause in judged and f"{label.trace}/{label.candidate}" in known
        }
    models = tuple(dict.fromkeys(text.model for text in seen if text.model is not None))
    judges = tuple(dict.fromkeys(judge for text in seen for judge, _, _ in text.readings))

    def made(said: dict[tuple[str, str], bool]) -> Measured:
        return measure(observed(spec, seen, models=models, judges=judges, labels=said, traces=len(traces)), sweeps=200)

    before, after = made({}), made(labels)
    rows = [
        _row(model, clause, "lapse", before.lapses[model][clause], e)
        for model, lapses in after.lapses.items()
        for clause, e in lapses.items()
        if not clause.startswith("kind:")
    ]
    rows += [
        _row(judge, clause, rate, before.judges[judge][clause][rate], rates[rate])
        for judge, read in after.judges.items()
        for clause, rates in read.items()
        if clause in judged
        for rate in ("false_pass", "blind", "false_fail")
    ]
    return Learned(
        id=after.errors.id,
        id_before=before.errors.id,
        basis=after.errors.basis,
        traces=len(traces),
        texts=len(seen),
        labels=len(labels),
        rows=tuple(rows),
        floors={floor.clause: floor.wrong for floor in floors(after.errors, spec)} if judges else {},
    )


def _row(who: str, clause: str, rate: str, before: Estimate, after: Estimate) -> Row:
    from lightwing.serve.pages import Row

    return Row(
        who=who,
        clause=clause,
        rate=rate,
        before=(before.mean, before.low, before.high),
        after=(after.mean, after.low, after.high),
        observed_before=before.n,
        observed_after=after.n,
    )


def _newest(store: TraceStore, document: str, owner: str | None) -> list[Trace]:
    """The newest traces whose document has this spec, those with a request's wishes beside it too."""
    from lightwing.serve.pages.known import document_of
    from lightwing.store import Filter

    found: list[Trace] = []
    before, looked = None, 0
    while len(found) < _TRACES and looked < 5 * _TRACES:
        page = store.rows(Filter(owner=owner), before=before, limit=250)
        for row in page.rows:
            looked += 1
            with contextlib.suppress(StoreError):  # removed in the meantime
                trace = store.get(row.id)
                if document_of(trace) == document:
                    found.append(trace)
        before = page.next
        if before is None:
            break
    return found[:_TRACES]
