"""The scoring of documents against gold, on counts that can be worked out by hand; and the bench itself where the data is."""

import pytest

from lightwing.bench.documents import default_data, run
from lightwing.bench.obligations import Score, matches, score_document
from lightwing.core.clause import CheckCall, Clause, Span, Spec
from lightwing.core.errors import ConfigError

TEXT = "Be kind always. Use ten words. The sky is blue. Never lie."


def clause(id, start, end, check=None):
    return Clause(id=id, text=TEXT[start:end], span=Span(start, end), check=check)


GOLD = {
    "obligations": [
        {"start": 0, "end": 15, "read": "judged"},
        {"start": 16, "end": 30, "read": "exact"},
        {"start": 48, "end": 58, "read": "judged"},
    ],
    "decoys": [{"start": 31, "end": 47}],
}


def test_counts():
    spec = Spec(clauses=(clause("a", 0, 15), clause("b", 16, 30), clause("c", 31, 47)))
    score = score_document(TEXT, spec, GOLD)
    assert (score.gold, score.recalled, score.found, score.precise) == (3, 2, 3, 2)
    assert (score.compared, score.kind_right, score.exact_right, score.decoys_taken) == (2, 1, 0, 1)
    assert score.details[:2] == ("missed: Never lie.", "invented: The sky is blue.")
    assert score.details[2:] == ("exact: Use ten words. wants - has -",)


def test_of_two_clauses_over_one_obligation_the_nearer_tells_the_kind():
    ten = CheckCall(name="count", args={"of": "words", "max": 10})
    narrow = score_document(TEXT, Spec(clauses=(clause("a", 16, 30), clause("b", 20, 29, ten))), GOLD)
    same = score_document(TEXT, Spec(clauses=(clause("a", 16, 30), clause("b", 16, 30, ten))), GOLD)
    assert (narrow.exact_right, same.exact_right) == (0, 1)
    assert narrow.found == 2
    assert same.found == 1


def test_half_of_the_shorter_span_matches():
    assert matches(Span(0, 4), Span(2, 90))
    assert not matches(Span(0, 4), Span(3, 90))
    assert not matches(Span(0, 4), Span(4, 8))


def test_scores_add_up():
    one = score_document(TEXT, Spec(clauses=(clause("a", 0, 15),)), GOLD)
    both = one + one
    assert (both.documents, both.gold, both.recalled) == (2, 6, 2)
    assert one + Score() == one


def test_absent_data_is_named(tmp_path):
    with pytest.raises(ConfigError, match="--data"):
        run(tmp_path)


def test_on_the_documents():
    if not (default_data() / "custom_assistants" / "instructions.jsonl.gz").is_file():
        pytest.skip("The shared data (custom_assistants) is not beside this checkout.")
    result = run()
    goals = {goal.name: goal for goal in result.goals}
    assert goals["custom_assistants: crashes"].value == 0
    assert goals["gold held: recall"].value > 0.8
    assert goals["gold held: precision"].value > 0.75
    assert all(cell["words lost"] == 0 for cell in result.cells if "words lost" in cell)


def test_exact_clauses_are_counted_apart():
    ten = CheckCall(name="count", args={"of": "words", "max": 10})
    nine = CheckCall(name="count", args={"of": "words", "max": 9})
    named = {**GOLD, "obligations": [dict(o) for o in GOLD["obligations"]]}
    named["obligations"][1]["clauses"] = [{"check": "count", "args": {"of": "words", "max": 10}}]
    spec = Spec(clauses=(clause("a", 0, 15, ten), clause("b", 16, 30, ten)))
    wrong = Spec(clauses=(clause("b", 16, 30, nine),))
    unnamed, right, off = (score_document(TEXT, s, g) for s, g in ((spec, GOLD), (spec, named), (wrong, named)))
    assert (unnamed.exact_checked, unnamed.checks, unnamed.checks_exact) == (1, 2, 1)
    assert (unnamed.named_exact, unnamed.checks_named) == (0, 0)
    assert (right.exact_same, right.checks_same, right.checks_named) == (1, 1, 2)
    assert (off.exact_checked, off.exact_same, off.checks_exact, off.checks_same) == (1, 0, 1, 0)
