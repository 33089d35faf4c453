"""No log holds a secret (LG-01, LG-02, LG-06, LG-09): searched after all tests.

Tests and their servers register what they use (tests/servers/canaries.py): client secrets and app secrets, codes,
states, nonces, tokens and cookies. Every log of the run is searched for these values, and for what looks
like a token or like the query of a callback, known or not.
"""

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from taps import Outcome

ROOT = Path(__file__).resolve().parent.parent
SHAPES = {
    "a JWT": re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    "credentials": re.compile(r"\b(?:Basic|Bearer) [A-Za-z0-9+/._~-]{12,}"),
    "the query of a callback": re.compile(
        r"[?&](?:code|state|access_token|id_token|code_verifier)=[^&\s\"']{8,}"
    ),
}


def forget() -> None:
    """Before a run: what an earlier one registered and logged."""
    work = ROOT / "tests" / ".work"
    (work / "canaries.jsonl").unlink(missing_ok=True)
    shutil.rmtree(work / "logs", ignore_errors=True)


def read_register(path: Path) -> dict[str, str]:
    """The registered values and what each is."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {entry["value"]: entry["kind"] for entry in map(json.loads, lines)}


def logs_of(root: Path) -> list[Path]:
    """Every log that a run has left."""
    found = sorted((root / "tests" / ".work" / "logs").glob("*.log"))
    meson = root / "build" / "test" / "meson-logs" / "testlog.json"
    return [*found, *([meson] if meson.exists() else [])]


def find(text: str, canaries: Mapping[str, str]) -> Iterable[str]:
    """What a log holds that it must not, by kind; the value itself is not repeated."""
    for value, kind in canaries.items():
        if value in text:
            yield f"a value of kind {kind}, on line {text[: text.index(value)].count(chr(10)) + 1}"
    for name, shape in SHAPES.items():
        hit = shape.search(text)
        if hit:
            yield f"{name}, on line {text[: hit.start()].count(chr(10)) + 1}"


def search(root: Path) -> tuple[list[Outcome], str]:
    """One outcome for each log, and a line that counts."""
    canaries = read_register(root / "tests" / ".work" / "canaries.jsonl")
    logs = logs_of(root)
    outcomes = []
    for log in logs:
        found = list(find(log.read_text(encoding="utf-8", errors="replace"), canaries))
        name = f"canary::{log.name}"
        outcomes.append(Outcome(name, "failed" if found else "passed", "\n".join(found)))
    if not logs or not canaries:
        outcomes.append(Outcome("canary::", "failed", "no secret was used, or nothing was logged"))
    bad = sum(one.result == "failed" for one in outcomes)
    good = not bad
    outcomes.append(
        Outcome("canary::lg_01_no_log_holds_a_secret", "passed" if good else "failed", "see above")
    )
    return outcomes, f"{len(canaries)} secrets in {len(logs)} logs: {bad or 'none'} found"
