"""Around every request: an id, the token, security headers, counters, one line of log, and 500 as a problem."""

import hmac
import logging
import re
import time
import traceback
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitscope.web.metrics import Metrics
from digitscope.web.problems import Problem, answer

LOG = logging.getLogger("digitscope.web")
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
GUARDED = ("/v1", "/v2", "/metrics")  # what asks for the token, where there is one
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=(), camera=(self)",
}


class Envelope:
    """ASGI middleware. Its log names method, route, status and time, and nothing that a client sent."""

    def __init__(self, app: ASGIApp, *, token: str | None, metrics: Metrics) -> None:
        self.app, self.token, self.metrics = app, token, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the server sends no body where HEAD was asked for
        headers = Headers(scope=scope)
        name = headers.get("x-request-id", "")
        scope.setdefault("state", {})["request_id"] = name = name if ID.fullmatch(name) else uuid.uuid4().hex
        start, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = MutableHeaders(scope=message)
                own["x-request-id"] = name
                for key, value in HEADERS.items():
                    own.setdefault(key, value)
                if scope["path"].startswith(GUARDED):
                    own.setdefault("cache-control", "no-store")
            await send(message)

        self.metrics.under_way.inc()
        try:
            if self._admits(scope["path"], headers):
                await self.app(scope, receive, sending)
            else:
                problem = Problem(
                    401,
                    "unauthorized",
                    "The token is missing or wrong. Expected: Authorization: Bearer TOKEN",
                    {"WWW-Authenticate": "Bearer"},
                )
                await answer(Request(scope), problem)(scope, receive, sending)
        except Exception as error:
            place = traceback.format_tb(error.__traceback__)  # without its text, which may quote what was sent
            LOG.error("request %s failed: %s\n%s", name, type(error).__name__, "".join(place))
            if not status:
                problem = Problem(500, "internal-error", "The service failed; its log names the error under this id.")
                await answer(Request(scope), problem)(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", "") or ("static" if status < 400 else "none")
            self.metrics.under_way.dec()
            self.metrics.requests.labels(scope["method"], route, str(status)).inc()
            self.metrics.seconds.labels(route).observe(seconds)
            LOG.info("%s %s %d %.1f ms %s", scope["method"], route, status, 1000 * seconds, name)

    def _admits(self, path: str, headers: Headers) -> bool:
        if self.token is None or not path.startswith(GUARDED):
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self.token.encode())
