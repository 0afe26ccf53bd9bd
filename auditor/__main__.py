"""Runs the command line: ``python -m auditor``, and what the installed command calls."""

import sys


def main() -> None:
    """Run the command line; whoever interrupts it while it is still being imported gets one line, too."""
    try:
        from auditor.cli import main as run  # noqa: PLC0415 - nothing may be imported before an interruption is caught
    except KeyboardInterrupt:
        sys.stderr.write("vpc-auditor: interrupted\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
