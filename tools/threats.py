"""make threats: docs/threat-model.md against tests/threats.txt, the tree, and the last `make test`.

Fails on a row that is missing or stands twice, on a test that does not exist or did not pass last time, on `later` for a
feature that is there by now or that nobody knows, and on a row that claims no test though one bears its name.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from skips import allowed, read_skips

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "threat-model.md"
ROWS = ROOT / "tests" / "threats.txt"
RESULTS = ROOT / "build" / "results.json"

ROW = re.compile(r"^\| ([A-Z]{2}-\d{2}) \| (.+?) \| (.+) \|$")
KIND = re.compile(r"^(test|later|n/a): (\S.*)$")
REFERENCE = re.compile(r"`([^`:]+):([A-Za-z_0-9]+)`")

FEATURES: dict[str, tuple[str, str]] = {
    # What `later` may name, with the files and the text in one of them that say: it is there.
    "DPoP": ("src/**/*.c", "DPoP:"),
    "access rules": ("python/st_oauth/access.py", ""),
    "account linking": ("src/gate/link*.c", ""),
    "encrypted tokens": ("src/jose/jwe*.c", ""),
    "local accounts": ("src/provider/local/*.c", ""),
    "mutual TLS": ("src/**/*.c", "mtls_endpoint_aliases"),
    "private_key_jwt": ("src/**/*.c", "client_assertion_type"),
    "provider presets": ("src/provider/presets*.c", ""),
    "pushed requests (PAR)": ("src/**/*.c", "pushed_authorization_request"),
    "refresh tokens": ("src/provider/**/refresh*.c", ""),
    "sessions": ("python/st_oauth/user.py", ""),
    "step-up": ("src/gate/*.c", '"acr_values"'),
    "the daemon": ("cli/serve/*.c", ""),
    "third-party-initiated login": ("src/gate/*.c", "target_link_uri"),
}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    id: str
    kind: str
    text: str

    @property
    def references(self) -> list[tuple[str, str]]:
        return REFERENCE.findall(self.text)


def read_rows(text: str) -> tuple[list[Row], list[str]]:
    """The rows of the table, and the lines that are none."""
    rows, wrong = [], []
    for line in text.splitlines():
        match = ROW.match(line)
        if match is None:
            if re.match(r"^\| *[A-Z]{2}-\d", line):
                wrong.append(f"not a row: {line}")
            continue
        kind = KIND.match(match[3])
        if kind is None:
            wrong.append(f"{match[1]} is neither test, later nor n/a")
        else:
            rows.append(Row(match[1], kind[1], kind[2]))
    return rows, wrong


def read_wanted(text: str) -> list[str]:
    """The ids that must be there."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return " ".join(lines).split()


def compare(rows: list[Row], wanted: list[str]) -> list[str]:
    """Rows that are missing, unknown or there twice."""
    counts = Counter(row.id for row in rows)
    wrong = [f"{one} is missing" for one in wanted if one not in counts]
    wrong += [f"{one} stands {count} times" for one, count in counts.items() if count > 1]
    return wrong + [f"{one} is not in {ROWS.name}" for one in counts if one not in wanted]


def defines(file: str, text: str, name: str) -> bool:
    """Whether a file has a test of that name."""
    if file.endswith(".c"):
        return re.search(rf"^static void {name}\(void \*\*", text, re.MULTILINE) is not None
    if file.startswith("tools/"):
        return f"::{name}" in text
    return re.search(rf"^(?:async )?def {name}\(", text, re.MULTILINE) is not None


def ran(file: str, name: str, passed: Iterable[str]) -> bool:
    """Whether a test is among those that passed. C tests go by the name of the fact alone."""
    prefix = file.removeprefix("tests/") + "::" if file.startswith("tests/") else ""
    word = re.compile(rf"(?:^|\W){name}(?:\W|$)")
    return any(one.startswith(prefix) and word.search(one) for one in passed)


def check_tests(root: Path, row: Row, passed: list[str], skips: dict[str, str]) -> list[str]:
    """What is wrong with the tests that a row names."""
    if not row.references:
        return [f"{row.id} names no test"]
    wrong = []
    for file, name in row.references:
        path = root / file
        if not path.is_file() or not defines(file, path.read_text(encoding="utf-8"), name):
            wrong.append(f"{row.id}: there is no test {name} in {file}")
        elif not ran(file, name, passed):
            program = file.removeprefix("src/").removesuffix("_test.c")
            if not allowed(f"{program}::{name}", skips):
                wrong.append(f"{row.id}: {name} of {file} did not pass in the last `make test`")
    return wrong


def exists(root: Path, feature: str) -> bool:
    """Whether a feature is there by now."""
    pattern, text = FEATURES[feature]
    return any(
        not text or text in path.read_text(encoding="utf-8")
        for path in root.glob(pattern)
        if path.is_file() and not path.name.endswith("_test.c")
    )


def check_later(root: Path, row: Row) -> list[str]:
    """What is wrong with a row that waits for a feature."""
    if row.text not in FEATURES:
        return [f"{row.id}: tools/threats.py knows no feature {row.text!r}"]
    if exists(root, row.text):
        return [f"{row.id}: {row.text} is there by now"]
    return []


def names_of_tests(root: Path) -> list[str]:
    """The name of every test function in the tree."""
    files = [*(root / "src").rglob("*_test.c"), *(root / "cli").rglob("*_test.c")]
    files += [*(root / "tests").glob("*/*_test.py")]
    found = []
    for file in files:
        found += re.findall(
            r"^(?:static void|def) (\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE
        )
    return found


def check_untested(row: Row, names: Iterable[str]) -> list[str]:
    """A row without a test, though one bears its name."""
    prefix = row.id.lower().replace("-", "_") + "_"
    found = [name for name in names if name.removeprefix("test_").startswith(prefix)]
    return [f"{row.id} is {row.kind}, and there is {found[0]}"] if found else []


def check(root: Path, rows: list[Row], passed: list[str], skips: dict[str, str]) -> list[str]:
    """Everything that is wrong with the rows."""
    wrong, names = [], names_of_tests(root)
    for row in rows:
        if row.kind == "test":
            wrong += check_tests(root, row, passed, skips)
        else:
            wrong += check_untested(row, names)
        if row.kind == "later":
            wrong += check_later(root, row)
    return wrong


def main() -> int:
    rows, wrong = read_rows(TABLE.read_text(encoding="utf-8"))
    wrong += compare(rows, read_wanted(ROWS.read_text(encoding="utf-8")))
    passed: list[str] = []
    if RESULTS.exists():
        for names in json.loads(RESULTS.read_text(encoding="utf-8")).values():
            passed += names
    else:
        wrong.append("there are no results; `make test` writes them")
    wrong += check(ROOT, rows, passed, read_skips(ROOT / "tests" / "skips.txt"))
    for line in wrong:
        print(f"threats: {line}")
    kinds = Counter(row.kind for row in rows)
    print(
        f"threats: {len(rows)} rows: {kinds['test']} tested, {kinds['later']} later, "
        f"{kinds['n/a']} not applicable; {len(wrong)} wrong"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
