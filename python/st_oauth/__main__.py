"""The command `st-oauth`: hands over to the native one inside this package."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Replace this process by the native `st-oauth` with the same arguments."""
    program = Path(__file__).parent / "_bin" / "st-oauth"
    os.execv(program, ["st-oauth", *sys.argv[1:]])


if __name__ == "__main__":
    main()
