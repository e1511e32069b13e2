"""Text that is safe to print, and JSON."""

import json


def printable(text: object) -> str:
    """Text that cannot move a terminal's cursor: control and undecodable characters escaped."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in str(text))


def _escaped(letter: str) -> str:
    """Python's escape; for a byte that was no UTF-8, the byte."""
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode()


def as_json(document: object) -> str:
    """One line of JSON. A file name that is not UTF-8 keeps its bytes as lone surrogates."""
    return json.dumps(document, default=str)
