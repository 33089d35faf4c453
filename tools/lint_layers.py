"""The rules of the C code that no compiler knows: layers, banned functions, sizes, one place for extensions."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BELOW = {
    "base": set[str](),
    "jose": {"base"},
    "http": {"base", "jose"},
    "session": {"base", "jose", "http"},
    "store": {"base", "jose", "http", "session"},
    "transport": {"base", "jose", "http", "session"},
    "provider": {"base", "jose", "http", "session", "store", "transport"},
    "gate": {"base", "jose", "http", "session", "store", "transport", "provider"},
    "realm": {"base", "jose", "http", "session", "store", "transport", "provider", "gate"},
}
DEV_PROVIDER = {"base", "jose", "http"}
BANNED = ("strtok", "sscanf", "strtol", "sprintf", "strcpy", "strcat", "gets", "atoi", "alloca")
MAX_FILE_LINES = 700
MAX_FUNCTION_LINES = 80
EXTENSIONS = Path("include/stoauth/export.h")

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
BANNED_CALL = re.compile(rf"\b({'|'.join(BANNED)})\s*\(")
MEMCMP = re.compile(r"\bmemcmp\s*\(([^;]*)")
# A name of a secret; the id or length of one is none.
SECRET_NAME = re.compile(r"\b(?:\w+_)?(secret|key|mac)s?\b(?!_)")
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def blank(match: re.Match[str]) -> str:
    """The same lines with nothing on them."""
    kept = re.sub(r"[^\n]", " ", match.group())
    return '""'.ljust(len(kept)) if match.group().startswith('"') else kept


def code_of(text: str) -> str:
    """The text without comments and literals, line for line."""
    return NOT_CODE.sub(blank, text)


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def layer_of(include: str, own: str) -> str:
    """The layer that a header belongs to; a public one that has no layer's name belongs to base."""
    parts = Path(include).parts
    if len(parts) == 1:
        return own
    if parts[0] == "stoauth":
        name = Path(parts[-1]).stem
        return name if name in BELOW and len(parts) == 2 else "base"
    return parts[0]


def check_includes(path: Path, text: str) -> Iterator[str]:
    """Includes point down."""
    place = path.parts
    for match in INCLUDE.finditer(text):
        target = match.group(1)
        where = f"{path}:{line_of(text, match.start())}"
        if place[0] == "src" and len(place) > 2 and place[1] in BELOW:
            layer = layer_of(target, place[1])
            if layer != place[1] and layer not in BELOW[place[1]]:
                yield f"{where}: {place[1]} must not include {target}"
        elif place[0] == "cli" and "dev" in place[1:-1]:
            layer = layer_of(target, "dev")
            if layer in BELOW and layer not in DEV_PROVIDER:
                yield f"{where}: the development provider must not include {target}"
        elif (
            place[0] == "python"
            and len(Path(target).parts) > 1
            and not target.startswith("stoauth/")
        ):
            yield f"{where}: the binding must not include {target}, only stoauth/"
        elif place[0] == "include" and not target.startswith("stoauth/"):
            yield f"{where}: a public header must not include {target}"


def check_words(path: Path, code: str) -> Iterator[str]:
    """Functions and extensions that are not for use."""
    for match in BANNED_CALL.finditer(code):
        yield f"{path}:{line_of(code, match.start())}: {match.group(1)} is banned"
    if not path.name.endswith("_test.c"):
        for match in MEMCMP.finditer(code):
            secret = SECRET_NAME.search(match.group(1))
            if secret:
                where = f"{path}:{line_of(code, match.start())}"
                yield f"{where}: memcmp on a {secret.group(1)}: compare in constant time"
    if path != EXTENSIONS:
        for match in re.finditer(r"\b__attribute__\b", code):
            yield f"{path}:{line_of(code, match.start())}: __attribute__ belongs into {EXTENSIONS}"


def check_sizes(path: Path, code: str) -> Iterator[str]:
    """Files and functions that are too long."""
    lines = code.splitlines()
    if len(lines) > MAX_FILE_LINES:
        yield f"{path}: {len(lines)} lines, more than {MAX_FILE_LINES}"
    start = None
    for number, line in enumerate(lines, 1):
        if line.rstrip() == "{":
            start = number
        elif line.startswith("}") and start is not None:
            if number - start - 1 > MAX_FUNCTION_LINES:
                yield f"{path}:{start}: a function of {number - start - 1} lines, more than {MAX_FUNCTION_LINES}"
            start = None


def check_file(path: Path, text: str) -> list[str]:
    """Everything that is wrong with one file; `path` is relative to the root."""
    code = code_of(text)
    return [*check_includes(path, text), *check_words(path, code), *check_sizes(path, code)]


def main() -> int:
    wrong: list[str] = []
    count = 0
    for folder in ("include", "src", "cli", "python", "fuzz", "bench"):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            count += 1
            wrong += check_file(path.relative_to(ROOT), path.read_text(encoding="utf-8"))
    print("\n".join(wrong) if wrong else f"{count} files")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
