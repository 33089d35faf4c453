"""make bench: every benchmark in one run, against its goals.

A benchmark is a program build/bench/bench/*_bench or a script bench/*.py. It writes one JSON array to stdout:
    [{"name": str, "value": number, "unit": str, "goal": number | null, "better": "lower" | "higher",
      "scale": bool, "note": str}, ...]
"scale": the goal is a time from the machine where `openssl speed` verifies RSA-2048 in 13.0 us; on a slower one it
grows (or shrinks, where higher is better) in proportion. The benchmarks find what `openssl speed` says here, in
microseconds of one verification, in STO_SPEED_RSA2048, STO_SPEED_ECDSAP256 and STO_SPEED_ED25519.
"""

import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
REFERENCE_US = 13.0
SPEED = {"rsa2048": r"\+F2:\d+:2048:", "ecdsap256": r"\+F4:\d+:256:", "ed25519": r"\+F6:\d+:253:"}
FIELDS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "value": (int, float),
    "unit": str,
    "better": str,
}


def openssl_speed(name: str) -> float:
    """Microseconds of one verification, as `openssl speed` measures it here."""
    done = subprocess.run(
        ["openssl", "speed", "-mr", "-seconds", "1", name],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    for line in done.stdout.splitlines():
        if re.match(SPEED[name], line):
            return 1e6 / float(line.rsplit(":", 1)[1])  # verifications a second
    raise RuntimeError(f"openssl speed {name} said nothing that is understood:\n{done.stdout}")


def build() -> bool:
    """Configure and build the benchmarks as a release."""
    command = [str(ROOT / "tools" / "ctest-build"), "build/bench", "-Dbenchmarks=true"]
    command += ["--buildtype=release", "-Db_ndebug=if-release"]
    return subprocess.run(command, check=False).returncode == 0


def programs() -> list[list[str]]:
    """The commands of all benchmarks."""
    built = sorted(path for path in (BUILD / "bench").glob("*_bench") if path.is_file())
    scripts = sorted((ROOT / "bench").glob("*.py"))
    return [[str(path)] for path in built] + [[sys.executable, str(path)] for path in scripts]


def check(rows: Any) -> list[dict[str, Any]]:
    """The rows, where they are what the head of this file says."""
    for row in rows:
        for field, kind in FIELDS.items():
            if not isinstance(row.get(field), kind):
                raise TypeError(f"{field} in {row}")
        if row["better"] not in ("lower", "higher"):
            raise ValueError(f"better in {row}")
    return list(rows)


def measure(command: list[str], env: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of one benchmark; one that fails is a missed goal."""
    name = Path(command[-1]).name
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)
    try:
        if done.returncode != 0:
            raise RuntimeError(f"ended with {done.returncode}")
        return check(json.loads(done.stdout))
    except (RuntimeError, TypeError, ValueError) as error:
        print(f"bench: {name}: {error}", file=sys.stderr)
        return [{"name": f"{name} failed", "value": 0, "unit": "", "goal": 1, "better": "higher"}]


def judge(row: dict[str, Any], factor: float) -> dict[str, Any]:
    """The row with its goal for this machine and whether it is met."""
    goal = row.get("goal")
    if goal is None:
        return row | {"goal": None, "met": None}
    if row.get("scale"):
        goal = goal * factor if row["better"] == "lower" else goal / factor
    met = row["value"] <= goal if row["better"] == "lower" else row["value"] >= goal
    return row | {"goal": goal, "met": met}


def number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(rows: list[dict[str, Any]], speed: dict[str, float], factor: float) -> str:
    """docs/performance.md."""
    python = platform.python_version()
    lines = [
        "# Performance",
        "",
        "<!-- Made by make bench. -->",
        "",
        f"Measured by `make bench` in one run, {platform.machine()}, Python {python}. There `openssl speed`",
        f"verifies RSA-2048 in {speed['rsa2048']:.1f} us, ECDSA P-256 in {speed['ecdsap256']:.1f} us",
        f"and Ed25519 in {speed['ed25519']:.1f} us. Goals marked * were set where RSA-2048 takes",
        f"{REFERENCE_US} us and are taken times {factor:.2f} here.",
        "",
        "| what | value | goal | met | note |",
        "| --- | ---: | ---: | --- | --- |",
    ]
    for row in rows:
        sign = "≤" if row["better"] == "lower" else "≥"
        star = "*" if row.get("scale") else ""
        goal = "" if row["goal"] is None else f"{sign} {number(row['goal'])} {row['unit']}{star}"
        met = {True: "yes", False: "**no**", None: ""}[row["met"]]
        cells = [
            row["name"],
            f"{number(row['value'])} {row['unit']}",
            goal,
            met,
            row.get("note") or "",
        ]
        lines.append(
            "| " + " | ".join(str(cell).strip().replace("|", "\\|") for cell in cells) + " |"
        )
    return "\n".join(lines) + "\n"


BARS = {
    "verify": (
        "One ID token verified: signature, JSON and claims (us)",
        [
            (f"{name}, {alg}", f"{prefix}/{alg}")
            for alg in ("RS256", "ES256", "EdDSA")
            for name, prefix in (
                ("st_oauth", "jose/whole"),
                ("Authlib", "peers/Authlib"),
                ("joserfc", "peers/joserfc"),
                ("PyJWT", "peers/PyJWT"),
                ("node jose", "peers/node-jose"),
            )
        ],
    ),
    "rerun": (
        "What a signed-in rerun pays (us)",
        [
            ("st_oauth's user.logged_in()", "rerun, user.logged_in()"),
            ("st_oauth(), a block", "rerun, st_oauth() of a block"),
            ("st_oauth(), a dict", "rerun, st_oauth() of a dict"),
            ("a verification at each rerun, Authlib", "peers/Authlib/RS256"),
            ("a verification at each rerun, PyJWT", "peers/PyJWT/RS256"),
        ],
    ),
    "sign_in": (
        "A whole sign-in, CPU of the app (us)",
        [
            ("st_oauth", "native sign-in, warm: CPU"),
            ("Streamlit's own sign-in", "native sign-in, Streamlit's own: CPU"),
        ],
    ),
    "cookie": (
        "What every request of a signed-in visitor carries (bytes)",
        [
            ("st_oauth", "session cookie, name and value"),
            ("Streamlit's own sign-in", "Streamlit's own cookies, name and value"),
        ],
    ),
    "identity": (
        "From a cookie to an identity, in Python (us)",
        [
            ("st_oauth, sealed cookie", "identify in Python, sealed cookie"),
            ("st_oauth, LMDB", "identify in Python, LMDB"),
            ("Streamlit's own sign-in", "identify in Python, Streamlit's own"),
        ],
    ),
    "import": (
        "Import after Streamlit (ms)",
        [
            ("st_oauth", "import st_oauth after streamlit, time"),
            ("Streamlit's own sign-in", "import of native sign-in, time"),
        ],
    ),
}
"""The plots: title, and label and row of each bar; ours are those of st_oauth."""


def plot(rows: list[dict[str, Any]]) -> list[str]:
    """docs/plots/*.svg out of the rows; the names of the plots."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "st_oauth", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot

    values = {row["name"]: row["value"] for row in rows}
    folder = ROOT / "docs" / "plots"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (title, wanted) in BARS.items():
        bars = [(label, values[row]) for label, row in wanted if row in values]
        figure, axes = pyplot.subplots(figsize=(7, 0.6 + 0.28 * len(bars)), layout="constrained")
        colors = ["#3b46c8" if label.startswith("st_oauth") else "#9aa0ad" for label, _ in bars]
        drawn = axes.barh([label for label, _ in bars], [value for _, value in bars], color=colors)
        axes.bar_label(drawn, [number(value) for _, value in bars], padding=3)
        axes.invert_yaxis()
        axes.set_title(title, loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.12)
        figure.savefig(
            folder / f"{name}.svg", metadata={"Date": None, "Creator": None}, facecolor="white"
        )
        pyplot.close(figure)
    return list(BARS)


def main() -> int:
    os.chdir(ROOT)
    if not build():
        return 1
    commands = programs()
    if not commands:
        print("bench: there is no benchmark", file=sys.stderr)
        return 1
    before = {name: openssl_speed(name) for name in SPEED}
    env = os.environ | {f"STO_SPEED_{name.upper()}": f"{us:.3f}" for name, us in before.items()}
    rows: list[dict[str, Any]] = []
    for command in commands:
        print(f"bench: {Path(command[-1]).name}", flush=True)
        rows += measure(command, env)
    after = openssl_speed("rsa2048")
    factor = max(1.0, statistics.mean([before["rsa2048"], after]) / REFERENCE_US)
    judged = [judge(row, factor) for row in rows]
    result = {"openssl_us": before, "rsa2048_after_us": after, "factor": factor, "rows": judged}
    (ROOT / "build" / "bench.json").write_text(
        json.dumps(result, indent=1) + "\n", encoding="utf-8"
    )
    plots = plot(judged)
    text = table(judged, before, factor)
    text += "".join(f"\n![{BARS[name][0]}](plots/{name}.svg)\n" for name in plots)
    (ROOT / "docs" / "performance.md").write_text(text, encoding="utf-8")
    print(text)
    missed = [row["name"] for row in judged if row["met"] is False]
    print(
        f"bench: {len(judged)} values, {len(missed)} goals missed{': ' if missed else ''}{', '.join(missed)}"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
