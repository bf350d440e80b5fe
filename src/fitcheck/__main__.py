"""The command ``fitcheck``, and ``python -m fitcheck``."""

import sys


def main() -> None:
    """Run the command line; an interrupt while it is still loading shows no traceback."""
    try:
        from fitcheck.cli import main as command

        command()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was written.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
