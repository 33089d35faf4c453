"""What a benchmark prints."""

from typing import Any


def row(
    name: str, value: float, unit: str, note: str, goal: float | None = None, scale: bool = True
) -> dict[str, Any]:
    """One row of the array. `scale`: the goal is a time, which the machine's speed moves."""
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "goal": goal,
        "better": "lower",
        "scale": scale and goal is not None,
        "note": note,
    }
