"""Logs: one JSON object on a line, no prompts unless asked, secrets never."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwing.serve.keys import new_key
from lightwing.serve.logs import JsonLines, RequestLog, log_request, request_id, set_up_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Logs go here; afterwards the loggers are as they were."""
    names = ("lightwing", "uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access")
    before = [(logging.getLogger(n), logging.getLogger(n).handlers[:], logging.getLogger(n).propagate) for n in names]
    levels = [logger.level for logger, _, _ in before]
    out = io.StringIO()
    set_up_logs(stream=out)
    yield out
    for (logger, handlers, propagate), level in zip(before, levels, strict=True):
        logger.handlers[:] = handlers
        logger.propagate = propagate
        logger.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


ENTRY = RequestLog(
    request="r1",
    route="/v1/chat/completions",
    http=200,
    seconds=1.23456789,
    key="0123456789ab",
    assistant="support",
    status="verified",
    calls=2,
    tokens=70,
    price=None,
    trace="t1",
    content={"messages": ["my secret wish"], "answer": "granted"},
)


def test_a_request_is_one_line_without_what_was_asked(stream: io.StringIO) -> None:
    log_request(ENTRY)
    (line,) = lines(stream)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "lightwing.serve.requests",
        "message": "request",
        "request": "r1",
        "route": "/v1/chat/completions",
        "http": 200,
        "seconds": 1.234568,
        "key": "0123456789ab",
        "assistant": "support",
        "status": "verified",
        "trace": "t1",
        "calls": 2,
        "tokens": 70,
        "price": None,
    }


def test_content_is_logged_only_where_it_is_wanted(stream: io.StringIO) -> None:
    log_request(ENTRY)
    log_request(ENTRY, content=True)
    without, with_it = lines(stream)
    assert "wish" not in json.dumps(without)
    assert with_it["content"] == {"messages": ["my secret wish"], "answer": "granted"}


def test_a_failure_of_ours_is_a_warning(stream: io.StringIO) -> None:
    log_request(RequestLog(request="r", route="/", http=503, seconds=0.0, error="store"))
    log_request(RequestLog(request="r", route="/", http=404, seconds=0.0))
    assert [line["level"] for line in lines(stream)] == ["warning", "info"]


def test_secrets_are_masked_wherever_they_stand(stream: io.StringIO) -> None:
    key, text = new_key("Ada")
    secret = text.split("_", 2)[2]
    log = logging.getLogger("lightwing.anything")
    log.info("asked with %s", text)
    log.info("header Authorization: Bearer %s", "tok." + "A1" * 10)
    log.info("header {'Authorization': 'Basic %s'}", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    log.info("upstream key sk-proj-%s", "a1B2" * 8)
    log.info("postgresql://lightwing:hunter2hunter2@db/traces")
    log.info("postgresql://lightwing:geheimnis-für-später\\@db/traces")
    log.info("request", extra={"fields": {"headers": [{"authorization": f"Bearer {text}"}]}})
    try:
        raise ValueError(f"bad key {text}")
    except ValueError:
        log.exception("failed")
    said = stream.getvalue()
    for hidden in (secret, "A1A1A1", "QWxhZGRp", "a1B2a1B2", "hunter2", "geheimnis"):
        assert hidden not in said, hidden
    assert key.id in said, "the id tells whose key it was"
    assert "postgresql://lightwing:…@db/traces" in lines(stream)[4]["message"]
    assert lines(stream)[-1]["traceback"].startswith("Traceback")


@pytest.mark.parametrize(
    "plain",
    [
        "the basic understanding",
        "bearer of bad news",
        "see https://example.org/a@b",
        "lw_files",
        "12:30@noon",
        "sk-learn",
    ],
)
def test_plain_words_stay(plain: str) -> None:
    record = logging.LogRecord("lightwing", logging.INFO, "", 0, plain, None, None)
    assert json.loads(JsonLines().format(record))["message"] == plain


@given(st.text(alphabet=st.characters(), max_size=50))
def test_every_text_stays_one_line_of_json(text: str) -> None:
    record = logging.LogRecord("lightwing", logging.INFO, "", 0, "%s", (text,), None)
    line = JsonLines().format(record)
    assert len(line.splitlines()) == 1
    assert isinstance(json.loads(line)["message"], str)


def test_a_line_break_makes_no_second_line(stream: io.StringIO) -> None:
    logging.getLogger("lightwing").info('x\n{"level": "error", "message": "forged"}\x1b[2J')
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_the_request_of_the_context_stands_in_every_line(stream: io.StringIO) -> None:
    token = request_id.set("r7")
    try:
        logging.getLogger("lightwing.serve").warning("inside")
    finally:
        request_id.reset(token)
    logging.getLogger("lightwing.serve").warning("outside")
    inside, outside = lines(stream)
    assert inside["request"] == "r7"
    assert "request" not in outside


def test_what_the_server_logs_is_json_and_its_access_log_is_off(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("uvicorn.access").info("GET /v1/models?key=lw_x")
    logging.getLogger("lightwing").debug("too low")
    assert [line["message"] for line in lines(stream)] == ["started"]


def test_what_has_no_json_is_told_as_text(stream: io.StringIO) -> None:
    logging.getLogger("lightwing").info("odd", extra={"fields": {"value": object(), "number": float("inf")}})
    assert "object object" in lines(stream)[0]["value"]


def test_no_such_level() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        set_up_logs(level="loud", stream=sys.stderr)
