"""make fuzz: every fuzz target for some seconds, two at a time: tools/fuzz.py SECONDS [TARGET...]

Seeds are in fuzz/corpus/<target>, what is found is kept in build/fuzz/found/<target>; a crash stays in
build/fuzz/crashes and fails the run.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "fuzz"
CRASHES = BUILD / "crashes"


@dataclass(frozen=True)
class Run:
    """How one target did."""

    name: str
    code: int
    executions: str
    coverage: str
    features: str
    output: str


def build() -> bool:
    """Configure and build the targets with clang."""
    env = os.environ | {"CC": "clang-14", "CXX": "clang++-14"}
    command = [str(ROOT / "tools" / "ctest-build"), "build/fuzz", "-Dtests=false", "-Dfuzzers=true"]
    command += ["--buildtype=debugoptimized", "-Db_lundef=false"]
    # What is linked into a target is instrumented too, or libFuzzer could not see its branches.
    command += ["-Db_sanitize=address,undefined", "-Dc_args=-fsanitize=fuzzer-no-link"]
    return subprocess.run(command, env=env, check=False).returncode == 0


def targets() -> list[Path]:
    """The programs *_fuzz that fuzz/meson.build makes."""
    shown = subprocess.run(
        [str(Path(sys.executable).parent / "meson"), "introspect", "--targets", str(BUILD)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    fuzz = ROOT / "fuzz"
    return sorted(
        Path(target["filename"][0])
        for target in json.loads(shown.stdout)
        if target["type"] == "executable"
        and target["name"].endswith("_fuzz")
        and fuzz in Path(target["defined_in"]).parents
    )


def seeds_of(name: str) -> Path:
    """The folder of seeds: fuzz/corpus/<name>, with or without the word fuzz in the name."""
    short = re.sub(r"^fuzz_|_fuzz(er)?$", "", name)
    for one in (short, name):
        if (ROOT / "fuzz" / "corpus" / one).is_dir():
            return ROOT / "fuzz" / "corpus" / one
    return ROOT / "fuzz" / "corpus" / short


def last(pattern: str, text: str) -> str:
    found = re.findall(pattern, text)
    return found[-1] if found else "?"


def run(target: Path, seconds: int) -> Run:
    """Run one target from its seeds."""
    name = target.name
    found, seeds = BUILD / "found" / name, seeds_of(name)
    found.mkdir(parents=True, exist_ok=True)
    command = [str(target), str(found), *([str(seeds)] if seeds.is_dir() else [])]
    command += [f"-max_total_time={seconds}", "-print_final_stats=1", "-timeout=20"]
    command += [f"-artifact_prefix={CRASHES}/{name}-", "-rss_limit_mb=3000"]
    env = os.environ | {
        "ASAN_OPTIONS": "abort_on_error=1:detect_leaks=1",
        "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_stacktrace=1",
    }
    symbolizer = shutil.which("llvm-symbolizer-14")
    if symbolizer:
        env.setdefault("ASAN_SYMBOLIZER_PATH", symbolizer)
    done = subprocess.run(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    output = done.stderr.decode("utf-8", "replace")
    return Run(
        name,
        done.returncode,
        last(r"stat::number_of_executed_units:\s*(\d+)", output),
        last(r"\bcov: (\d+)", output),
        last(r"\bft: (\d+)", output),
        output,
    )


def tell(result: Run) -> None:
    state = "ok" if result.code == 0 else f"CRASHED ({result.code})"
    numbers = f"{result.executions:>10} runs  cov {result.coverage:>6}  ft {result.features:>6}"
    print(f"fuzz: {result.name:<24} {numbers}  {state}", flush=True)


def main() -> int:
    os.chdir(ROOT)
    seconds = int(sys.argv[1])
    if not build():
        return 1
    wanted = sys.argv[2:]
    chosen = [one for one in targets() if not wanted or one.name in wanted]
    if not chosen:
        print("fuzz: there is no fuzz target", file=sys.stderr)
        return 1
    CRASHES.mkdir(parents=True, exist_ok=True)
    results: list[Run] = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for result in pool.map(lambda target: run(target, seconds), chosen):
            tell(result)
            results.append(result)
    bad = [one for one in results if one.code != 0 or one.executions in ("?", "0")]
    for one in bad:
        print(f"\n--- {one.name}\n{one.output[-5000:]}", file=sys.stderr)
    print(f"fuzz: {len(results)} targets, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
