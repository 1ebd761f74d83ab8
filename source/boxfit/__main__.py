"""Entry point of the command line: `boxfit` and `python -m boxfit`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from boxfit.errors import BoxfitError

EXIT_BAD_INPUT = 1
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: Arguments after the program's name; None uses those of the process.

    Returns:
        Exit code: 0 success, 1 bad input (one line on stderr), 130 interrupted. Bad flags exit with 2.
    """
    try:
        from boxfit.cli.commands import run
        from boxfit.cli.parser import parse

        return run(parse(arguments))
    except BoxfitError as error:
        print("boxfit: error:", " ".join(str(error).split()), file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("boxfit: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of stdout has closed it; redirect it, so that Python's final flush does not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
