"""Signing in with a key, where the gateway asks for keys: the key is shown once and exchanged for a cookie."""

from __future__ import annotations

import asyncio

from starlette.responses import RedirectResponse, Response

from lightwing.core.errors import KeyRefused
from lightwing.serve.pages.local import local
from lightwing.serve.pages.sessions import COOKIE
from lightwing.serve.pages.site import Visit

__all__ = ["login", "logout", "sign_in"]

_PAUSE = 0.5
"""Seconds before a wrong key is refused: guessing gets slow, a slip of the pen does not."""


async def login(visit: Visit) -> Response:
    """`GET /login`."""
    if visit.site.gateway.keys is None or visit.key is not None:
        return RedirectResponse("/", status_code=303)
    return await visit.page("login.html", next=local(visit.asked("next")), wrong="")


async def sign_in(visit: Visit) -> Response:
    """`POST /login`."""
    keys = visit.site.gateway.keys
    if keys is None:
        return RedirectResponse("/", status_code=303)
    form = await visit.form()
    try:
        key = await keys.of(form["key"].strip())
    except KeyRefused:
        await asyncio.sleep(_PAUSE)
        wrong = visit.t("This key is not known here, or was revoked.")
        return await visit.page("login.html", status=401, next=local(form["next"]), wrong=wrong)
    response = RedirectResponse(local(form["next"]), status_code=303)
    response.set_cookie(
        COOKIE,
        visit.site.sessions.cookie(key.id),
        max_age=visit.site.sessions.seconds,
        httponly=True,
        samesite="strict",
        secure=visit.request.url.scheme == "https",
    )
    return response


async def logout(visit: Visit) -> Response:
    """`POST /logout`."""
    await visit.form()
    response = RedirectResponse("/", status_code=303)
    response.delete_cookie(COOKIE)
    return response
