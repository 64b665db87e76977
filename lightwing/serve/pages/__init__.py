"""The pages at `/`: what the gateway did, and what it does it by. Rendered here, with no host but this one."""

from __future__ import annotations

import importlib.resources

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from lightwing.serve.pages import assistants, drafts, login
from lightwing.serve.pages.counts import CountPages, plotly
from lightwing.serve.pages.errors import ErrorPages
from lightwing.serve.pages.known import Specs
from lightwing.serve.pages.labels import LabelPages
from lightwing.serve.pages.learned import Learned, Relearn, Row
from lightwing.serve.pages.local import local
from lightwing.serve.pages.sessions import Sessions
from lightwing.serve.pages.site import LANGUAGE, Site, Visit
from lightwing.serve.pages.traces import TracePages
from lightwing.serve.pages.words import LANGUAGES
from lightwing.serve.refusals import Refused

__all__ = ["Learned", "Relearn", "Row", "Sessions", "Site", "routes"]


def routes(site: Site) -> list[BaseRoute]:
    """The routes of all pages, for `Gateway.pages`."""
    specs = Specs(site.gateway.engine)
    traces, labels, errors, counts = TracePages(specs), LabelPages(specs), ErrorPages(specs), CountPages(specs)
    return [
        site.route("/", traces.live),
        site.route("/live", traces.part),
        site.route("/traces/{id}", traces.one),
        site.route("/clauses", counts.clauses),
        site.route("/cost", counts.cost),
        site.route("/plotly.js", plotly, open=True),
        site.route("/assistants", assistants.listed),
        site.route("/assistants/{name:path}", assistants.one),
        site.route("/assistants/{name:path}", assistants.talk, "POST"),
        site.route("/specs", drafts.draft),
        site.route("/specs", drafts.work, "POST"),
        site.route("/label", labels.show),
        site.route("/label", labels.say, "POST"),
        site.route("/label/undo", labels.undo, "POST"),
        site.route("/errors", errors.show),
        site.route("/login", login.login, open=True),
        site.route("/login", login.sign_in, "POST", open=True),
        site.route("/logout", login.logout, "POST", open=True),
        site.route("/language/{to}", _language, open=True),
        Mount("/static", _Files(directory=str(importlib.resources.files("lightwing.serve.pages") / "static"))),
    ]


async def _language(visit: Visit) -> Response:
    """`GET /language/LANGUAGE`: keeps the choice and goes back."""
    to = visit.request.path_params["to"]
    if to not in LANGUAGES:
        raise Refused(404, "There is no such language.")
    response = RedirectResponse(local(visit.asked("back")), status_code=303)
    response.set_cookie(LANGUAGE, to, max_age=365 * 86_400, httponly=True, samesite="lax")
    return response


class _Files(StaticFiles):
    """Our own scripts and styles."""

    def file_response(self, *args: object, **more: object) -> Response:
        response = super().file_response(*args, **more)  # type: ignore[arg-type]
        response.headers["cache-control"] = "no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        return response
