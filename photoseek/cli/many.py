"""Options that take several values: ``--like a.jpg b.jpg --unlike c.jpg``."""

from collections.abc import Iterator

import click


class CommandWithManyValues(click.Command):
    """A command whose repeatable options go on taking arguments until the next option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(self._repeated(args)))

    def _repeated(self, args: list[str]) -> Iterator[str]:
        """The arguments with the option said again before each further value."""
        names = {name for parameter in self.params for name in _many(parameter)}
        current, fresh = "", False
        for argument in args:
            if argument.startswith("-") and argument != "-":
                current, fresh = (argument if argument in names else ""), True
            elif current:
                if not fresh:
                    yield current
                fresh = False
            yield argument


def _many(parameter: click.Parameter) -> list[str]:
    return parameter.opts if isinstance(parameter, click.Option) and parameter.multiple else []
