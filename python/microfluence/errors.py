"""What can go wrong, as exceptions: each says what, where and what to do about it."""

from __future__ import annotations


class MicrofluenceError(Exception):
    """Any error of this package.

    ``hint`` says what to do about it; ``file``, ``line`` (from 1) and ``column`` say where, as far as that is known. A table that
    was handed over has the name of its argument as ``file``.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        file: str | None = None,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(_in_python(message))
        self.hint = None if hint is None else _in_python(hint)
        self.file = None if file is None else file.removeprefix("memory:")
        self.line = line
        self.column = column


class InputError(MicrofluenceError, ValueError):
    """A table or file cannot be read as what it was given as."""


class UsageError(MicrofluenceError, ValueError):
    """An argument is wrong."""


class LimitError(MicrofluenceError, ValueError):
    """A limit that was set was exceeded: more rows were rejected, or joined nothing, than were allowed."""


class AlertError(MicrofluenceError):
    """Something came true that an alert was set for; everything was done."""


class FileError(MicrofluenceError, OSError):
    """Reading or writing failed half way."""


class ModelError(MicrofluenceError, RuntimeError):
    """A model folder is incomplete, damaged or of an unknown kind."""


class InternalError(MicrofluenceError, RuntimeError):
    """A defect of this package; please report it with the call that led here."""


def _in_python(message: str) -> str:
    """Flags of the program as arguments: ``--min-followers`` is ``min_followers``."""
    import re

    message = message.replace("memory:", "")
    return re.sub(
        r"(?<![\w-])--([a-z][a-z-]*[a-z])", lambda flag: flag[1].replace("-", "_"), message
    )
