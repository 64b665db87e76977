"""Opening models by address: built-in back ends, those of other packages, and every way to mistype one."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from lightwing.core.case import Case, Price, Sampling
from lightwing.core.errors import ConfigError
from lightwing.core.protocols import Model
from lightwing.models import Opening, ScriptedModel, SimulatedModel, benchmark_spec, open_model, prefixes, registry
from lightwing.spec import bind


def offer(monkeypatch: pytest.MonkeyPatch, value: str, name: str = "mine") -> None:
    point = EntryPoint(name=name, value=value, group=registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [point])


def my_model(opening: Opening) -> Model:
    return ScriptedModel([opening.name, str(opening.options["loud"])], name=opening.address)


def test_a_back_end_of_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, f"{__name__}:my_model")
    assert "mine" in prefixes()
    opened = open_model("mine:a:b", options={"loud": True})
    assert opened.name == "mine:a:b"


def test_a_package_cannot_take_a_built_in_prefix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    offer(monkeypatch, f"{__name__}:my_model", name="scripted")
    (tmp_path / "a.jsonl").write_text('"x"\n')
    assert open_model(f"scripted:{tmp_path / 'a.jsonl'}").name == "scripted:a.jsonl"


@pytest.mark.parametrize("value", ["no_such_package:open", f"{__name__}:no_such_function"])
def test_a_back_end_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    offer(monkeypatch, value)
    with pytest.raises(ConfigError, match="cannot be loaded"):
        open_model("mine:x")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("gpt-x", "prefix:name"),
        ("", "prefix:name"),
        ("openai:", "prefix:name"),
        (":x", "prefix:name"),
        ("opnai:gpt-x", "Did you mean 'openai'"),
        ("zzz:gpt-x", "There are: embedded, openai, recorded, scripted, simulated, transformers"),
        ("recorded:/no/such/file.jsonl", "No such file"),
        ("simulated:x", "none was handed in"),
    ],
)
def test_what_cannot_be_opened_is_named(address: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        open_model(address)


@pytest.mark.parametrize(
    ("price", "says"),
    [
        ({"input_per_million": 1.0}, "openai:m: The price has no output_per_million"),
        ({"output_per_million": 1.0, "per_call": 0.1}, "no input_per_million"),
        ({"per_call": -1.0}, "price.per_call is -1.0"),
    ],
)
def test_half_a_price_and_one_below_nothing_are_refused(price: dict[str, float], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        open_model("openai:m", options={"price": price})
    assert open_model("openai:m", options={"price": {"per_call": 0.1}}).price == Price(per_call=0.1)


def test_a_simulated_model_by_address() -> None:
    spec = benchmark_spec(3)
    options = {"p": {"c1": 1.0}, "r": 0.0, "seed": 4, "redraws": 2}
    quick = open_model("simulated:weak", options=options, spec=spec)
    assert isinstance(quick, SimulatedModel)
    other = benchmark_spec(3).__class__(clauses=spec.clauses)
    with pytest.raises(ConfigError, match="no way to read"):
        open_model("simulated:weak", options=options, spec=other)
    opened = open_model("simulated:weak", options=options, spec=other, read=bind(other).read)
    assert opened.name == "simulated:weak"
    for wrong, says in (({"p": 2.0}, "not a probability"), ({"pp": 0.1}, "Did you mean 'p'"), ({"f": -1.0}, "at least 0"),
                        ({"concentration": 0.0}, "above 0"), ({"p": "often"}, "wrong value")):  # fmt: skip
        with pytest.raises(ConfigError, match=says):
            open_model("simulated:weak", options=wrong, spec=spec)


def test_a_script_from_a_file(tmp_path: Path) -> None:
    import asyncio

    path = tmp_path / "script.jsonl"
    lines = ["Blue.", {"text": "", "finish": "tool_calls", "tool_calls": [{"id": "t", "name": "book"}]}]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    opened = open_model(f"scripted:{path}", options={"cycle": True})
    made = asyncio.run(opened.generate(Case.ask("A colour?"), n=3, sampling=Sampling()))
    assert [c.answer.text for c in made] == ["Blue.", "", "Blue."]
    assert made[1].answer.tool_calls[0].name == "book"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{oops", "line 2: This line is not JSON"),
        ('{"txt": "x"}', "Unknown field txt"),
        ('{"text": 5}', "no answer"),
        ("[]", "no answer"),
        ('{"error": "Nonsense"}', "No such model error"),
        ('{"error": "ModelTimeout", "when": 1}', "No such model error"),
    ],
)
def test_a_broken_line_of_a_script_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "script.jsonl"
    path.write_text(f'"fine"\n{line}\n')
    with pytest.raises(ConfigError, match=says) as caught:
        open_model(f"scripted:{path}")
    assert "line 2" in str(caught.value)
