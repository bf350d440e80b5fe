"""Serves the page to this machine alone; the only importer of starlette and uvicorn."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fitcheck.errors import DataError, FitcheckError
from fitcheck.labeling.page import STATIC, render_page, static_file
from fitcheck.labeling.state import BadRequestError, make_change, page_rows, page_status
from fitcheck.labeling.store import LabelStore
from fitcheck.records import Language

HOST = "127.0.0.1"
_MAX_BODY = 20_000
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """Refuses every request whose path does not begin with the token; sets the headers of all."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer that there is nothing."""
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        given = scope["path"].removeprefix("/").partition("/")[0].encode("utf-8", "surrogatepass")
        # In constant time, so that the token cannot be guessed letter by letter.
        right = secrets.compare_digest(given, self._token)
        app = self.app if right else Response(status_code=404)
        await app(scope, receive, send_with_headers)


def make_app(
    store: LabelStore,
    token: str,
    language: Language,
    *,
    render: Callable[[FitcheckError], str] = str,
    changed: Callable[[], None] = lambda: None,
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    store
        The sheet.
    token
        What the address must begin with.
    language
        Of the page.
    render
        Says an error in that language.
    changed
        Called after each decision.
    """
    page = render_page(store.codebook, language, store.path.name)

    def status(**more: Any) -> JSONResponse:
        return JSONResponse({**page_status(store, render), **more})

    async def show(_request: Request) -> Response:
        return HTMLResponse(page)

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            return Response(status_code=404)
        return Response(static_file(name), headers={"content-type": STATIC[name]})

    def state(_request: Request) -> Response:
        store.refresh()
        return status(rows=page_rows(store))

    async def brief(_request: Request) -> Response:
        return status()

    async def decide(request: Request) -> Response:
        content = await request.body()
        return await run_in_threadpool(_decide, content)

    def _decide(content: bytes) -> Response:
        try:
            if len(content) > _MAX_BODY:
                raise BadRequestError
            key, name, value = make_change(store, json.loads(content))
        except (BadRequestError, ValueError, RecursionError):
            return Response(status_code=400)
        try:
            own = store.decide(key, name, value)
        except DataError:
            return status(refused=True)
        changed()
        return status(own=int(own), rows=page_rows(store, key))

    def undo(_request: Request) -> Response:
        try:
            key = store.undo()
        except DataError:
            return status(refused=True)
        changed()
        return status(
            own=int(key is not None), undone=key, rows=page_rows(store, key) if key else []
        )

    return Starlette(
        routes=[
            Route("/{token}/", show),
            Route("/{token}/state", state),
            Route("/{token}/status", brief),
            Route("/{token}/decide", decide, methods=["POST"]),
            Route("/{token}/undo", undo, methods=["POST"]),
            Route("/{token}/{name}", static),
        ],
        middleware=[
            Middleware(Guard, token=token),
            # Another name that leads here is an attack by way of the name service.
            Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"]),
        ],
    )


def open_socket(port: int) -> socket.socket:
    """Return a socket that listens on this machine alone; port 0 takes a free one.

    Raises
    ------
    DataError
        If the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((HOST, port))
        listener.listen()  # so that a browser which is quicker than the server has to wait only
    except OSError:
        listener.close()
        raise DataError(
            "Port {port} is taken.", "Pass another --port, or none for a free one.", port=port
        ) from None
    return listener


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Answer requests until Ctrl-C."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # addresses hold the token
        server_header=False,
        lifespan="off",
        loop="asyncio",
        http="h11",
        ws="none",
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[listener])
