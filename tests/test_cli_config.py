"""The configuration file: what it means, and how a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightwing.cli.config import find_config, load_config, read_config
from lightwing.cli.main import main
from lightwing.cli.sources import address_of, options_of
from lightwing.core.case import Price
from lightwing.core.errors import ConfigError

GOOD = """
models:
  small:
    model: s-1
    base_url: http://127.0.0.1:9/v1
    price: {input_per_million: 0.5, output_per_million: 0}
    timeout: 7
  large: {model: l-1, key_env: SOME_KEY, options: {seed: 4}}
run:
  model: small
  escalate: [large]
  budget: {calls: 3, price: 0.5}
  max_tokens: 100
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "lightwing.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD))
    assert config.run.budget.calls == 3
    assert config.run.escalate == ("large",)
    assert config.models["small"].price == Price(input_per_million=0.5)
    assert options_of(config.models["small"]) == {
        "price": {"input_per_million": 0.5, "output_per_million": 0.0, "per_call": 0.0},
        "base_url": "http://127.0.0.1:9/v1",
        "key_env": None,
        "timeouts": {"read": 7.0, "call": 7.0},
    }
    assert options_of(config.models["large"]) == {"key_env": "SOME_KEY", "seed": 4}


def test_it_is_found_from_the_working_directory_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, GOOD)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_config(below) == path
    monkeypatch.chdir(below)
    assert load_config(None).run.model == "small"


def test_without_a_file_everything_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(None)
    assert (config.path, dict(config.models), config.run.budget.calls) == (None, {}, 8)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modles: {}", "Did you mean models?"),
        ("run: {decodr: first}", "Did you mean decoder?"),
        ("models: {a: {model: x, base_ulr: http://h}}", "models.a.base_ulr. Did you mean base_url?"),
        ("models: {a: {model: x, price: {input: 1}}}", "models.a.price.input"),
        ("run: {budget: {call: 1}}", "Did you mean calls?"),
        ("models: {a: {model: x, api_key: sk-secret}}", "key_env: NAME"),
        ("models: {a: {provider: openai}}", "model"),
        ("run: {max_tokens: many}", "max_tokens"),
        ("run: {max_tokens: 0}", "max_tokens"),
        ("run: {budget: {calls: 0}}", "run.budget.calls is 0"),
        ("models: {a: {model: x, price: {per_call: -1}}}", "models.a.price.per_call is -1"),
        ("models: {a: {model: x, price: {input_per_million: 1}}}", "models.a.price has no output_per_million"),
        ("models: {a: {model: x, timeout: 0}}", "at models.a.timeout"),
        ("models: {1: {model: x}}", "The short name 1 of a model is no text"),
        ("models: {a: 3}", "at models.a."),
        ("[]", "Expected `object`, got `array`"),
        ("run: {budget: {price: .nan}}", "run.budget.price is nan"),
        ("models: {a: {model: x, price: {per_call: .inf}}}", "models.a.price.per_call is inf"),
        ("models: [", "line 1"),
        ("- a\n- b\n", "Expected"),
        ("{a: b: c}", "line 1"),
    ],
)
def test_a_wrong_file_is_refused_and_the_place_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_config(write(tmp_path, text))
    assert said in str(refused.value)
    assert "lightwing.yaml" in str(refused.value)
    assert "sk-secret" not in str(refused.value)


def test_binary_or_missing_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lightwing.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_config(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(str(tmp_path / "none.yaml"))


def test_models_are_named_shortly_or_by_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    config = read_config(write(tmp_path, GOOD))
    assert address_of("large", config=config).address == "openai:l-1"
    own = address_of("openai:x", config=config, base_url="http://h/v1")
    assert (own.address, dict(own.options)) == ("openai:x", {"base_url": "http://h/v1", "key_env": None})
    assert dict(address_of("openai:x", config=config).options) == {}
    assert dict(address_of("simulated:x", config=config, base_url="http://h").options) == {}
    with pytest.raises(ConfigError, match="Did you mean small"):
        address_of("smal", config=config)


def test_init_writes_a_file_that_can_be_read_and_never_overwrites(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path)]) == 0
    path = tmp_path / "lightwing.yaml"
    assert read_config(path).run.model == "small"
    path.write_text("mine", encoding="utf-8")
    assert main(["init", str(tmp_path)]) == 2
    assert path.read_text(encoding="utf-8") == "mine"
    assert "left alone" in capsys.readouterr().err


def test_every_line_of_the_starting_file_that_is_a_comment_can_be_switched_on(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    path = tmp_path / "lightwing.yaml"
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        head, mark, rest = line.partition("# ")
        lines.append(head + rest if mark and not head.strip() and ":" in rest and line.startswith("  ") else line)
    switched = "\n".join(lines).replace("https://…", "https://host")
    config = read_config(write(tmp_path, switched.replace("  A short name", "  # A short name")))
    assert config.models["small"].price is not None
    assert config.run.escalate == ("large",)
    assert config.run.store == "traces.sqlite"
