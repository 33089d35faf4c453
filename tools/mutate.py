"""make mutate: breaks each security check once, and the tests that are named beside it must notice.

    tools/mutate.py [PART OF A FILE'S NAME...]

tests/mutations.txt has a line for each: file | old text | new text | tests. A mutation that fits nowhere or twice,
or does not compile, is an error; one that no test notices has survived. Both end with 1.
Everything happens in a copy under build/mutate.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "mutations.txt"
HOME = ROOT / "build" / "mutate"
TREE = HOME / "tree"
BUILD = HOME / "build"
PACKAGE = HOME / "python"
TIMEOUT_S = 120


class MutationError(Exception):
    """A line of the list that is of no use."""


@dataclass(frozen=True)
class Mutation:
    """One check, broken."""

    line: int
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{LIST.name}:{self.line}: {self.file}: {self.old.strip()[:70]!r}"

    @property
    def is_python(self) -> bool:
        return self.file.endswith(".py")


def unescape(text: str) -> str:
    r"""`\n` and `\t` stand for a line's end and a tab, `\\` for a backslash, `\|` for a bar."""
    out, at = [], 0
    while at < len(text):
        pair = text[at : at + 2]
        known = {"\\n": "\n", "\\t": "\t", "\\\\": "\\", "\\|": "|"}.get(pair)
        out.append(known if known is not None else text[at])
        at += 2 if known is not None else 1
    return "".join(out)


def read_list(path: Path) -> list[Mutation]:
    """The mutations of a file; four parts each, comments begin with #."""
    mutations = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(" | ")
        if len(parts) != 4 or not parts[3].split():
            raise MutationError(f"{path.name}:{number}: not `file | old | new | tests`")
        file, old, new, tests = parts
        one = Mutation(number, file.strip(), unescape(old), unescape(new), tuple(tests.split()))
        if one.old == one.new or not one.old:
            raise MutationError(f"{path.name}:{number}: changes nothing")
        mutations.append(one)
    return mutations


def mutated(text: str, one: Mutation) -> str:
    """The text with the check broken. The old text must be there exactly once."""
    count = text.count(one.old)
    if count != 1:
        raise MutationError(f"{one.name} stands there {count} times")
    return text.replace(one.old, one.new)


def run(command: Sequence[str | Path], cwd: Path = ROOT, **env: str) -> tuple[bool, str]:
    """Whether a command ended well, and what it said. One that hangs did not."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, "timed out"
    return done.returncode == 0, done.stdout


def copy_tree() -> None:
    """The tree as it is now, untracked files too; files that are equal keep their time stamps."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.splitlines()
    wanted = {name for name in listed if (ROOT / name).is_file()}
    for old in [path for path in TREE.rglob("*") if path.is_file()]:
        if str(old.relative_to(TREE)) not in wanted:
            old.unlink()
    for name in wanted:
        here, there = ROOT / name, TREE / name
        if not there.exists() or there.read_bytes() != here.read_bytes():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(here, there)


class CTests:
    """The C tests of the copy, built one by one without optimisation."""

    def __init__(self) -> None:
        copy_tree()
        if not (BUILD / "build.ninja").exists():
            self._must("meson", "setup", BUILD, TREE, "-Dtests=true", "-Doptimization=0")
        self._must("ninja", "-C", BUILD, "build.ninja")
        told = subprocess.run(
            ["meson", "introspect", "--tests", str(BUILD)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        self._tests = {entry["name"]: entry for entry in json.loads(told)}

    def _must(self, *command: str | Path) -> None:
        good, told = run(command)
        if not good:
            raise MutationError(told[-3000:])

    def _entry(self, name: str) -> dict[str, list[str]]:
        if name not in self._tests:
            raise MutationError(f"there is no test {name}")
        entry: dict[str, list[str]] = self._tests[name]
        return entry

    def build(self, names: Sequence[str]) -> None:
        targets = {
            str(Path(path).relative_to(BUILD))
            for name in names
            for path in self._entry(name)["cmd"]
            if path.startswith(str(BUILD))
        }
        good, told = run(["ninja", "-j2", "-C", str(BUILD), *sorted(targets)])
        if not good:
            raise MutationError(f"does not compile:\n{told[-2000:]}")

    def passes(self, name: str) -> bool:
        return run(self._entry(name)["cmd"], BUILD, CMOCKA_MESSAGE_OUTPUT="TAP")[0]

    def kills(self, one: Mutation) -> bool:
        path = TREE / one.file
        good = path.read_text(encoding="utf-8")
        path.write_text(mutated(good, one), encoding="utf-8")
        try:
            self.build(one.tests)
            return not all(self.passes(name) for name in one.tests)
        finally:
            path.write_text(good, encoding="utf-8")


class PythonTests:
    """The package as it is installed, with our files in place of its own."""

    def __init__(self) -> None:
        import st_oauth

        shutil.rmtree(PACKAGE, ignore_errors=True)
        shutil.copytree(Path(st_oauth.__file__).parent, PACKAGE / "st_oauth")
        for file in (ROOT / "python" / "st_oauth").glob("*.py"):
            shutil.copy(file, PACKAGE / "st_oauth")

    def passes(self, tests: Sequence[str]) -> bool:
        command = [
            sys.executable,
            "-B",
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            *tests,
        ]
        return run(command, ROOT / "tests", PYTHONPATH=str(PACKAGE), STO_TEST_REPORT="")[0]

    def kills(self, one: Mutation) -> bool:
        path = PACKAGE / Path(one.file).relative_to("python")
        good = path.read_text(encoding="utf-8")
        path.write_text(mutated(good, one), encoding="utf-8")
        try:
            compile(path.read_text(encoding="utf-8"), str(path), "exec")
            return not self.passes(one.tests)
        except SyntaxError as error:
            raise MutationError(f"does not compile: {error}") from error
        finally:
            path.write_text(good, encoding="utf-8")


def baseline(c: CTests, python: PythonTests, mutations: Sequence[Mutation]) -> None:
    """Every named test passes while nothing is broken."""
    names = sorted({name for one in mutations if not one.is_python for name in one.tests})
    if names:
        c.build(names)
    for name in names:
        if not c.passes(name):
            raise MutationError(f"{name} fails with nothing broken")
    tests = sorted({name for one in mutations if one.is_python for name in one.tests})
    if tests and not python.passes(tests):
        raise MutationError("the named Python tests fail with nothing broken")


def check_texts(mutations: Sequence[Mutation]) -> list[str]:
    """Every line that does not fit its file, before anything is built."""
    wrong = []
    for one in mutations:
        path = ROOT / one.file
        try:
            mutated(path.read_text(encoding="utf-8") if path.is_file() else "", one)
        except MutationError as error:
            wrong.append(str(error))
    return wrong


def break_all(mutations: Sequence[Mutation]) -> tuple[list[str], list[str], int]:
    """Every mutation in turn: what survived, what was in error, and how many were killed."""
    c, python = CTests(), PythonTests()
    baseline(c, python, mutations)
    survived, wrong, killed = [], [], 0
    for one in mutations:
        try:
            noticed = python.kills(one) if one.is_python else c.kills(one)
        except MutationError as error:
            wrong.append(f"{one.name}: {error}")
            continue
        killed += noticed
        if not noticed:
            survived.append(one.name)
            print(f"survived: {one.name}", flush=True)
    return survived, wrong, killed


def main() -> int:
    started = time.monotonic()
    mutations = [
        one
        for one in read_list(LIST)
        if not sys.argv[1:] or any(part in one.file for part in sys.argv[1:])
    ]
    wrong = check_texts(mutations)
    survived: list[str] = []
    killed = 0
    if not wrong:
        HOME.mkdir(parents=True, exist_ok=True)
        survived, wrong, killed = break_all(mutations)
    for line in wrong:
        print(f"error: {line}")
    seconds = time.monotonic() - started
    print(f"mutate: {killed} killed, {len(survived)} survived in {seconds:.0f} s")
    return 1 if survived or wrong or not killed else 0


if __name__ == "__main__":
    sys.exit(main())
