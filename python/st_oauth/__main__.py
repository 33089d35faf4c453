"""The command `st-oauth`: hands over to the native one inside this package."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Replace this process by the native `st-oauth` with the same arguments."""
    # The Python that has this package is the one to run an app with.
    os.environ.setdefault("ST_OAUTH_PYTHON", sys.executable)
    program = Path(__file__).parent / "_bin" / "st-oauth"
    os.execv(program, ["st-oauth", *sys.argv[1:]])


if __name__ == "__main__":
    main()
