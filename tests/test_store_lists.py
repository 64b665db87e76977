"""What pages and keys need of the store: lists by pages, owners, labels, counts by clause, model and day, retention; in both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from store_tools import trace

from lightwing.core.case import Answer, Candidate, Cost, Origin
from lightwing.core.errors import StoreError
from lightwing.core.outcome import PASS, SKIP, Status, Syndrome, fail, unknown
from lightwing.core.trace import Trace
from lightwing.store import ClauseCount, Filter, TraceStore

DAY = 86_400.0


def test_pages_newest_first_without_a_gap_or_a_double(place: str) -> None:
    with TraceStore(place) as store:
        store.add_many(trace(n) for n in range(23))
        seen: list[str] = []
        before = None
        while True:
            page = store.rows(before=before, limit=5)
            assert len(page.rows) <= 5
            seen += [row.case for row in page.rows]
            store.add(trace(100 + len(seen)))  # what arrives meanwhile moves no page
            if page.next is None:
                break
            before = page.next
        assert seen == [f"c{n}" for n in reversed(range(23))]
        assert store.rows(Filter(spec="none")).rows == ()
        exact = store.rows(Filter(until=5.0), limit=5)
        assert (len(exact.rows), exact.next) == (5, None)
        with pytest.raises(ValueError, match="at least 1"):
            store.rows(limit=0)


def test_a_row_says_what_a_list_shows(place: str) -> None:
    with TraceStore(place) as store:
        id = store.add(trace(7, models=(("m", 0.5), ("big", 1.0), ("m", 0.25))), owner="key-1")
        row = store.row(id)
        assert (row.id, row.time, row.spec, row.case, row.status, row.owner) == (id, 7.0, "s", "c7", Status.CHECKED, "key-1")  # fmt: skip
        assert (row.models, row.calls, row.judge_calls, row.tokens, row.price) == (("m", "big"), 5, 2, 46, 2.0)
        assert (row.wrong, row.error, row.redacted, row.labels) == (None, "", False, 0)
        assert store.rows().rows == (row,)
        nobody = store.row(
            store.add(replace(trace(8, error="ModelTimeout"), candidates=(), syndromes={}, delivered=None))
        )
        assert (nobody.models, nobody.error) == (("m",), "ModelTimeout")


FILTERS: list[tuple[dict[str, Any], set[int]]] = [
    ({"spec": "t"}, {3, 4}),
    ({"status": Status.NOT_MET}, {2}),
    ({"case": "c4"}, {4}),
    ({"model": "big"}, {1, 4}),
    ({"model": "none"}, set()),
    ({"owner": "k1"}, {1, 2}),
    ({"owner": ""}, {0, 3, 4, 5}),
    ({"since": 2.0, "until": 4.0}, {2, 3}),
    ({"labelled": True}, {2, 4}),
    ({"labelled": False, "owner": "k1"}, {1}),
    ({"failed": True}, {5}),
    ({"failed": False, "spec": "s"}, {0, 1, 2}),
]


@pytest.mark.parametrize(("wanted", "numbers"), FILTERS, ids=lambda value: str(value))
def test_each_filter_means_the_same_everywhere(place: str, wanted: dict[str, Any], numbers: set[int]) -> None:
    with TraceStore(place) as store:
        ids = [
            store.add(trace(0)),
            store.add(trace(1, models=(("m", 0.5), ("big", 0.5))), owner="k1"),
            store.add(trace(2, status=Status.NOT_MET), owner="k1"),
            store.add(trace(3, spec="t")),
            store.add(trace(4, spec="t", models=(("big", 0.5),))),
            store.add(trace(5, error="ModelTimeout")),
        ]
        for n in (2, 3, 4):
            store.label(ids[n], "k1", n % 2 == 0)
        store.label(ids[3], "k1", None)
        filter = Filter(**wanted)
        assert {row.case for row in store.rows(filter).rows} == {f"c{n}" for n in numbers}
        assert {t.case.id for t in store.all(filter)} == {f"c{n}" for n in numbers}
        assert store.count(filter) == len(numbers)


def test_a_key_sees_its_own_traces_only(place: str) -> None:
    with TraceStore(place) as store:
        mine, other = store.add(trace(1), owner="k1"), store.add(trace(2), owner="k2")
        assert store.get(mine, owner="k1").case.id == "c1"
        for look in (store.get, store.row):
            with pytest.raises(StoreError, match="There is no trace"):
                look(other, owner="k1")
        with pytest.raises(StoreError, match="There is no trace"):
            store.label(other, "k1", True, owner="k1")
        assert store.ids(other[:8], owner="k1") == []
        assert store.ids(other[:8]) == [other]
        assert store.ids("%") == []
        store.label(other, "k1", True)
        assert list(store.labels(Filter(owner="k1"))) == []
        for counts in (store.clause_counts, store.model_days, store.days):
            assert len(list(counts(Filter(owner="k1")))) < 3
            assert not counts(Filter(owner="k3"))
        assert store.prune(before=100.0, keep_labelled=False, owner="k1") == 1
        assert store.get(other).case.id == "c2"


def test_the_last_label_counts_and_the_history_stays(place: str) -> None:
    two = (("k1", PASS), ("k2", fail("no")))
    with TraceStore(place) as store:
        id = store.add(trace(1, models=(("m", 0.5), ("m", 0.5)), outcomes=two))
        store.label(id, "k1", True, who="ann", at=10.0)
        store.label(id, "k2", False, who="ann", at=11.0)
        store.label(id, "k1", False, who="bob", at=12.0)
        store.label(id, "k1", True, who="bob", at=13.0, candidate="a1")
        found = [(x.clause, x.candidate, x.met, x.who, x.at) for x in store.labels()]
        assert found == [("k2", "a0", False, "ann", 11.0), ("k1", "a0", False, "bob", 12.0), ("k1", "a1", True, "bob", 13.0)]  # fmt: skip
        store.label(id, "k1", None, who="bob")
        assert [(x.clause, x.candidate) for x in store.labels()] == [("k2", "a0"), ("k1", "a1")]
        assert [x.met for x in store.labels(history=True, trace=id)] == [True, False, False, True, None]
        assert store.row(id).labels == 2
        assert list(store.labels(trace="other")) == []


def test_a_label_on_what_is_not_there_is_refused(place: str) -> None:
    with TraceStore(place) as store:
        id = store.add(trace(1))
        nothing = store.add(trace(2, delivered=None))
        with pytest.raises(StoreError, match=r"no clause 'k9'. There are: k1"):
            store.label(id, "k9", True)
        with pytest.raises(StoreError, match=r"no candidate 'a9'. There are: a0"):
            store.label(id, "k1", True, candidate="a9")
        with pytest.raises(StoreError, match="Nothing was delivered"):
            store.label(nothing, "k1", True)
        assert store.label(nothing, "k1", True, candidate="a0").candidate == "a0"
        with pytest.raises(StoreError, match="There is no trace"):
            store.label("nope", "k1", True)


def corrected(number: int, *, day: int) -> Trace:
    """A trace whose first candidate breaks k2, and whose repair by another model does not."""
    base = trace(number)
    made = tuple(
        Candidate(answer=Answer(text="x"), id=id, origin=Origin(model=model), cost=Cost(calls=1, price=1.0))
        for id, model in (("a0", "small"), ("a1", "big"))
    )
    read = {
        "a0": Syndrome(outcomes={"k1": PASS, "k2": fail("no"), "k3": unknown(), "k4": SKIP}),
        "a1": Syndrome(outcomes={"k1": PASS, "k2": PASS, "k3": unknown(), "k4": SKIP}),
    }
    return replace(base, candidates=made, syndromes=read, delivered="a1", started=day * DAY + 3600.0)


def test_clauses_by_model_and_day_of_the_first_and_the_delivered_candidate(place: str) -> None:
    with TraceStore(place) as store:
        store.add_many([corrected(1, day=0), corrected(2, day=0), corrected(3, day=20_000)])
        counts = store.clause_counts()
        first = next(c for c in counts if (c.clause, c.stage, c.day) == ("k2", "first", date(1970, 1, 1)))
        assert first == ClauseCount(
            day=date(1970, 1, 1), spec="s", model="small", clause="k2", stage="first", passed=0, failed=2, skipped=0, unknown=0
        )  # fmt: skip
        together = {(c.clause, c.stage): c for c in store.clause_counts(by_day=False)}
        assert len(together) == 8
        delivered = together["k2", "delivered"]
        assert (delivered.model, delivered.passed, delivered.failed, delivered.day) == ("big", 3, 0, None)
        assert together["k3", "first"].unknown == together["k4", "first"].skipped == 3
        assert {c.day for c in store.clause_counts(Filter(since=DAY))} == {date(2024, 10, 4)}
        assert {c.stage for c in store.clause_counts(Filter(model="big"))} == {"delivered"}
        assert store.clause_counts(Filter(spec="none")) == []


def test_cost_by_model_and_day(place: str) -> None:
    with TraceStore(place) as store:
        unpriced = trace(4, models=(("small", None),), status=Status.NOT_MET, error="ModelTimeout", started=DAY)
        store.add_many([corrected(1, day=0), corrected(2, day=0), corrected(3, day=1), unpriced])
        found = {(d.day.day, d.model): (d.traces, d.cost.calls, d.cost.price) for d in store.model_days()}
        assert found == {(1, "small"): (2, 2, 2.0), (1, "big"): (2, 2, 2.0), (2, "small"): (2, 2, None), (2, "big"): (1, 1, 1.0)}  # fmt: skip
        assert {d.model for d in store.model_days(Filter(model="big", until=DAY))} == {"big"}
        one, two = store.days()
        assert (one.traces, one.checked, one.not_met, one.errors, one.price) == (2, 2, 0, 0, 1.5)
        assert (two.traces, two.checked, two.not_met, two.errors, two.price) == (2, 1, 1, 1, None)
        assert (one.calls, one.judge_calls) == (2, 4)
        assert store.specs() == {"s": 4}


@pytest.mark.parametrize("started", [-1e12, 0.0, 1e30, 253_402_300_799.0])
def test_times_that_no_calendar_holds_are_kept(place: str, started: float) -> None:
    with TraceStore(place) as store:
        id = store.add(trace(1, started=started))
        assert store.get(id).started == started
        assert len(store.days()) == 1
        assert store.clause_counts()[0].day is not None


def test_what_is_old_goes_and_what_was_labelled_stays(place: str) -> None:
    with TraceStore(place) as store:
        ids = store.add_many(trace(n) for n in range(1300))
        store.label(ids[3], "k1", True)
        store.label(ids[4], "k1", True)
        store.label(ids[4], "k1", None)
        assert store.prune(before=1200.0) == 1199
        assert store.count() == 101
        assert store.get(ids[3]).case.id == "c3"
        assert [x.trace for x in store.labels()] == [ids[3]]
        assert store.prune(before=1200.0) == 0
        assert store.prune(before=1200.0, keep_labelled=False) == 1
        assert list(store.labels(history=True)) == []
        assert store.usage()["m"].calls == 100


def test_others_write_while_old_traces_go(place: str) -> None:
    with TraceStore(place) as store:
        store.add_many(trace(n) for n in range(2000))
        added = threading.Thread(target=lambda: [store.add(trace(5000 + n)) for n in range(50)])
        added.start()
        assert store.prune(before=2000.0) == 2000
        added.join()
        assert store.count() == 50
