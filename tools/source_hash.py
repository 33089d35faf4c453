"""Prints a hash over every file the wheel is made of, and over the Python that builds it."""

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = [
    "LICENSE",
    "README.md",
    "meson.build",
    "meson.options",
    "pyproject.toml",
    "include",
    "src",
    "cli",
    "python",
    "fuzz/meson.build",
    "bench/meson.build",
]
SKIPPED = {"__pycache__", "node_modules"}


def files() -> list[Path]:
    found: list[Path] = []
    for part in PARTS:
        path = ROOT / part
        found += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [path for path in found if path.is_file() and not SKIPPED & set(path.parts)]


def main() -> None:
    digest = hashlib.sha256(sys.version.encode())
    for path in files():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode())
        digest.update(content)
    print(digest.hexdigest())


if __name__ == "__main__":
    main()
