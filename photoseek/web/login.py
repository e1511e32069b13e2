"""The login page of a server with a token: a form, and the cookie it gives."""

import json
from functools import cache
from html import escape
from pathlib import Path

from fastapi import APIRouter, Form, Query, Request
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response

from photoseek.web.guard import COOKIE, Attempts, Keys, TooManyAttempts, client_of
from photoseek.web.returning import LOGIN, MOST_LETTERS, own

_PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><title>Photoseek</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page/login.css">
<main><h1>Photoseek</h1>
<form method="post" action="/login">
<input type="hidden" name="to" value="{to}">
<label for="token">{token}</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>{open}</button>
<p role="alert">{message}</p>
</form></main></html>
"""
_A_YEAR = 365 * 24 * 3600
_LANGUAGES = Path(__file__).with_name("page") / "languages"


def login_router(keys: Keys, attempts: Attempts) -> APIRouter:
    """``GET`` and ``POST /login``; ``to`` is where the visitor goes on to."""
    router = APIRouter(include_in_schema=False)

    @router.get(LOGIN)
    def ask(request: Request, to: str = Query("/", max_length=MOST_LETTERS)) -> Response:
        return _page(request, to)

    @router.post(LOGIN)
    def log_in(
        request: Request,
        token: str = Form("", max_length=1000),
        to: str = Form("/", max_length=MOST_LETTERS),
    ) -> Response:
        try:
            right = attempts.is_right(keys, client_of(request.scope), token)
        except TooManyAttempts as refused:
            return _page(request, to, "wait", 429, refused.wait)
        if not right:
            return _page(request, to, "wrong", 401)
        answer = RedirectResponse(own(to), 303)
        answer.set_cookie(COOKIE, keys.cookie, max_age=_A_YEAR, httponly=True, samesite="strict")
        return answer

    return router


def _page(
    request: Request, to: str, message: str = "", status: int = 200, wait: int = 0
) -> Response:
    language = _language(request.headers)
    says = _strings(language)
    text = says[message].format(n=wait) if message else ""
    headers = {"retry-after": str(wait)} if wait else None
    filled = _PAGE.format(
        language=language,
        to=escape(own(to)),
        token=escape(says["token"]),
        open=escape(says["open"]),
        message=escape(text),
    )
    return HTMLResponse(filled, status, headers)


def _language(headers: Headers) -> str:
    """The first that the browser names and the page speaks; browsers name the dearest first."""
    for one in headers.get("accept-language", "").split(","):
        tag = one.partition(";")[0].strip().lower().partition("-")[0]
        if tag in ("de", "en", "ja"):
            return tag
    return "en"


@cache
def _strings(language: str) -> dict[str, str]:
    text = (_LANGUAGES / f"{language}.json").read_text(encoding="utf-8")
    strings: dict[str, str] = json.loads(text)["login"]
    return strings
