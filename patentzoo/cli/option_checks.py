"""Options that would do nothing in what a command was asked for: wrong usage, never passed over."""

from __future__ import annotations

from collections.abc import Collection

import typer


class OptionConflict(typer.BadParameter):
    """An option where it means nothing; exit code 2, and the message as it is worded."""

    def format_message(self) -> str:
        """The message alone."""
        return self.message


def refuse(ctx: typer.Context, names: Collection[str], because: str) -> None:
    """Raise OptionConflict for the first of these options that was typed.

    Args:
        ctx: Of the command.
        names: Parameters of the command's function.
        because: The message after the option's name, as typed in full: what it would have to go
            with, and what to do.
    """
    for each in ctx.command.params:
        if each.name in names and was_typed(ctx, each.name):
            raise OptionConflict(f"{max(each.opts, key=len)} {because}", ctx)


def refuse_two_prints(ctx: typer.Context, failures: str | None) -> None:
    """Raise OptionConflict where a table and JSON would both go to standard output."""
    if failures == "-":
        refuse(ctx, {"as_json"}, "and --failures - both print: write the table to a file.")


def was_typed(ctx: typer.Context, name: str) -> bool:
    """Whether a parameter stands on the command line: no default, no variable of the system."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
