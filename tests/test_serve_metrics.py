"""What is counted, and that the number of series stays bounded."""

from __future__ import annotations

import re
import sys

import pytest

pytest.importorskip("prometheus_client")

from lightwing.core.case import Answer, Candidate, Case, Cost, Origin
from lightwing.core.errors import MissingExtra, ModelUnavailable
from lightwing.core.outcome import PASS, Status, Syndrome, fail
from lightwing.core.trace import Trace
from lightwing.serve.breaker import Breaker, Tripping
from lightwing.serve.metrics import Metrics


def samples(metrics: Metrics) -> dict[str, float]:
    text, kind = metrics.text()
    assert kind.startswith("text/plain")
    found = re.findall(r"^(lightwing\S*(?:\{.*\})?) (\S+)$", text.decode(), re.M)
    return {name: float(value) for name, value in found if "_created" not in name}


def candidate(id: str, price: float | None, model: str = "small", calls: int = 1) -> Candidate:
    cost = Cost(calls=calls, input_tokens=7, output_tokens=3, price=price)
    return Candidate(answer=Answer(text="x"), id=id, origin=Origin(model=model), cost=cost)


def trace(*failed: str) -> Trace:
    first = Syndrome(outcomes={"c1": fail("no"), "c2": fail("no"), "c3": PASS})
    last = Syndrome(outcomes={c: fail("no") if c in failed else PASS for c in ("c1", "c2", "c3")})
    return Trace(
        case=Case.ask("Hi"),
        spec="s",
        decoder="d",
        models=("small",),
        status=Status.NOT_MET if failed else Status.VERIFIED,
        delivered="a3",
        candidates=(candidate("a1", 0.5), candidate("a2", None, "large"), candidate("a3", 0.0, calls=0)),
        syndromes={"a1": first, "a3": last},
        cost=Cost(calls=2),
        judge_cost=Cost(calls=1, input_tokens=20, output_tokens=5),
    )


def test_requests_with_their_time() -> None:
    metrics = Metrics()
    metrics.request(route="/v1/chat/completions", status=200, seconds=0.3, assistant="support", added=0.002)
    metrics.request(route="/v1/chat/completions", status=429, seconds=0.001)
    metrics.refused("queue")
    found = samples(metrics)
    assert found['lightwing_requests_total{assistant="support",route="/v1/chat/completions",status="200"}'] == 1
    assert found['lightwing_requests_total{assistant="",route="/v1/chat/completions",status="429"}'] == 1
    assert found['lightwing_request_seconds_bucket{le="0.25",route="/v1/chat/completions"}'] == 1
    assert found['lightwing_request_seconds_bucket{le="0.5",route="/v1/chat/completions"}'] == 2
    assert found["lightwing_added_seconds_count"] == 1
    assert found["lightwing_added_seconds_sum"] == pytest.approx(0.002)
    assert found['lightwing_refused_total{limit="queue"}'] == 1


def test_a_result_with_its_clauses_tokens_and_price() -> None:
    metrics = Metrics()
    metrics.result(trace("c2"), assistant="support")
    metrics.result(trace(), assistant="support")
    found = samples(metrics)
    assert found['lightwing_results_total{assistant="support",status="not_met"}'] == 1
    assert found['lightwing_results_total{assistant="support",status="verified"}'] == 1
    assert found['lightwing_clauses_failed_total{assistant="support",candidate="first",clause="c1"}'] == 2
    assert found['lightwing_clauses_failed_total{assistant="support",candidate="delivered",clause="c2"}'] == 1
    assert 'lightwing_clauses_failed_total{assistant="support",candidate="delivered",clause="c1"}' not in found
    assert found['lightwing_tokens_total{kind="input",model="small"}'] == 14, "a recombined one made no call"
    assert found['lightwing_price_total{model="small"}'] == 1.0
    assert found['lightwing_unpriced_total{model="large"}'] == 2
    assert 'lightwing_price_total{model="large"}' not in found, "unknown is not 0"
    assert found["lightwing_judge_tokens_total"] == 50
    assert found['lightwing_calls_sum{assistant="support"}'] == 6


def test_clauses_of_documents_compiled_on_the_fly_are_not_told_apart() -> None:
    metrics = Metrics()
    metrics.result(trace("c1", "c2"), assistant="lightwing", named=False)
    assert (
        samples(metrics)['lightwing_clauses_failed_total{assistant="lightwing",candidate="delivered",clause=""}'] == 2
    )


def test_names_that_callers_choose_make_a_bounded_number_of_series() -> None:
    metrics = Metrics()
    for i in range(3000):
        metrics.request(route="/v1/chat/completions", status=404, seconds=0.0, assistant=f"guess-{i}")
        metrics.result(trace("c1"), assistant=f"guess-{i}")
    found = samples(metrics)
    assert len(found) < 5000
    asked = [n for n in found if n.startswith("lightwing_requests_total")]
    assert len(asked) == 201
    assert found['lightwing_requests_total{assistant="other",route="/v1/chat/completions",status="404"}'] == 2800


def test_the_numbers_of_the_moment_are_read_at_the_scrape() -> None:
    metrics, now = Metrics(), {"in_flight": 3, "queue": 2, "behind": 1}
    metrics.watch(in_flight=lambda: now["in_flight"], queue=lambda: now["queue"], behind=lambda: now["behind"])
    breaker = Breaker("small", Tripping(failures=1))
    metrics.breaker(breaker)
    found = samples(metrics)
    assert [found[f"lightwing_{n}"] for n in ("in_flight", "queue_length", "store_behind")] == [3, 2, 1]
    assert found['lightwing_breaker_state{model="small"}'] == 0
    now["queue"] = 9
    try:
        with breaker.guard():
            raise ModelUnavailable("x")
    except ModelUnavailable:
        pass
    assert samples(metrics)["lightwing_queue_length"] == 9
    assert samples(metrics)['lightwing_breaker_state{model="small"}'] == 2


def test_two_registries_know_nothing_of_each_other() -> None:
    one, two = Metrics(), Metrics()
    one.refused("queue")
    assert 'lightwing_refused_total{limit="queue"}' in samples(one)
    assert 'lightwing_refused_total{limit="queue"}' not in samples(two)


def test_names_cannot_break_the_page() -> None:
    metrics = Metrics()
    metrics.request(route="/", status=200, seconds=0, assistant='a"} 1\nforged 7')
    assert b"\nforged" not in metrics.text()[0]


def test_without_the_package_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtra, match=r"lightwing\[serve\]"):
        Metrics()
