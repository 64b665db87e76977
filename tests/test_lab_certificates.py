"""Certificate files, what needs a label, and the walk over the levels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwing.core.case import Answer, Candidate, Case, Origin, ToolCall
from lightwing.core.clause import CheckCall, Clause, Spec
from lightwing.core.errors import CaseError, CertificateError, ConfigError
from lightwing.core.outcome import Status
from lightwing.core.risk import Binding, Certificate, Risk
from lightwing.core.trace import Trace
from lightwing.lab.certificates import dump_certificate, load_certificate, parse_certificate, save_certificate
from lightwing.lab.certifying import Delivery, delivery_of, is_of, read_labels, walk, write_sheet
from lightwing.spec import bind

BOUND = Binding(spec="s", models=("m", "n"), judges=("j",), decoder="cost-optimal", errors="e")
MADE = Certificate(target=0.05, confidence=0.95, level=0.08, labelled=200, wrong=3, bound=BOUND)

BRIEF = Clause(id="c1", text="Use at most 5 words.", check=CheckCall(name="count", args={"of": "words", "max": 5}))
KIND = Clause(id="c2", text="Be kind.")
JOKES = Clause(id="c3", text="You may joke.", force="may")


@given(
    target=st.floats(0.001, 0.9),
    level=st.floats(0.001, 0.9),
    labelled=st.integers(5000, 10**6),
    names=st.lists(st.text(max_size=8), max_size=3),
)
def test_a_file_says_what_was_certified(target: float, level: float, labelled: int, names: list[str]) -> None:
    bound = Binding(spec="s", models=tuple(names), judges=("j: 1 # x",), decoder='"d"', errors="")
    made = Certificate(target=target, confidence=0.95, level=level, labelled=labelled, wrong=0, bound=bound)
    assert parse_certificate(dump_certificate(made)) == made


def test_a_file_is_read_back_and_states_its_id_and_its_assumption(tmp_path: Path) -> None:
    path = tmp_path / "certificate.yaml"
    save_certificate(MADE, path)
    assert load_certificate(path) == MADE
    text = path.read_text()
    assert MADE.id in text
    assert "as long as requests are like those that were labelled" in text
    assert [p.name for p in tmp_path.iterdir()] == ["certificate.yaml"]
    with pytest.raises(CertificateError, match="cannot be written"):
        save_certificate(MADE, tmp_path / "no" / "certificate.yaml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("schema: 1", "schema: 2", "reads up to 1"),
        ("schema: 1", "schema: one", "reads up to 1"),
        ("wrong: 3", "wrong: 2", "changed after it was made"),
        ("level: 0.08", "level: 0.3", "changed after it was made"),
        ("at most 5 %", "at most 1 %", "changed after it was made"),
        ("level: 0.08", "level: 8", "level is 8; a number between 0 and 1"),
        ("labelled: 200", "labelled: -1", "labelled is -1"),
        ("labelled: 200\n", "", "labelled is missing"),
        ("labelled: 200", "labelled: 200\nmore: 1", "Unknown field 'more'"),
        ('judges: ["j"]', "judges: j", "a list is needed"),
        ("bound:", "bound: [", "Invalid YAML"),
    ],
)
def test_what_was_changed_or_is_no_certificate_is_refused(old: str, new: str, says: str) -> None:
    text = dump_certificate(MADE)
    assert old in text
    with pytest.raises(CertificateError, match=says):
        parse_certificate(text.replace(old, new), where="c.yaml")


def test_figures_that_do_not_carry_the_statement_are_refused() -> None:
    too_many = Certificate(target=0.05, confidence=0.95, level=0.08, labelled=200, wrong=5, bound=BOUND)
    with pytest.raises(CertificateError, match="5 wrong of 200 do not carry"):
        parse_certificate(dump_certificate(too_many))


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    for name, raw in (("empty", b""), ("list", b"- 1\n"), ("binary", b"\xff\xfe\x00")):
        path = tmp_path / name
        path.write_bytes(raw)
        with pytest.raises(CertificateError, match=name):
            load_certificate(path)
    with pytest.raises(CertificateError, match="cannot be read"):
        load_certificate(tmp_path / "absent")


def _trace(text: str, *clauses: Clause, status: Status = Status.VERIFIED, level: float = 0.05, **more: object) -> Trace:
    risk = Risk(
        wrong=0.01, target=0.05, confidence=0.95, level=level, standing="estimated", basis="labels", bound=BOUND
    )
    given = Candidate(id="a1", answer=Answer(text=text), origin=Origin(model="m"))
    fields = {"case": Case.ask("Hi", id="one"), "candidates": (given,), "risk": risk, "error": "", **more}
    return Trace(spec="s", decoder="d", models=("m",), status=status, delivered="a1", **fields)  # type: ignore[arg-type]


def test_what_code_decides_needs_no_label() -> None:
    free = delivery_of(_trace("Good day"), bind(Spec(clauses=(BRIEF, JOKES))))
    assert free is not None
    assert (free.right, free.ask) == (True, ())
    open_ = delivery_of(_trace("Good day"), bind(Spec(clauses=(BRIEF, KIND))))
    assert open_ is not None
    assert (open_.right, [c.id for c in open_.ask]) == (None, ["c2"])
    broken = delivery_of(_trace("One two three four five six"), bind(Spec(clauses=(BRIEF, KIND))))
    assert broken is not None
    assert (broken.right, broken.ask) == (False, ())
    assert delivery_of(_trace("Good day", status=Status.ABSTAINED), bind(Spec(clauses=(KIND,)))) is None


def test_a_delivery_is_told_by_request_and_answer() -> None:
    bound = bind(Spec(clauses=(KIND,)))
    one, same = delivery_of(_trace("Good day"), bound), delivery_of(_trace("Good day", level=0.1), bound)
    other = delivery_of(_trace("Good day", case=Case.ask("Bye", id="two")), bound)
    call = Answer(text="Good day", tool_calls=(ToolCall(id="1", name="f", arguments="{}"),), finish="tool_calls")
    calls = delivery_of(_trace("", candidates=(Candidate(id="a1", answer=call, origin=Origin(model="m")),)), bound)
    ids = [None if d is None else d.id for d in (one, same, other, calls)]
    assert ids[0] == ids[1]
    assert len({None, *ids}) == 4


def test_stored_traces_count_where_they_were_made_alike() -> None:
    trace = _trace("Good day")
    assert is_of(trace, spec="s", bound=BOUND, level=0.05)
    assert not is_of(trace, spec="t", bound=BOUND, level=0.05)
    assert not is_of(trace, spec="s", bound=BOUND, level=0.1)
    assert not is_of(trace, spec="s", bound=Binding(spec="s", models=("m",)), level=0.05)
    assert not is_of(_trace("Good day", error="It broke."), spec="s", bound=BOUND, level=0.05)
    assert not is_of(_trace("Good day", risk=None), spec="s", bound=BOUND, level=0.05)


def _some(n: int, level: str, *, right: bool | None = None, ask: tuple[Clause, ...] = (KIND,)) -> list[Delivery]:
    case = Case.ask("Hi")
    return [
        Delivery(id=f"{level}{i}", case=case, answer={"answer": f"{level}{i}"}, right=right, ask=ask) for i in range(n)
    ]


def _walked(levels: dict[float, list[Delivery]], labels: dict[str, bool]):  # type: ignore[no-untyped-def]
    return walk(levels, labels, target=0.05, confidence=0.95, bound=BOUND)


def test_levels_are_walked_from_strict_to_lenient_until_one_fails() -> None:
    strict, mid, lenient = _some(59, "s"), _some(59, "m"), _some(59, "l")
    labels = {d.id: True for d in (*strict, *mid, *lenient)}
    found = _walked({0.1: lenient, 0.02: strict, 0.05: mid}, labels)
    assert found.certificate is not None
    assert (found.certificate.level, found.certificate.labelled, found.certificate.wrong) == (0.1, 59, 0)
    found = _walked({0.1: lenient, 0.02: strict, 0.05: mid}, {**labels, "m3": False})
    assert [t.state for t in found.levels] == ["passes", "fails", "not reached"]
    assert found.certificate is not None
    assert found.certificate.level == 0.02
    assert found.open == (), "after a failure no label can help"
    assert _walked({0.02: strict, 0.05: mid}, {**labels, "s0": False}).certificate is None


def test_a_level_is_not_tested_before_each_of_its_deliveries_has_a_label() -> None:
    strict, lenient = _some(70, "s"), [*_some(60, "s"), *_some(10, "l")]
    labels = {d.id: True for d in strict[:69]}
    found = _walked({0.02: strict, 0.05: lenient}, labels)
    assert [t.state for t in found.levels] == ["not labelled", "not reached"]
    assert found.certificate is None
    assert len(found.open) == 11, "the same answer is asked for once"
    found = _walked({0.02: strict, 0.05: lenient}, {**labels, "s69": True})
    assert found.certificate is not None
    assert (found.certificate.level, len(found.open)) == (0.02, 10)


def test_a_level_with_too_few_deliveries_is_left_out_and_what_code_knows_wins() -> None:
    few, enough = _some(58, "f"), _some(58, "e", right=True, ask=()) + _some(1, "x", right=False, ask=())
    found = _walked({0.02: few, 0.05: enough}, {"x0": True})
    assert [t.state for t in found.levels] == ["too few", "fails"]
    assert found.certificate is None
    assert found.open == ()
    with pytest.raises(ConfigError):
        walk({0.02: few}, {}, target=1.0, confidence=0.95, bound=BOUND)


def test_a_sheet_keeps_what_was_filled_in_and_gets_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "sheet.jsonl"
    odd = Delivery(id="odd", case=Case.ask("Line\u2028end"), answer={"answer": "a\u2028b"}, right=None, ask=(KIND,))
    assert write_sheet(path, [*_some(2, "a"), odd]) == 3
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(r["delivery"], r["right"], r["rules"]) for r in rows[:2]] == [
        ("a0", None, ["Be kind."]),
        ("a1", None, ["Be kind."]),
    ]
    assert rows[2]["request"] == "Line\u2028end"
    rows[0]["right"] = False
    path.write_text("\n".join(json.dumps(r) for r in rows))
    assert write_sheet(path, [*_some(3, "a"), odd]) == 1
    assert read_labels(path) == {"a0": False}
    assert write_sheet(path, _some(3, "a")) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1]", "line 1: This line is no label"),
        ('{"delivery": "a", "right": 1}', "true, false or null"),
        ('{"delivery": "a", "right": true}\n\n{"delivery": "a", "right": false}', "line 3: An earlier line says"),
        ("\udcff", "UTF-8"),
    ],
)
def test_labels_that_are_none_are_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CaseError, match=says):
        read_labels(path)
    with pytest.raises(CaseError, match="cannot be read"):
        read_labels(tmp_path / "absent")
