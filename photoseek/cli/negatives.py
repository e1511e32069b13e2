"""A command whose arguments may begin with a minus: ``-people``, ``-0.5:./sledge.jpg``."""

import re
from collections.abc import Iterator
from typing import Any

import click

_MARK = "\0"
"""Stands before such an argument while click reads the line; no argument can hold it."""


class CommandWithNegatives(click.Command):
    """Takes ``-people`` for an argument, and ``-k5`` or ``-0`` for what they are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        marked = [_MARK + arg if self._is_negative(arg) else arg for arg in args]
        rest = super().parse_args(ctx, marked)
        ctx.params = {name: _unmarked(value) for name, value in ctx.params.items()}
        return rest

    def _is_negative(self, arg: str) -> bool:
        if not re.match(r"-[^-].", arg, re.DOTALL):
            return False
        flags = "".join(re.escape(letter) for letter in self._letters(flags=True))
        valued = "".join(re.escape(letter) for letter in self._letters(flags=False))
        return not re.fullmatch(rf"-[{flags}]*([{valued}]\d*)?", arg)

    def _letters(self, *, flags: bool) -> Iterator[str]:
        """Of the command's short options, those with or without a value."""
        yield from "h" if flags else ""
        for parameter in self.params:
            if isinstance(parameter, click.Option) and parameter.is_flag == flags:
                yield from (name[1] for name in parameter.opts if re.fullmatch("-[^-]", name))


def _unmarked(value: Any) -> Any:
    if isinstance(value, str):
        return value.removeprefix(_MARK)
    if isinstance(value, tuple):
        return tuple(map(_unmarked, value))
    return value
