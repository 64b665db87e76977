"""A file is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightwing.core.errors import ErrorModelError
from lightwing.core.files import write_whole


def test_what_stood_there_stays_until_the_new_text_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "made.yaml"
    write_whole(path, "old\n", what="error model", error=ErrorModelError)

    def full(self: Path, text: str, **_: object) -> int:
        with self.open("w") as file:
            file.write(text[:2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ErrorModelError, match="The error model cannot be written: No space left on device"):
        write_whole(path, "new\n", what="error model", error=ErrorModelError)
    assert path.read_text() == "old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["made.yaml"]
