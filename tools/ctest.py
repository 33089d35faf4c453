"""Runs the C tests of one build folder and counts their facts.

tools/ctest.py FOLDER [WORD...]    only the tests that have one of the words in their names
"""

import subprocess
import sys
from pathlib import Path

from taps import Outcome, read_log

MESON = str(Path(sys.executable).parent / "meson")


def list_tests(folder: Path) -> list[str]:
    """The names of the tests, as `layer/name`."""
    listed = subprocess.run(
        [MESON, "test", "-C", str(folder), "--list", "--no-rebuild"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    lines = (line.strip() for line in listed.stdout.splitlines())
    return [line.rsplit(":", 1)[-1].split(" / ")[-1].strip() for line in lines if "/" in line]


def run_folder(folder: Path, names: list[str] | None = None) -> list[Outcome]:
    """Run the tests, all or those named; a run that ends badly has at least one failure."""
    log = folder / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    command = [MESON, "test", "-C", str(folder), "--no-rebuild", "--timeout-multiplier", "6"]
    meson = subprocess.run(
        [*command, *(names or [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if not log.exists():
        return [Outcome("c", "failed", f"meson test gave no log:\n{meson.stdout[-2000:]}")]
    outcomes = read_log(log)
    wanted = len(names if names is not None else list_tests(folder))
    told = len(log.read_text(encoding="utf-8", errors="replace").splitlines())
    quiet = all(outcome.result == "passed" for outcome in outcomes)
    if told != wanted or (meson.returncode != 0 and quiet):
        outcomes.append(Outcome("c", "failed", f"meson test:\n{meson.stdout[-2000:]}"))
    return outcomes


def main() -> int:
    folder, words = Path(sys.argv[1]), sys.argv[2:]
    names = [one for one in list_tests(folder) if not words or any(word in one for word in words)]
    if not names:
        print(f"{folder}: no test is named after {' '.join(words)}", file=sys.stderr)
        return 1
    outcomes = run_folder(folder, names if words else None)
    failed = [one for one in outcomes if one.result == "failed"]
    for one in failed:
        print(f"\n--- {one.id}\n{one.detail}")
    passed = sum(one.result == "passed" for one in outcomes)
    skipped = sum(one.result == "skipped" for one in outcomes)
    print(f"{folder}: {passed} passed, {len(failed)} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
