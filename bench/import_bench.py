"""What `import st_oauth` costs after `import streamlit`: CPU time and resident memory, each in a new process."""

import json
import statistics
import subprocess
import sys

ROUNDS = 11
NATIVE = "import authlib.integrations.starlette_client, httpx"
"""What Streamlit's own sign-in loads when it is configured."""
CHILD = """
import os, time
import streamlit

def resident():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith(("Private_Dirty:", "Private_Clean:")))

before, started = resident(), time.process_time()
{what}
print(time.process_time() - started, resident() - before)
"""


def one_import(what: str = "import st_oauth") -> tuple[float, float]:
    """Milliseconds and MiB of one import."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD.replace("{what}", what)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, kib = done.stdout.split()[-2:]
    return float(seconds) * 1e3, float(kib) / 1024


def row(name: str, value: float, unit: str, goal: float | None, scale: bool) -> dict[str, object]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "goal": goal,
        "better": "lower",
        "scale": scale,
        "note": f"median of {ROUNDS} processes",
    }


def main() -> None:
    one_import()  # fills the page cache
    times, sizes = zip(*(one_import() for _ in range(ROUNDS)), strict=True)
    native_times, native_sizes = zip(*(one_import(NATIVE) for _ in range(ROUNDS)), strict=True)
    rows = [
        row("import st_oauth after streamlit, time", statistics.median(times), "ms", 7, True),
        row("import st_oauth after streamlit, memory", statistics.median(sizes), "MiB", 1.5, False),
        row("import of native sign-in, time", statistics.median(native_times), "ms", None, False),
        row(
            "import of native sign-in, memory", statistics.median(native_sizes), "MiB", None, False
        ),
    ]
    json.dump(rows, sys.stdout)


if __name__ == "__main__":
    main()
