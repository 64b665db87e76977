"""`python -m lightwing`, and the program `lightwing`."""

import sys

__all__ = ["main"]


def main() -> int:
    """Runs the command line. Ctrl-C while it is still being imported ends it as quietly as later on."""
    try:
        from lightwing.cli.main import main as command_line

        return command_line()
    except KeyboardInterrupt:
        sys.stderr.write("lightwing: stopped.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
