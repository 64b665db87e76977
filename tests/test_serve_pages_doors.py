"""Who comes in to the pages, whose traces they see, and what another site can send."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from pages_tools import DOCUMENT, Running, pages
from test_serve_pages import ask

from lightwing.serve.keys import Allowance, Keys, MemoryKeys, new_key


@dataclass
class Guarded:
    """A gateway that asks for keys: Ada's, and Bob's, who may ask for `talker` alone."""

    run: Running
    ada: str
    bob: str
    kept: MemoryKeys
    ids: dict[str, str]

    @contextmanager
    def client(self, key: str) -> Iterator[httpx.Client]:
        """A browser's session that signed in with a key."""
        with httpx.Client(base_url=self.run.url, timeout=30, headers={"origin": self.run.url}) as client:
            sent = {"key": key, "token": token(client.get("/login").text), "next": "/"}
            answer = client.post("/login", data=sent)
            assert answer.status_code == 303, answer.text
            yield client


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    kept = MemoryKeys()
    ada, ada_text = new_key("Ada")
    bob, bob_text = new_key("Bob", allowance=Allowance(assistants=("talker",)))
    kept.add(ada)
    kept.add(bob)
    with pages(tmp_path, keys=Keys(kept, seconds=0.0)) as run:
        yield Guarded(run, ada_text, bob_text, kept, {"ada": ada.id, "bob": bob.id})


def token(page: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def test_who_has_no_key_is_sent_to_sign_in(guarded: Guarded) -> None:
    for path in ("/", "/traces/x", "/clauses", "/cost", "/specs", "/assistants", "/label", "/errors"):
        answer = httpx.get(guarded.run.url + path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login"), path
    assert httpx.get(f"{guarded.run.url}/live", headers={"x-lightwing-part": "1"}).status_code == 401


def test_the_cookie_is_not_the_key_and_stays_here(guarded: Guarded) -> None:
    with guarded.client(guarded.ada) as client:
        cookie = client.cookies["lightwing_session"]
        assert guarded.ada.rpartition("_")[2] not in cookie
        assert client.get("/").status_code == 200
    start = httpx.get(f"{guarded.run.url}/login")
    answer = httpx.post(
        f"{guarded.run.url}/login",
        data={"key": guarded.ada, "token": token(start.text), "next": "//elsewhere.example"},
        headers={"origin": guarded.run.url},
    )
    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=strict" in told
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("cookie", ["", "x", "0123456789ab.99999999999.00", "..", "é.1.2"])
def test_a_cookie_that_is_not_ours_opens_nothing(guarded: Guarded, cookie: str) -> None:
    answer = httpx.get(f"{guarded.run.url}/", headers=[(b"cookie", f"lightwing_session={cookie}".encode())])
    assert answer.status_code == 303


def test_a_wrong_key_is_refused_and_not_repeated(guarded: Guarded) -> None:
    with httpx.Client(base_url=guarded.run.url, headers={"origin": guarded.run.url}) as client:
        sent = {"key": "lw_wrong_secret", "token": token(client.get("/login").text), "next": "/"}
        answer = client.post("/login", data=sent)
    assert answer.status_code == 401
    assert "lw_wrong_secret" not in answer.text


def test_a_revoked_key_ends_its_session(guarded: Guarded) -> None:
    with guarded.client(guarded.ada) as client:
        guarded.kept.revoke(guarded.ids["ada"], 1.0)
        assert client.get("/").status_code == 303


def test_a_key_sees_and_labels_its_own_traces_alone(guarded: Guarded) -> None:
    mine = ask(guarded.run, "talker", authorization=f"Bearer {guarded.ada}")
    with guarded.client(guarded.ada) as ada, guarded.client(guarded.bob) as bob:
        assert mine in ada.get("/").text
        assert ada.get(f"/traces/{mine}").status_code == 200
        assert mine not in bob.get("/").text
        assert bob.get(f"/traces/{mine}").status_code == 404
        assert bob.get(f"/label?trace={mine}").status_code == 404
        page = bob.get("/specs").text
        said = {"token": token(page), "trace_id": mine, "clause": "c1", "met": "1"}
        assert bob.post("/label", data=said).status_code == 404
        assert list(guarded.run.store.labels()) == []


def test_a_key_that_may_not_ask_an_assistant_cannot_by_a_page(guarded: Guarded) -> None:
    with guarded.client(guarded.bob) as bob:
        assert bob.get("/assistants/lightwing/help").status_code == 403
        assert "lightwing/help" not in bob.get("/assistants").text
        assert bob.get("/specs?assistant=lightwing/help").status_code == 403
        sent = {"messages": [{"role": "user", "content": "Hi"}]}
        head = {"x-lightwing-token": token(bob.get("/specs").text)}
        assert bob.post("/assistants/lightwing/help", json=sent, headers=head).status_code == 403
        assert bob.post("/assistants/talker", json=sent, headers=head).status_code == 200
    assert [row.owner for row in guarded.run.store.rows().rows] == [guarded.ids["bob"]]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with pages(tmp_path) as run:
        yield run


def post(run: Running, path: str, fields: dict[str, Any], **headers: str) -> httpx.Response:
    return httpx.post(run.url + path, data=fields, headers={"origin": run.url, **headers}, timeout=30)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_what_another_site_sends_is_refused(running: Running, headers: dict[str, str]) -> None:
    fields = {"do": "compile", "document": DOCUMENT, "token": token(httpx.get(f"{running.url}/specs").text)}
    assert post(running, "/specs", fields).status_code == 200
    assert post(running, "/specs", fields, **headers).status_code == 403


def test_a_form_without_a_token_is_refused(running: Running) -> None:
    trace = ask(running)
    for fields in ({}, {"token": "0" * 64}):
        assert post(running, "/specs", {"do": "compile", "document": DOCUMENT, **fields}).status_code == 403
        said = {"trace_id": trace, "clause": "c3", "met": "1", **fields}
        assert post(running, "/label", said).status_code == 403
    sent = {"messages": [{"role": "user", "content": "Hi"}]}
    answer = httpx.post(f"{running.url}/assistants/talker", json=sent, headers={"origin": running.url})
    assert answer.status_code == 403
    assert list(running.store.labels()) == []


def test_odd_forms_are_told_and_break_nothing(running: Running) -> None:
    good = token(httpx.get(f"{running.url}/specs").text)
    compiled = post(running, "/specs", {"do": "compile", "document": DOCUMENT, "token": good}).text
    yaml = re.search(r'name="yaml"[^>]*>\n(.*?)</textarea>', compiled, re.DOTALL)
    assert yaml is not None
    text = html.unescape(yaml[1])
    fine = {"token": good, "document": DOCUMENT, "yaml": text}
    clause = {"text.c1": "Be short.", "check.c1": "count", "force.c1": "must"}
    for fields, status in [
        ({"do": "compile", "document": "", "token": good}, 422),
        ({**fine, "do": "apply", "yaml": "clauses: {"}, 422),
        ({**fine, "do": "apply", "yaml": "schema: 99\nclauses: []"}, 422),
        ({**fine, "do": "save", **clause, "args.c1": "{"}, 422),
        ({**fine, "do": "save", **clause, "args.c1": '{"of": "wrods", "max": 3}'}, 422),
        ({**fine, "do": "save", **clause, "check.c1": "no_such_check", "args.c1": ""}, 422),
        ({**fine, "do": "save", **clause, "force.c1": "perhaps", "args.c1": ""}, 422),
        ({**fine, "do": "save", **clause, "args.c1": '{"of": "words", "max": 3}'}, 200),
        ({**fine, "do": "add", "text.new": "", "force.new": "must"}, 422),
        ({**fine, "do": "delete:c1"}, 200),
        ({**fine, "do": "try", "wish": "", "model": "talker"}, 422),
        ({**fine, "do": "try", "wish": "Hi", "model": "raw/talker"}, 422),
        ({**fine, "do": "try", "wish": "Hi", "model": "nobody"}, 422),
    ]:
        assert post(running, "/specs", fields).status_code == status, fields
    assert httpx.post(f"{running.url}/specs", json={}, headers={"origin": running.url}).status_code == 415
    assert post(running, "/label", {"token": good, "trace_id": "x", "clause": "c1", "met": "1"}).status_code == 404
    assert httpx.get(f"{running.url}/label?trace=x").status_code == 404


def test_a_trial_uses_the_edited_clause_and_its_trace_carries_it(running: Running) -> None:
    good = token(httpx.get(f"{running.url}/specs").text)
    page = post(running, "/specs", {"do": "compile", "document": DOCUMENT, "token": good}).text
    yaml = re.search(r'name="yaml"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert yaml is not None
    fields = {"token": good, "document": DOCUMENT, "yaml": html.unescape(yaml[1]), "model": "talker", "wish": "Hi"}
    edit = {"text.c1": "At most 3 words.", "check.c1": "count", "args.c1": '{"of": "words", "max": 3}'}
    tried = post(running, "/specs", {**fields, **edit, "force.c1": "must", "do": "try"}).text
    assert "not met" in tried
    (row,) = running.store.rows().rows
    shown = httpx.get(f"{running.url}/traces/{row.id}").text
    assert "At most 3 words." in shown
    saved = post(running, "/specs", {**fields, **edit, "force.c1": "must", "do": "download"})
    assert "attachment" in saved.headers["content-disposition"]
    assert "At most 3 words." in saved.text


def test_a_body_that_is_too_large_is_refused(running: Running) -> None:
    from lightwing.serve.app import Settings

    running.gateway.settings = Settings(body=1000)
    assert post(running, "/specs", {"document": "x" * 2000}).status_code == 413
