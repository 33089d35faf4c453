"""make test: every test in stages, each with its seconds; the last line counts them.

    tools/test.py [STAGE...]      c python tools servers browser hostile

After the stages every log is searched for the secrets that the tests used, and build/results.json names what
passed in each stage. Exits 1 when a test failed, a skip is not in tests/skips.txt, or no test ran at all.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import canary
from ctest import run_folder
from skips import allowed, read_skips
from taps import Outcome

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "tests" / ".work"
PYTEST_STAGES = ["python", "tools", "servers", "browser", "hostile"]
PARALLEL = {"browser": ["-n", "2", "--dist", "loadfile"]}
"""Stages that mostly wait. Each file has servers of its own, which one process starts once."""


def run_c() -> list[Outcome]:
    """Build the C tests and run them."""
    if subprocess.run([ROOT / "tools" / "ctest-build"], check=False).returncode != 0:
        return [Outcome("c", "failed", "the C tests could not be built")]
    return run_folder(ROOT / "build" / "test")


def run_pytest(stage: str) -> list[Outcome]:
    """Run the Python tests of one folder under tests/."""
    folder = ROOT / "tests" / stage
    if not any(folder.rglob("*_test.py")):
        return []
    report = WORK / f"{stage}.jsonl"
    report.unlink(missing_ok=True)
    env = os.environ | {"STO_TEST_REPORT": str(report)}
    args = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        *PARALLEL.get(stage, []),
        str(folder),
    ]
    pytest = subprocess.run(
        args,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    (WORK / f"{stage}.log").write_text(pytest.stdout, encoding="utf-8")
    lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    outcomes = [Outcome(**json.loads(line)) for line in lines]
    if pytest.returncode != 0 and all(outcome.result != "failed" for outcome in outcomes):
        tail = pytest.stdout[-3000:]
        outcomes.append(
            Outcome(f"{stage}/", "failed", f"pytest ended with {pytest.returncode}\n{tail}")
        )
    return outcomes


def stage_of(name: str) -> Callable[[], list[Outcome]]:
    """The function that runs a stage."""
    return run_c if name == "c" else lambda: run_pytest(name)


def judge(outcomes: list[Outcome], skips: dict[str, str]) -> list[Outcome]:
    """A skip that nobody allowed is a failure."""
    return [
        Outcome(one.id, "failed", f"skipped, and tests/skips.txt does not name it: {one.detail}")
        if one.result == "skipped" and not allowed(one.id, skips)
        else one
        for one in outcomes
    ]


def count(outcomes: list[Outcome]) -> str:
    """The closing line."""
    numbers = [
        sum(one.result == kind for one in outcomes) for kind in ("passed", "failed", "skipped")
    ]
    return f"{numbers[0]} passed, {numbers[1]} failed, {numbers[2]} skipped"


def run_stages(names: list[str], skips: dict[str, str]) -> list[Outcome]:
    """Run the stages one after the other and tell of each."""
    everything: list[Outcome] = []
    for name in names:
        started = time.monotonic()
        outcomes = judge(stage_of(name)(), skips)
        seconds = time.monotonic() - started
        told = count(outcomes) if outcomes else "no test here"
        print(f"test: {name:<8} {seconds:6.1f} s   {told}", flush=True)
        everything += outcomes
    return everything


def look_for_secrets() -> list[Outcome]:
    """The last stage: no log of the others holds a secret they used."""
    started = time.monotonic()
    outcomes, told = canary.search(ROOT)
    print(f"test: canary   {time.monotonic() - started:6.1f} s   {told}", flush=True)
    return outcomes


def write_results(names: list[str], outcomes: list[Outcome]) -> None:
    """What passed, by stage; a stage that did not run now keeps what is known of it."""
    path = ROOT / "build" / "results.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in [*names, "canary"]:
        known[name] = []
    for one in outcomes:
        stage = one.id.partition("/")[0] if one.id.partition("/")[0] in PYTEST_STAGES else "c"
        stage = "canary" if one.id.startswith("canary::") else stage
        if one.result == "passed":
            known.setdefault(stage, []).append(one.id)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def tell(outcomes: list[Outcome], skips: dict[str, str]) -> None:
    """Name what failed and what was skipped, with the reasons."""
    for one in outcomes:
        if one.result == "skipped":
            reasons = [why for test, why in skips.items() if allowed(one.id, {test: why})]
            print(f"skipped: {one.id}: {reasons[0]}")
    failed = [one for one in outcomes if one.result == "failed"]
    for one in failed:
        if one.detail:
            print(f"\n--- {one.id}\n{one.detail}")
    if failed:
        print()
    for one in failed:
        print(f"failed: {one.id}")


def main() -> int:
    os.chdir(ROOT)
    WORK.mkdir(parents=True, exist_ok=True)
    names = sys.argv[1:] or ["c", *PYTEST_STAGES]
    unknown = set(names) - {"c", *PYTEST_STAGES}
    if unknown:
        print(f"test: no stage {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    skips = read_skips(ROOT / "tests" / "skips.txt")
    canary.forget()
    outcomes = run_stages(names, skips)
    if {"python", "browser"} & set(names):
        outcomes += look_for_secrets()
    write_results(names, outcomes)
    tell(outcomes, skips)
    print(count(outcomes), flush=True)
    ran = any(one.result == "passed" for one in outcomes)
    return 0 if ran and all(one.result != "failed" for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
