"""What goes to standard output: the one place that writes there."""

import os
import sys
from collections.abc import Iterable

import click


def say(text: str) -> None:
    """Print a text whole; see ``say_each``."""
    say_each((text,))


def say_each(parts: Iterable[str]) -> None:
    """Print the parts of a text as they come, as UTF-8 whatever the locale says.

    Where the reader of a pipe has gone, that is the end, without a word. click.ClickException where standard output is
    closed or full.
    """
    if sys.stdout is None:
        raise click.ClickException("standard output is closed; open it, or name a file with --output")
    try:
        # Python's own buffer is left out: where it is off, a write may take a part only, and says so alone.
        sys.stdout.flush()
        for part in parts:
            left = memoryview(part.encode())
            while left:
                left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _forget_standard_output()
    except OSError as error:
        _forget_standard_output()
        raise click.ClickException(f"standard output: {error.strerror}") from error


def _forget_standard_output() -> None:
    """Python flushes standard output once more at its end, which must not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
