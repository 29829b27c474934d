"""The ``hyperserve`` command, as the console script and as ``python -m hyperserve``."""

import sys

from hyperserve import _core


def main() -> int:
    """Run the command with the words of this process; the result is its exit code."""
    return _core.main(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
