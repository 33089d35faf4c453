"""No tracked file names a place of this machine, a package registry, or a folder beside the repository."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = {"/", "/root", "/home", "/tmp", "/usr", "/opt", "/srv", "/var", "/mnt", "/src"}
REGISTRIES = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|registry\.yarnpkg\.com|(?:deb|security|snapshot)\.debian\.org"
    r"|crates\.io|proxy\.golang\.org|rubygems\.org)\b"
)
BESIDE = re.compile(r"\.\./shared\b")
BESIDE_ALLOWED = {Path(".ci/run"), Path("tools/lint_places.py")}


def places() -> re.Pattern[str]:
    """The folder of this repository, those above it, and the home of whoever runs this."""
    own = {str(path) for path in (ROOT, *ROOT.parents, Path.home())} - COMMON
    return re.compile(
        "|".join(rf"(?<![\w.]){re.escape(path)}(?![\w-])" for path in sorted(own)) or r"(?!)"
    )


def check(path: Path, text: str, own: re.Pattern[str]) -> list[str]:
    """What is wrong with one file; `path` is relative to the root."""
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        patterns = [own, REGISTRIES] + ([] if path in BESIDE_ALLOWED else [BESIDE])
        wrong += [
            f"{path}:{number}: {match.group()}" for one in patterns for match in one.finditer(line)
        ]
    return wrong


def main() -> int:
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    own = places()
    wrong: list[str] = []
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content:
            wrong += check(Path(name), content.decode("utf-8", "replace"), own)
    print("\n".join(wrong) if wrong else "none")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
