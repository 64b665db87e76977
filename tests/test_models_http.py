"""The way to an endpoint: packed bodies and bombs, proxies, certificates, connections that are kept or cut."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import random
import shutil
import ssl
import subprocess
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import certifi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models_endpoint import (
    DONE,
    FakeEndpoint,
    Script,
    Step,
    asked_body,
    chunk,
    complaint,
    completion,
    endpoint,
    server,
    stream,
)

from lightwing.core.case import Case, Sampling
from lightwing.core.errors import ConfigError, ModelError, ModelProtocol, ModelRefused, ModelUnavailable
from lightwing.models import network
from lightwing.models.http import Retries, Timeouts
from lightwing.models.network import address, look, proxy_for
from lightwing.models.openai import OpenAIModel
from lightwing.models.packed import Unpacked

CASE = Case.ask("A colour?")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


def model(url: str, **options: Any) -> OpenAIModel:
    fast = Retries(times=2, first=0.001, most=0.002)
    return OpenAIModel("gpt-x", **{"base_url": url, "key_env": None, "retries": fast, **options})


async def text_of(asked: OpenAIModel, case: Case = CASE) -> str:
    return (await asked.generate(case, n=1, sampling=Sampling()))[0].answer.text


def text(script: Script, **options: Any) -> str:
    async def run() -> str:
        async with endpoint(script) as fake:
            return await text_of(model(fake.url, **options))

    return asyncio.run(run())


@contextlib.asynccontextmanager
async def raw_server(serve: Callable[[bytes], bytes]) -> AsyncIterator[str]:
    """Reads the head of one request, says what `serve` makes of it and closes."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(serve(await reader.readuntil(b"\r\n\r\n")))
        await writer.drain()

    async with server(accept) as url:
        yield url


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", bare),
}


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_answer_is_unpacked(kind: str) -> None:
    coding, pack = PACKERS[kind]
    step = Step(pack(completion("Blue." * 50_000).body), headers={**JSON, "content-encoding": coding})
    assert text([step]) == "Blue." * 50_000


@pytest.mark.parametrize("kind", PACKERS)
def test_a_bomb_is_stopped_at_the_limit_and_never_held_whole(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    coding, pack = PACKERS[kind]
    seen: list[int] = []
    feed = Unpacked.feed

    def counted(self: Unpacked, piece: bytes) -> Any:
        for part in feed(self, piece):
            seen.append(len(part))
            yield part

    monkeypatch.setattr(Unpacked, "feed", counted)
    bomb = Step(pack(b" " * 100_000_000), headers={**JSON, "content-encoding": coding})
    with pytest.raises(ModelProtocol, match="larger than 10 MB"):
        text([bomb])
    assert max(seen) <= 65_536
    assert sum(seen) <= 10_000_000 + 65_536


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_what_is_not_packed_as_it_says_is_a_named_error(status: int, coding: str) -> None:
    with pytest.raises(ModelError):
        text([Step(b"\x01hello", status=status, headers={**JSON, "content-encoding": coding})])


def test_half_a_packed_answer_is_broken_and_the_coding_is_named() -> None:
    half = gzip.compress(completion("Blue.").body)[:-12]
    with pytest.raises(ModelProtocol, match="broke off"):
        text([Step(half, headers={**JSON, "content-encoding": "gzip"})])
    with pytest.raises(ModelProtocol, match=r"not asked for \(br\)"):
        text([Step(b"x", headers={**JSON, "content-encoding": "br"})])


def test_a_packed_complaint_is_read_and_bounded() -> None:
    step = complaint(400, "too long")
    packed = Step(gzip.compress(step.body), status=400, headers={**JSON, "content-encoding": "gzip"})
    with pytest.raises(ModelRefused, match="too long"):
        text([packed])
    bomb = Step(gzip.compress(b"x" * 50_000_000), status=400, headers={"content-encoding": "gzip"})
    with pytest.raises(ModelRefused, match="x…"):
        text([bomb])


@given(st.binary(max_size=300_000), st.sampled_from(sorted(PACKERS)), st.integers(0, 10**6))
def test_unpacking_does_not_depend_on_how_bytes_are_cut(data: bytes, kind: str, seed: int) -> None:
    coding, pack = PACKERS[kind]
    raw = pack(data)
    rng = random.Random(seed)
    cuts = sorted(rng.randrange(len(raw) + 1) for _ in range(5))
    unpacked = Unpacked(coding)
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert b"".join(part for piece in pieces for part in unpacked.feed(piece)) == data
    unpacked.end()


def test_a_broken_chunk_is_a_named_error_and_does_not_hang() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"

    async def run() -> None:
        async with raw_server(lambda _: head + b'5\r\n{"cho\r\nnot a size\r\n') as url, asyncio.timeout(5):
            with pytest.raises(ModelError):
                await text_of(model(url, timeouts=Timeouts(read=1.0)))

    asyncio.run(run())


@pytest.mark.parametrize(
    "raw", [b"hello\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 90_000]
)
def test_what_is_no_http_is_a_named_error(raw: bytes) -> None:
    async def run() -> None:
        async with raw_server(lambda _: raw) as url:
            with pytest.raises(ModelUnavailable, match="could not be reached"):
                await text_of(model(url))

    asyncio.run(run())


def test_a_large_request_arrives_whole_without_a_warning() -> None:
    words = "ü" * 1_500_000

    async def run() -> None:
        async with endpoint([Step(status=500), completion("x")]) as fake:
            await text_of(model(fake.url), Case.ask(words))
            assert [a.body["messages"][0]["content"] == words for a in fake.asked] == [True, True]

    asyncio.run(run())


@pytest.mark.parametrize("held", [True, False])
def test_one_connection_serves_calls_while_it_is_held(held: bool) -> None:
    async def run() -> int:
        ports: set[int] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            ports.add(writer.get_extra_info("peername")[1])
            while True:
                await asked_body(reader)
                body = completion("x").body
                head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)

        async with server(serve) as url:
            asked = model(f"{url}/v1")
            if held:
                async with asked.held():
                    for _ in range(5):
                        await text_of(asked)
            else:
                for _ in range(5):
                    await text_of(asked)
        return len(ports)

    assert asyncio.run(run()) == (1 if held else 5)


def test_a_connection_that_is_cut_between_calls_is_made_anew() -> None:
    async def run() -> None:
        async with endpoint([Step(completion("x").body, cut=10**6)]) as fake:
            asked = model(fake.url)
            async with asked.held():
                for _ in range(3):
                    assert await text_of(asked) == "x"

    asyncio.run(run())


def test_a_waiting_call_that_is_given_up_frees_nothing_that_is_not_its_own() -> None:
    async def run() -> None:
        async with endpoint([Step(completion("x").body, hang=0.05)]) as fake:
            asked = model(fake.url, concurrency=1)
            first = asyncio.create_task(text_of(asked))
            await asyncio.sleep(0.01)
            second = asyncio.create_task(text_of(asked))
            await asyncio.sleep(0.01)
            second.cancel()
            third = asyncio.create_task(text_of(asked))
            assert await first == await third == "x"
            assert fake.most_at_once == 1
            assert not asked._endpoint._pool._open

    asyncio.run(run())


def test_a_stream_through_a_proxy_with_a_name_and_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        good = stream(chunk(content="x"), chunk(finish="stop"), DONE)
        async with endpoint([good, complaint(407, "who?"), Step(status=502)]) as fake:
            proxy = fake.url.removesuffix("/v1").replace("//", "//me:hush@")
            monkeypatch.setenv("ALL_PROXY", proxy)
            asked = model("http://models.invalid/v1")
            assert [d.text async for d in asked.stream(CASE, n=1, sampling=Sampling())] == ["x", ""]
            assert fake.asked[0].path == "http://models.invalid/v1/chat/completions"
            assert fake.asked[0].headers["proxy-authorization"].startswith("Basic ")
            for _ in range(2):
                with pytest.raises(ModelError) as caught:
                    await text_of(asked)
                assert "hush" not in str(caught.value)

    asyncio.run(run())


def test_the_password_of_a_proxy_stands_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with raw_server(lambda _: b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n") as url:
            monkeypatch.setenv("HTTPS_PROXY", url.replace("http://", "me:hush@"))
            with pytest.raises(ModelUnavailable, match="403 No") as caught:
                await text_of(model("https://models.invalid/v1"))
            assert "hush" not in str(caught.value)

    asyncio.run(run())
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:hush@127.0.0.1:1")
    with pytest.raises(ConfigError, match="socks5") as caught:
        asyncio.run(text_of(model("https://models.invalid/v1")))
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "settings", "proxy"),
    [
        ("http://a.org/v1", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.org/v1", {"HTTP_PROXY": "http://p:1"}, None),
        ("https://a.org/v1", {"HTTPS_PROXY": "p:1"}, "http://p:1"),
        ("https://a.org/v1", {"ALL_PROXY": "https://p:1"}, "https://p:1"),
        ("http://a.org/v1", {"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://q:1"}, "http://p:1"),
        ("http://a.org/v1", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "b.org, a.org"}, None),
        ("http://x.a.org/v1", {"HTTP_PROXY": "http://p:1", "NO_PROXY": ".a.org"}, None),
        ("http://xa.org/v1", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "a.org"}, "http://p:1"),
        ("http://a.org/v1", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        ("http://a.org:8000/v1", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "a.org:8000"}, None),
        ("http://127.0.0.1:8000/v1", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "127.0.0.1"}, None),
        ("http://[::1]:8000/v1", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "::1"}, None),
    ],
)
def test_which_proxy_is_taken(
    url: str, settings: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    found = proxy_for(address(url, who="x"), who="x")
    assert found == (None if proxy is None else type(address(url, who="x"))(proxy))


@pytest.mark.parametrize("url", ["http://h:99999/", "http://h:x/", "http://[::1/", "http://a b/", "http://u@h/v1", "x"])
def test_other_wrong_addresses(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        address(url, who="x")


def test_certificates_are_those_that_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    network.tls.cache_clear()
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    try:
        assert network.tls() is network.tls()
        assert network.tls().verify_mode is ssl.CERT_REQUIRED
        assert network.tls().check_hostname
        trusted = network.tls().cert_store_stats()["x509_ca"]
        assert trusted > 10
        network.tls.cache_clear()
        monkeypatch.delenv("SSL_CERT_FILE")
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        assert network.tls().cert_store_stats()["x509_ca"] < trusted
    finally:
        network.tls.cache_clear()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_a_certificate_is_trusted_where_it_is_named_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key, own = tmp_path / "key.pem", tmp_path / "own.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*make.split(), "-keyout", key, "-out", own], check=True, capture_output=True, timeout=60)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(own, key)
    fake = FakeEndpoint([completion("by TLS")])

    async def run() -> str:
        async with server(fake.serve, tls=serving) as url:
            port = url.rpartition(":")[2]
            return await text_of(model(f"https://localhost:{port}/v1"))

    network.tls.cache_clear()
    try:
        with pytest.raises(ModelUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            asyncio.run(run())
        network.tls.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(own))
        assert asyncio.run(run()) == "by TLS"
    finally:
        network.tls.cache_clear()


def test_a_look_is_bounded_follows_nothing_and_fails_by_name() -> None:
    def serve(head: bytes) -> bytes:
        if b"/large" in head:
            return b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 30_000_000
        return b"HTTP/1.1 302 No\r\nlocation: /large\r\n\r\nxxx"

    async def run() -> None:
        async with raw_server(serve) as url:
            assert await look(url, key="", seconds=5) == (302, b"xxx")
            status, data = await look(f"{url}/large", key="k", seconds=5)
            assert status == 200
            assert 10_000_000 <= len(data) < 12_000_000
        with pytest.raises(OSError, match="Cannot connect"):
            await look(url, key="", seconds=5)
        with pytest.raises(ConfigError):
            await look("nowhere", key="", seconds=5)

    asyncio.run(run())
