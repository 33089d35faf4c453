"""libstoauth exports what its headers declare, no more and no less: tools/lint_exports.py LIBRARY."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def declared(text: str) -> set[str]:
    """The names that a header marks STO_API."""
    text = re.sub(
        r"/\*.*?\*/|//[^\n]*|^\s*#[^\n]*(?:\\\n[^\n]*)*", "", text, flags=re.DOTALL | re.MULTILINE
    )
    text = re.sub(r"\bSTO_PRINTF\s*\([^)]*\)|\bSTO_CHECKED\b", "", text)
    return set(re.findall(r"\bSTO_API\b[^;({]*?(\w+)\s*(?:\(|;|\[)", text))


def exported(library: str) -> set[str]:
    """The names that a shared library defines for others."""
    nm = subprocess.run(
        ["nm", "-D", "--defined-only", library], check=True, stdout=subprocess.PIPE, text=True
    )
    symbols = (line.split() for line in nm.stdout.splitlines())
    return {parts[-1].split("@")[0] for parts in symbols if len(parts) >= 3 and parts[-2] != "A"}


def main() -> int:
    headers = sorted((ROOT / "include").rglob("*.h"))
    promised = set[str]().union(*(declared(path.read_text(encoding="utf-8")) for path in headers))
    given = exported(sys.argv[1])
    for name in sorted(promised - given):
        print(f"{name} is declared STO_API and not exported")
    for name in sorted(given - promised):
        print(f"{name} is exported and declared in no header of include/")
    if promised == given:
        print(f"{len(given)} symbols")
    return 0 if promised == given and given else 1


if __name__ == "__main__":
    sys.exit(main())
