"""Reads what the C tests said: facts, not programs, out of Meson's testlog.json."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

FACT = re.compile(r"^\s*(?P<no>not )?ok\b[ \t]*(?P<number>\d+)?[ \t]*(?:-[ \t]*)?(?P<rest>.*)$")
PLAN = re.compile(r"^\s*1\.\.(?P<count>\d+)\s*(?:#\s*skip\b(?P<reason>.*))?$", re.IGNORECASE)
SKIP = re.compile(r"#\s*skip\S*\s*(?P<reason>.*)$", re.IGNORECASE)
GOOD = {"OK", "SKIP", "EXPECTEDFAIL"}


@dataclass(frozen=True)
class Outcome:
    """One test and how it ended: "passed", "failed" or "skipped"."""

    id: str
    result: str
    detail: str = ""


def read_fact(program: str, line: str) -> Outcome | None:
    """The outcome that one line of TAP tells, or None where it tells none."""
    match = FACT.match(line)
    if not match:
        return None
    rest, skip = match["rest"].strip(), SKIP.search(match["rest"])
    name = rest[: skip.start()].strip() if skip else rest
    if skip and not name:  # cmocka writes "not ok 3 # SKIP the_name"
        name = skip["reason"].strip()
    test = f"{program}::{name or match['number']}"
    if skip:  # before "not ok": cmocka 1.1.5 says both of a test that it skipped
        return Outcome(test, "skipped", skip["reason"].strip())
    if match["no"]:
        return Outcome(test, "failed")
    return Outcome(test, "passed")


def read_program(
    name: str, result: str, stdout: str, stderr: str = "", code: int | None = None
) -> list[Outcome]:
    """All the facts of one program. One that ended badly has at least one that failed.

    Meson takes the "not ok 3 # SKIP" of cmocka 1.1.5 for a failure; the program's own code, 0, tells.
    """
    program = name.rsplit(":", 1)[-1].strip()
    lines = stdout.splitlines()
    plans = [plan for plan in map(PLAN.match, lines) if plan]
    facts = [fact for fact in (read_fact(program, line) for line in lines) if fact]
    planned = sum(int(plan["count"]) for plan in plans)
    complaint = "\n".join([*lines[-15:], *stderr.splitlines()[-40:]])
    if not plans and not facts:  # a program that speaks no TAP is one fact
        kind = {"OK": "passed", "EXPECTEDFAIL": "passed", "SKIP": "skipped"}.get(result, "failed")
        return [Outcome(program, kind, complaint if kind == "failed" else "the whole program")]
    if planned == 0 and not facts:
        return [Outcome(program, "skipped", (plans[0]["reason"] or "").strip())]
    if planned != len(facts):
        facts.append(
            Outcome(program, "failed", f"{len(facts)} of {planned} facts were told\n{complaint}")
        )
    elif result == "FAIL" and code == 0 and any(fact.result == "skipped" for fact in facts):
        pass
    elif result not in GOOD and all(fact.result != "failed" for fact in facts):
        facts.append(Outcome(program, "failed", f"ended with {result}\n{complaint}"))
    return [
        Outcome(fact.id, fact.result, fact.detail or complaint) if fact.result == "failed" else fact
        for fact in facts
    ]


def read_log(path: Path) -> list[Outcome]:
    """All the facts of a testlog.json."""
    outcomes: list[Outcome] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        entry = json.loads(line)
        output = entry.get("stdout") or "", entry.get("stderr") or ""
        outcomes += read_program(entry["name"], entry["result"], *output, entry.get("returncode"))
    return outcomes
