"""The pages over HTTP: who sees what, what is escaped, what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from pages_tools import Running, pages

SAID = "Tell me of <script>alert(1)</script> rivers."


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with pages(tmp_path) as run:
        yield run


def ask(run: Running, model: str = "lightwing/help", text: str = SAID, **headers: str) -> str:
    body = {"model": model, "messages": [{"role": "user", "content": text}]}
    answer = httpx.post(f"{run.url}/v1/chat/completions", json=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["lightwing"]["choices"][0]["trace"])


def get(run: Running, path: str, **headers: str) -> httpx.Response:
    return httpx.get(run.url + path, headers=headers, timeout=30)


def test_a_trace_is_listed_and_shown_as_a_picture(running: Running) -> None:
    id = ask(running)
    assert f'href="/traces/{id}"' in get(running, "/").text
    page = get(running, f"/traces/{id}").text
    assert "Do not use commas." in page
    assert re.search(r'<mark class="fail"[^>]*>,</mark>', page)
    assert "<del>,</del>" in page
    assert 'class="cell fail"' in page


def test_what_was_said_is_shown_as_text_under_a_strict_policy(running: Running) -> None:
    answer = get(running, f"/traces/{ask(running)}")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?! src=\"/static/)|<style| style=| on\w+=", answer.text)


def test_the_list_is_filtered(running: Running) -> None:
    named, other = ask(running), ask(running, "talker", "Say 100% of it.")
    for query, found in [
        ("assistant=lightwing/help", {named}),
        ("text=100%25", {other}),
        ("status=not_met", set()),
        ("model=talker&since=1h", {named, other}),
        ("text=nobody+said+this", set()),
    ]:
        listed = set(re.findall(r'href="/traces/([0-9a-f]+)"', get(running, f"/?{query}").text))
        assert listed == found, query
    assert get(running, "/?status=odd").status_code == 400
    assert get(running, "/?before=x").status_code == 400


def test_the_part_that_refreshes_says_when_nothing_is_new(running: Running) -> None:
    ask(running)
    first = get(running, "/live")
    assert get(running, "/live", **{"if-none-match": first.headers["etag"]}).status_code == 304
    ask(running)
    assert get(running, "/live", **{"if-none-match": first.headers["etag"]}).status_code == 200


def test_pages_speak_chinese_when_asked(running: Running) -> None:
    assert 'lang="zh"' in get(running, "/", **{"accept-language": "zh-CN"}).text
    chosen = get(running, "/language/zh?back=//elsewhere.example/")
    assert chosen.headers["location"] == "/"
    assert "lightwing_language=zh" in chosen.headers["set-cookie"]
    assert get(running, "/language/xx").status_code == 404


def test_a_trace_that_is_not_there_is_told(running: Running) -> None:
    assert get(running, "/traces/nothing").status_code == 404
    assert get(running, "/traces/..%2F..%2Fetc%2Fpasswd").status_code == 404


@pytest.mark.parametrize("path", ["/static/../site.py", "/static/%2e%2e/site.py", "/static/..%2fsite.py"])
def test_nothing_but_the_static_files_is_served(running: Running, path: str) -> None:
    assert "Handler" not in get(running, path).text


def test_a_strange_host_is_refused(running: Running) -> None:
    from lightwing.serve.app import Settings

    running.gateway.settings = Settings(hosts=frozenset({"127.0.0.1"}))
    assert get(running, "/").status_code == 200
    assert get(running, "/", host="elsewhere.example").status_code == 421


def test_an_error_model_that_cannot_be_reckoned_is_told(tmp_path: Path) -> None:
    from lightwing.cli.relearn import relearner

    with pages(tmp_path, relearn=relearner(str(tmp_path / "elsewhere.db"))) as run:
        ask(run)
        answer = get(run, "/errors")
        assert answer.status_code == 404
        assert "There is no store." in answer.text
