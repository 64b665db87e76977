"""What all pages share: who looks, in which language, the headers of every answer, forms, and errors as pages."""

from __future__ import annotations

import asyncio
import importlib.resources
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from lightwing.core.errors import KeyRefused, LightwingError
from lightwing.serve.app import Gateway, as_refused, refuse_odd
from lightwing.serve.keys import Key
from lightwing.serve.pages.learned import Relearn
from lightwing.serve.pages.sessions import COOKIE, Sessions, refuse_foreign
from lightwing.serve.pages.words import LANGUAGES, preferred, told
from lightwing.serve.refusals import Refused
from lightwing.store import Filter, TraceStore

__all__ = ["LANGUAGE", "Form", "Site", "Visit"]

_LOG = logging.getLogger("lightwing.serve")

LANGUAGE = "lightwing_language"
"""The cookie of a language that was chosen."""

_MOST_FIELDS = 2000
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

T = TypeVar("T")
Handler = Callable[["Visit"], Awaitable[Response]]


@dataclass(slots=True)
class Site:
    """The pages of one gateway. `store` None: no traces are kept, and the pages say so. `relearn` reckons an error model anew out of the store's traces and labels."""

    gateway: Gateway
    sessions: Sessions
    store: TraceStore | None = None
    relearn: Relearn | None = None
    templates: jinja2.Environment = field(init=False)

    def __post_init__(self) -> None:
        folder = importlib.resources.files("lightwing.serve.pages") / "templates"
        self.templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(str(folder)),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters.update(
            path=lambda text: quote(text, safe=""),
            when=when,
            short=lambda id: id[:10],
            zipped=lambda names: [(name, name) for name in names],
        )

    def route(self, path: str, handler: Handler, *methods: str, open: bool = False) -> Route:
        """`open`: it is shown to who has no key, too."""

        async def endpoint(request: Request) -> Response:
            return await self._answer(handler, request, open=open)

        return Route(path, endpoint, methods=list(methods) or ["GET"])

    async def _answer(self, handler: Handler, request: Request, *, open: bool) -> Response:
        visit = Visit(site=self, request=request)
        try:
            refuse_odd(request.scope, self.gateway.settings)
            visit.key = await self._key(request)
            if self.gateway.keys is not None and visit.key is None and not open:
                response = self._to_login(request)
            else:
                if request.method == "POST":
                    refuse_foreign(request)
                response = await handler(visit)
        except KeyRefused as error:
            response = visit.message(403 if error.known else 401, str(error))
        except Refused as error:
            response = visit.message(error.status, error.message)
        except LightwingError as error:
            response = visit.message(_status(error), str(error))
        except Exception as error:
            _LOG.error("a page failed", exc_info=error)
            response = visit.message(500, as_refused(error).message)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("cache-control", "no-store")
        return response

    async def _key(self, request: Request) -> Key | None:
        if self.gateway.keys is None:
            return None
        id = self.sessions.key(request.cookies.get(COOKIE, ""))
        return None if id is None else await self.gateway.keys.known(id)

    def _to_login(self, request: Request) -> Response:
        if request.method != "GET" or request.headers.get("x-lightwing-part"):
            raise Refused(401, "Your session has ended. Sign in again.")
        there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?{urlencode({'next': there})}", status_code=303)


def _status(error: LightwingError) -> int:
    refused = as_refused(error)
    if refused.status == 503 and "There is no" in str(error):
        return 404
    return 400 if refused.status == 500 else refused.status


@dataclass(slots=True)
class Form:
    """The fields of a form that was sent."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass
class Visit:
    """One request for a page, as its handler sees it."""

    site: Site
    request: Request
    key: Key | None = None

    @cached_property
    def language(self) -> str:
        chosen = self.request.cookies.get(LANGUAGE, "")
        return chosen if chosen in LANGUAGES else preferred(self.request.headers.get("accept-language", ""))

    @property
    def owner(self) -> str | None:
        """Whose traces may be seen: those of the key, or (where no keys are asked for) all."""
        if self.key is not None:
            return self.key.id
        return None if self.site.gateway.keys is None else ""

    @property
    def who(self) -> str:
        """Who labels."""
        return "page" if self.key is None else self.key.name

    @property
    def store(self) -> TraceStore:
        """The store.

        Raises:
            Refused: this gateway has none.
        """
        if self.site.store is None:
            raise Refused(404, self.t("No traces are kept here: start the gateway with --store FILE."))
        return self.site.store

    def asked(self, name: str) -> str:
        """A parameter of the address."""
        return self.request.query_params.get(name, "")

    def t(self, text: str, **values: object) -> str:
        """A text in the visitor's language."""
        return told(self.language, text, **values)

    def may(self, name: str) -> bool:
        return self.key is None or self.key.may(name)

    def require(self, name: str) -> None:
        """Refuses an assistant that the visitor's key may not use."""
        if self.key is not None:
            self.key.require(name)

    async def body(self) -> bytes:
        """The body, within the gateway's limit."""
        settings, pieces, total = self.site.gateway.settings, [], 0
        try:
            async with asyncio.timeout(settings.body_seconds):
                async for piece in self.request.stream():
                    total += len(piece)
                    if total > settings.body:
                        raise Refused(413, f"The body is larger than {settings.body} bytes.", code="body_too_large")
                    pieces.append(piece)
        except TimeoutError:
            raise Refused(408, "The body did not come in time.", code="slow_body") from None
        return b"".join(pieces)

    async def form(self) -> Form:
        """The fields sent, from a page of this session."""
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Refused(415, "A form was expected.", code="content_type")
        try:
            text = (await self.body()).decode()
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
        except ValueError:
            raise Refused(400, "The form cannot be read.", code="form") from None
        form = Form({name: value.replace("\r\n", "\n") for name, value in pairs})
        self.refuse_stale(form["token"])
        return form

    def refuse_stale(self, token: str) -> None:
        self.site.sessions.refuse_stale(token, self.request.cookies.get(COOKIE, ""))

    async def read(self, work: Callable[[TraceStore], T]) -> T:
        """What the store gives, asked for in a thread."""
        store = self.store
        return await asyncio.to_thread(work, store)

    def filter(self, **more: Any) -> Filter:
        """The visitor's traces."""
        return Filter(owner=self.owner, **more)

    async def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page, rendered in a thread: one of many traces takes a while."""
        return HTMLResponse(await asyncio.to_thread(self.render, template, **values), status_code=status)

    def render(self, template: str, **values: Any) -> str:
        """The text of a template."""
        return self.site.templates.get_template(template).render(
            t=self.t,
            language=self.language,
            languages=LANGUAGES,
            path=self.request.url.path,
            here=self.request.url.path + (f"?{self.request.url.query}" if self.request.url.query else ""),
            token=self.site.sessions.token(self.request.cookies.get(COOKIE, "")),
            key=self.key,
            keys_asked=self.site.gateway.keys is not None,
            **values,
        )

    def message(self, status: int, text: str) -> Response:
        """A page that says one thing."""
        return HTMLResponse(self.render("message.html", status=status, text=text), status_code=status)


def when(seconds: float) -> str:
    """A time for people, UTC.

    >>> when(0.0)
    '1970-01-01 00:00:00'
    """
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return "?"
