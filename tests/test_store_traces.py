"""The trace store, in SQLite and in PostgreSQL: everything or nothing, many writers, sums that never take an unknown price for 0."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from store_tools import texts, trace

from lightwing.core.case import Answer, Case, Cost
from lightwing.core.errors import StoreError
from lightwing.core.outcome import Status
from lightwing.store import Filter, TraceStore, case_key, task_of
from lightwing.store.tables import SCHEMA


def test_what_was_added_is_there(place: str) -> None:
    with TraceStore(place) as store:
        id = store.add(trace(1))
        assert store.get(id).candidates == trace(1).candidates
        assert store.add(trace(1)) == id
        assert store.add_many([trace(1), trace(2), trace(1)])[::2] == [id, id]
        assert store.count() == 2
        with pytest.raises(StoreError, match="no trace 'nope'"):
            store.get("nope")
    with TraceStore(place) as store:
        assert store.get(id).id == id


def test_texts_that_no_column_takes_are_kept_in_the_body(place: str) -> None:
    odd = replace(trace(1), case=Case.ask("a\0b\ud800", id="c\0\ud800"), error="e\0", spec="s\0\udfff")
    with TraceStore(place) as store:
        id = store.add(odd, owner="\0")
        assert replace(store.get(id), id="") == odd
        assert texts(store.traces(spec="s\0\udfff")) == ["c\0\ud800"]
        assert store.rows(Filter(owner="\0")).rows[0].case == "c\\x00\\ud800"


def test_filters_keep_the_order_of_adding_over_pages(place: str) -> None:
    with TraceStore(place) as store:
        store.add_many(
            trace(number, status=Status.NOT_MET if number % 3 else Status.CHECKED, spec=f"s{number % 2}")
            for number in range(600)
        )
        assert texts(store.traces()) == [f"c{n}" for n in range(600)]
        assert texts(store.traces(status=Status.CHECKED)) == [f"c{n}" for n in range(0, 600, 3)]
        late = [n for n in range(590, 600) if n % 2]
        assert texts(store.traces(spec="s1", since=590.0)) == [f"c{n}" for n in late]
        assert not list(store.traces(task="none"))


def test_texts_are_looked_for_as_they_stand(place: str) -> None:
    plain = replace(trace(1), candidates=(), syndromes={}, events=(), delivered=None)
    one = replace(plain, case=Case.ask('100% of_it, "said" \\\\ 多\nnext', id="c1"), metadata={"assistant": 'he"lp'})
    two = replace(plain, case=Case.ask('1000 ofXit, "assistant":"he', id="c2"), metadata={"assistant": "he"})
    with TraceStore(place) as store:
        store.add_many([one, two])
        for text, found in [
            ("100% of_it", ["c1"]),
            ("100_", []),
            ('"SAID" \\\\ 多', ["c1"]),
            ("多\nnext", ["c1"]),
            ("1000", ["c2"]),
        ]:
            assert texts(store.all(Filter(text=text))) == found, text
        assert texts(store.all(Filter(assistant='he"lp'))) == ["c1"]
        assert texts(store.all(Filter(assistant="he"))) == ["c2"]
        assert store.count(Filter(text="of", assistant="he")) == 1
        assert [row.case for row in store.rows(Filter(text="ofXit")).rows] == ["c2"]
        assert not store.clause_counts(Filter(text="nobody said this"))
        store.add(replace(one, error="half a character: \ud800"))
        assert texts(store.all(Filter(text="多\nnext", assistant='he"lp'))) == ["c1", "c1"]


def test_cases_done_leaves_out_errors(place: str) -> None:
    with TraceStore(place) as store:
        store.add(trace(1))
        store.add(trace(2, error="ModelTimeout"))
        assert store.cases_done(task_of(trace(1))) == {case_key(trace(1).case)}
        assert store.find(trace(2).case) is None
        assert store.find(trace(1).case, task="other") is None
        found = store.find(trace(1).case, task=task_of(trace(1)))
        assert found is not None
        assert found.case.id == "c1"


def test_sums_per_task_and_model_and_the_unknown_price(place: str) -> None:
    with TraceStore(place) as store:
        store.add(trace(1, models=(("m", 0.5), ("m", 0.5), ("big", 2.0))))
        store.add(trace(2, status=Status.NOT_MET))
        stats = store.stats()[task_of(trace(1))]
        assert (stats.cases, stats.delivered, stats.not_met, stats.abstained) == (2, 1, 1, 0)
        assert (stats.calls, stats.judge_calls, stats.tokens, stats.price) == (4, 4, 62, 4.0)
        assert stats.wrong is None
        assert store.usage() == {
            "big": Cost(calls=1, input_tokens=10, output_tokens=5, seconds=1.0, price=2.0),
            "m": Cost(calls=3, input_tokens=30, output_tokens=15, seconds=3.0, price=1.5),
        }
        store.add(trace(3, models=(("m", None),)))
        assert store.stats()[task_of(trace(1))].price is None
        assert store.usage()["m"].price is None
        assert store.usage()["big"].price == 2.0


def test_a_trace_is_added_whole_or_not_at_all(place: str) -> None:
    with TraceStore(place) as store:
        store.add(trace(0))
        broken = replace(trace(2), metadata={"x": object()})
        with pytest.raises(StoreError, match="no JSON"):
            store.add_many([trace(1), broken])
        assert texts(store.traces()) == ["c0"]
        assert store.usage()["m"].calls == 1


def test_many_first_openers_all_get_in(place: str) -> None:
    program = "import sys; from lightwing.store import TraceStore; TraceStore(sys.argv[1]).close()"
    openers = [subprocess.Popen([sys.executable, "-c", program, place]) for _ in range(3)]
    assert [opener.wait(timeout=120) for opener in openers] == [0] * 3
    with TraceStore(place) as store:
        assert store.count() == 0


def test_many_first_openers_in_one_process(place: str) -> None:
    made: list[str] = []

    def opened() -> None:
        with TraceStore(place) as store:
            made.append(store.add(trace(1)))

    together(opened, 6)
    assert len(made) == 6
    with TraceStore(place) as store:
        assert store.count() == 1


def test_two_processes_that_write_at_once_both_arrive(place: str) -> None:
    program = textwrap.dedent("""
        import sys
        from lightwing.core.case import Case
        from lightwing.core.outcome import Status
        from lightwing.core.trace import Trace
        from lightwing.store import TraceStore
        with TraceStore(sys.argv[1]) as store:
            for n in range(50):
                store.add(Trace(case=Case.ask("x", id=f"{sys.argv[2]}-{n}"), spec="s", decoder="first", models=("m",),
                                status=Status.CHECKED, delivered=None))
    """)
    writers = [subprocess.Popen([sys.executable, "-c", program, place, name]) for name in ("one", "two")]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    with TraceStore(place) as store:
        assert store.count() == 100


@pytest.mark.parametrize("memory", [False, True])
def test_threads_add_read_and_count_at_once(place: str, memory: bool) -> None:
    if memory and "sqlite" not in place:
        pytest.skip("PostgreSQL has no store in memory")
    with TraceStore(":memory:" if memory else place) as store:
        numbers = iter(range(10_000))

        def worker() -> None:
            mine = next(numbers) * 1000
            for n in range(25):
                id = store.add(trace(mine + n))
                assert store.get(id).id == id
                store.rows(limit=5)
                store.add_many(trace(mine + 100 + n * 4 + i) for i in range(4))
                store.usage()

        together(worker, 8)
        assert store.count() == 8 * 125
        assert len(set(texts(store.traces()))) == 8 * 125
        assert store.usage()["m"].calls == 8 * 125


def test_the_same_traces_from_many_threads_stand_once(place: str) -> None:
    many = [trace(n) for n in range(300)]
    with TraceStore(place) as store:
        orders = iter([many, many[::-1]] * 3)
        together(lambda: store.add_many(next(orders)), 6)
        assert store.count() == 300
        assert store.usage()["m"].calls == 300
        counts = store.clause_counts(by_day=False)
        assert [(c.stage, c.passed) for c in counts] == [("delivered", 300), ("first", 300)]


def together(work: object, times: int) -> None:
    """Does `work` in that many threads at once; the first error of one is raised."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    if errors:
        raise errors[0]


def test_a_newer_schema_is_refused(place: str) -> None:
    with TraceStore(place) as store:
        execute(store, f"UPDATE meta SET value = '{SCHEMA + 1}' WHERE key = 'schema'")
    with pytest.raises(
        StoreError, match=rf"schema {SCHEMA + 1}; this version reads up to {SCHEMA}.*newer lightwing"
    ) as caught:
        TraceStore(place)
    assert "s3cret" not in str(caught.value)


def test_a_database_of_something_else_is_not_touched(place: str, tmp_path: Path) -> None:
    import sqlalchemy as sa

    from lightwing.store.place import Place

    engine = sa.create_engine(Place.of(place).url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE meta (name TEXT)")
    with pytest.raises(StoreError, match="something else"):
        TraceStore(place)
    assert sa.inspect(engine).get_table_names() == ["meta"]
    engine.dispose()


def test_what_is_to_be_there_is_not_made(place: str) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        TraceStore(place, create=False)
    TraceStore(place).close()
    with TraceStore(place, create=False) as store:
        assert store.count() == 0


def test_a_closed_store_says_so(place: str) -> None:
    store = TraceStore(place)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.count()
    with pytest.raises(StoreError, match="closed"):
        store.add(trace(1))


def test_a_large_trace(place: str) -> None:
    large = trace(1)
    large = replace(large, candidates=(replace(large.candidates[0], answer=Answer(text="x" * 5_000_000)),))
    with TraceStore(place) as store:
        assert len(store.get(store.add(large)).answer) == 5_000_000


def execute(store: TraceStore, statement: str) -> None:
    store._db.write(lambda connection: connection.exec_driver_sql(statement))
