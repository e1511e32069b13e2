"""The login page of a server with a token: a form, and the cookie it gives."""

from html import escape

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from photoseek.web.guard import COOKIE, Attempts, Keys, client_of

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Photoseek</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page/login.css">
<main><h1>Photoseek</h1>
<form method="post" action="/login">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Open the library</button>
<p role="alert">{message}</p>
</form></main></html>
"""
_A_YEAR = 365 * 24 * 3600


def login_router(keys: Keys, attempts: Attempts) -> APIRouter:
    """``GET`` and ``POST /login``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    def ask() -> Response:
        return _page("")

    @router.post("/login")
    def log_in(request: Request, token: str = Form("", max_length=1000)) -> Response:
        client = client_of(request.scope)
        wait = attempts.wait(client)
        if wait:
            headers = {"retry-after": str(wait)}
            return _page(f"Too many wrong tokens; try again in {wait} s.", 429, headers)
        if not keys.is_token(token):
            attempts.note(client)
            return _page("That is not the token.", 401)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, keys.cookie, max_age=_A_YEAR, httponly=True, samesite="strict")
        return answer

    return router


def _page(message: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(_PAGE.format(message=escape(message)), status, headers)
