"""Plans say what is reachable and who is to blame where it is not; thresholds are only spoken of where curves cross."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lightwing.cli.main import main
from lightwing.core.clause import CheckCall, Clause, Spec
from lightwing.core.errormodel import ClauseErrors, ErrorModel, JudgeErrors
from lightwing.core.errors import ConfigError
from lightwing.core.statistics import Rate
from lightwing.lab.enough import Floor
from lightwing.lab.files import save_measured
from lightwing.lab.measure import Measured
from lightwing.lab.page import plan_page
from lightwing.lab.plan import Offer, blamed, offer, tokens_of, world_of
from lightwing.lab.threshold import Curve, crossing, curves
from lightwing.lab.world import RungTruth, World
from lightwing.spec.files import dump_spec

NONE = Rate(hits=0, n=0)

SPEC = Spec(
    clauses=(
        Clause(id="j", text="Be kind."),
        Clause(id="e", text="At most 9 words.", check=CheckCall(name="count", args={"of": "words", "max": 9})),
        Clause(id="m", text="You may joke.", force="may"),
    )
)


def errors(blind: float) -> ErrorModel:
    """A judge that also fails what is kept would show by a mixed vote that it is not blind to a text."""
    return ErrorModel(
        rungs={"m": {"*": ClauseErrors(lapse=0.2, repair_factor=0.3, regression=0.05, stubborn=0.9)}},
        judges={"judge": {"*": JudgeErrors(false_pass=0.1, false_fail=0.0 if blind else 0.05, blind=blind)}},
        prices={"m": 1.0, "judge": 0.2},
        basis="planted",
    )


def test_a_reachable_target_is_met_in_simulation_and_one_that_is_not_names_clause_and_judge() -> None:
    """Of 600 cases 2 % wrong would be 12 on the average; more than 24 come by chance less than once in a thousand runs."""
    found = offer(errors(0.0), SPEC, target=0.02, models=["m"], judges=["judge"], cases=600)
    assert found.reachable
    assert found.delivered.hits > 570
    assert found.wrong.hits <= 24
    assert found.price is not None
    assert found.price[0] >= 1.2
    found = offer(errors(0.5), SPEC, target=0.02, models=["m"], judges=["judge"], cases=100)
    assert not found.reachable
    assert (found.blame[0].clause, found.blame[0].judge) == ("j", "judge")
    assert found.blame[0].wrong > 0.02


def test_the_world_is_that_of_the_error_model() -> None:
    world, clauses = world_of(errors(0.1), SPEC, ["m"], ["judge"])
    assert [c.id for c in clauses] == ["e", "j"]
    assert (world.exact, world.judges[0].blind, world.rungs[0].lapse, world.rungs[0].price) == (1, 0.1, (0.2, 0.2), 1.0)
    with pytest.raises(ConfigError, match="nothing of other"):
        world_of(errors(0.1), SPEC, ["other"], [])
    with pytest.raises(ConfigError, match="no clause that can fail"):
        world_of(errors(0.1), Spec(clauses=(SPEC.clauses[2],)), ["m"], [])


def test_votes_of_a_judge_that_passes_most_violations_are_worse_the_more_there_are() -> None:
    world = World(clauses=1, rungs=(RungTruth(lapse=0.5),))
    found = curves(world, axis="false_pass", points=(0.2, 0.65), levels=(1, 5, 15), cases=12_000)
    assert crossing(found) == (0.2, 0.65)


def test_without_a_crossing_there_is_no_word_of_one() -> None:
    found = curves(World(clauses=1), axis="lapse", points=(0.1, 0.3), levels=(1, 3, 5), cases=1000)
    assert crossing(found) is None
    rate = Rate(hits=5, n=100)
    flat = tuple(Curve(level=n, points=(0.1, 0.2), wrong=(rate, rate), delivered=(rate, rate)) for n in (1, 3, 5))
    assert crossing(flat) is None


@pytest.mark.parametrize(
    ("points", "levels"), [((0.1,), (1, 3)), ((0.1,), (1, 2, 3)), ((0.2, 0.1), (1, 3, 5)), ((0.0,), (1, 3, 5))]
)
def test_what_shows_no_threshold_is_refused(points: tuple[float, ...], levels: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError):
        curves(World(), axis="lapse", points=points, levels=levels, cases=10)


def test_the_verbs_print_and_name_what_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "doc.md").write_text("Use at most 60 words. Be kind.\n")
    save_measured(Measured(errors=errors(0.6)), tmp_path / "e.yaml")
    command = [
        "plan",
        str(tmp_path / "doc.md"),
        "--errors",
        str(tmp_path / "e.yaml"),
        "--target-error",
        "2%",
        "--cases",
        "50",
    ]
    assert main([*command, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["offers"][0]["blame"][0]["judge"] == "judge"
    assert main(command) == 1
    assert "unreachable" in capsys.readouterr().out
    stale = Measured(errors=ErrorModel(rungs=errors(0).rungs, spec="ab" * 32))
    save_measured(stale, tmp_path / "e.yaml")
    assert main(command) == 2
    assert "was measured on the spec" in capsys.readouterr().err
    assert main(["threshold", "--cases", "50", "--point", "0.1", "--point", "0.2"]) == 0
    assert "no crossing" in capsys.readouterr().out


def test_tokens_are_those_that_were_counted_else_estimates_of_the_dear_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = replace(errors(0.0), tokens={"m": 100.0, "judge": 10.0})
    found = offer(counted, SPEC, target=0.05, models=["m"], judges=["judge"], cases=200)
    assert found.tokens == pytest.approx(100 * found.calls + 10 * found.readings)
    assert tokens_of(counted, SPEC, ["m"], ["judge"]).estimated == ()
    guess, longer = (tokens_of(errors(0.0), SPEC, ["m"], ["judge"], answer=n) for n in (300, 400))
    assert guess.estimated == ("m", "judge")
    assert longer.models["m"] - guess.models["m"] == 200, "a repair reads the draft and writes it again"
    assert longer.judges["judge"] - guess.judges["judge"] == 100
    (tmp_path / "s.yaml").write_text(dump_spec(SPEC))
    command = ["plan", str(tmp_path / "s.yaml"), "--errors", str(tmp_path / "e.yaml"), "--cases", "50", "--json"]
    for model, estimated in ((counted, []), (errors(0.0), ["m", "judge"])):
        save_measured(Measured(errors=model), tmp_path / "e.yaml")
        main([*command, "--target-error", "5%"])
        made = json.loads(capsys.readouterr().out)
        assert made["tokens_estimated"] == estimated
        assert made["offers"][0]["tokens"] > 0


def test_what_stands_in_the_way_is_said_once_for_all_its_targets() -> None:
    floor = Floor(clause="j", judge="judge", wrong=0.4)
    offers = [
        Offer(target=t, delivered=NONE, wrong=NONE, calls=0, readings=0, tokens=0, price=None, blame=(floor,))
        for t in (0.01, 0.05)
    ]
    assert list(blamed(offers, SPEC)) == [
        "1, 5 %: clause j (Be kind.): judge judge is blind to violations, 40 % stay wrong"
    ]
    guess = replace(offers[0], blame=(replace(floor, seen=False),))
    assert "judge judge has read no known violation of it" in next(iter(blamed([guess], SPEC)))
    unread = replace(offers[0], blame=(replace(floor, judge=""),))
    assert "no judge reads it" in next(iter(blamed([unread], SPEC)))


def test_pages_hold_their_plots(tmp_path: Path) -> None:
    """Words for who does not see them, text that is text, colours that follow the page; what is unreachable is no zero."""
    pytest.importorskip("matplotlib")
    page = tmp_path / "t.html"
    assert main(["threshold", "--cases", "50", "--point", "0.1", "--point", "0.2", "--page", str(page), "--json"]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == text.count('role="img" aria-label=') == 2
    assert "http://" not in text.split("<svg")[0]
    assert "no crossing" in text
    assert "5 readings</text>" in text
    assert "#000000" not in text.split("</style>", 1)[1]
    reached = Offer(
        target=0.05, delivered=Rate(hits=9, n=10), wrong=NONE, calls=2, readings=1, tokens=9, price=(2.0, 1.0, 3.0)
    )
    missed = replace(reached, target=0.01, blame=(Floor(clause="j", judge="", wrong=0.2),))
    text = plan_page([missed, reached], SPEC, tokens="tokens as counted")
    assert text.count("<svg") == 4
    assert "unreachable</text>" in text
    assert "no judge reads it" in text


def test_a_page_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    assert main(["threshold", "--cases", "1000000000", "--page", str(tmp_path / "no" / "t.html")]) == 2
    assert "its folder is not there" in capsys.readouterr().err
