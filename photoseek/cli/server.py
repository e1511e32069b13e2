"""Asking the server that runs on a library, if one does: nothing else has to be loaded then."""

import hmac
import json
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from photoseek import __version__, server_note
from photoseek.cli.options import Where, vectors_elsewhere
from photoseek.cli.terminal import colours_wanted
from photoseek.printing.answers import current_folder
from photoseek.printing.printed import Form, Printed
from photoseek.server_note import ServerNote

CONNECT_S = 0.5
ANSWER_S = 30.0


def served(
    place: Where | None,
    words: Sequence[str],
    texts: Sequence[str],
    model: str | None,
    settings: Mapping[str, Any],
    form: Form,
    *,
    everything: bool,
) -> Printed | None:
    """A search as the server of a library's folder prints it; None if there is none to ask."""
    if isinstance(place, str) or vectors_elsewhere():
        return None
    question = {
        "words": words,
        "texts": texts,
        "model": model,
        "settings": settings,
        "form": form,
        "everything": everything,
        "colour": colours_wanted(),
        "here": str(current_folder()),
    }
    answer = ask_server(place, question)
    if answer is None:
        return None
    return Printed(form, answer["out"], tuple(answer["notes"]), answer["photos"])


def ask_server(folder: Path | None, question: dict[str, Any]) -> dict[str, Any] | None:
    """What a server says to a question; None where the library has to be opened for it.

    That is so without a server, with ``PHOTOSEEK_SERVER=off``, and whenever anything is amiss:
    what it is, the usual way says.
    """
    if os.environ.get("PHOTOSEEK_SERVER") == "off":
        return None
    note = server_note.find(folder or default_folder(), __version__)
    if note is None:
        return None
    try:
        return _answer(note, json.dumps(question).encode())
    except (OSError, ValueError):
        return None


def default_folder() -> Path:
    """The folder of the library where none is named, as ``photoseek.library`` has it."""
    import platformdirs

    return platformdirs.user_data_path("photoseek", appauthor=False) / "library"


def _answer(note: ServerNote, body: bytes) -> dict[str, Any] | None:
    head, _, content = _exchange(note, body).partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    given = headers.get(server_note.PROOF, "")
    if status.split()[1:2] != ["200"]:
        return None
    if not hmac.compare_digest(given.encode(), note.proof("answers", content).encode()):
        return None
    answer: dict[str, Any] = json.loads(content)
    return answer


def _exchange(note: ServerNote, body: bytes) -> bytes:
    """A request and its answer over HTTP; ``http.client`` alone would take 30 ms to import."""
    host = f"[{note.host}]" if ":" in note.host else note.host
    head = (
        f"POST {server_note.PATH} HTTP/1.1",
        f"Host: {host}:{note.port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"{server_note.PROOF}: {note.proof('asks', body)}",
        "Connection: close",
    )
    with socket.create_connection((note.host, note.port), timeout=CONNECT_S) as line:
        line.settimeout(ANSWER_S)
        line.sendall("\r\n".join((*head, "", "")).encode() + body)
        return b"".join(iter(lambda: line.recv(1 << 16), b""))
