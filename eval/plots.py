"""Draws reliability, confusion, learning curve and growth of the recorded runs into eval/plots/.

Usage: python eval/plots.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

plt.switch_backend("svg")
plt.rcParams["svg.hashsalt"] = "fitcheck"  # the same run is the same picture
EVAL = Path(__file__).parent
INK, PALE = "#1f4e79", "#9dc3e6"


def main() -> None:
    """Draw every recorded run, the learning curve, and how time and memory grow."""
    (EVAL / "plots").mkdir(exist_ok=True)
    for path in sorted((EVAL / "runs").glob("baseline-*.json")):
        draw_run(json.loads(path.read_text(encoding="utf-8")), path.stem)
    steps = json.loads((EVAL / "runs" / "steps.json").read_text(encoding="utf-8"))
    draw_learning_curve(steps["learning_curve"])
    growth = EVAL / "bench" / "recorded" / "growth.json"
    draw_growth(json.loads(growth.read_text(encoding="utf-8")))


def draw_run(run: dict[str, Any], name: str) -> None:
    """Draw how p_not_fit compares with what was so, and which labels are mixed up."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
    bins = run["reliability_p_not_fit"]
    left.plot([0, 1], [0, 1], color="gray", linewidth=1, linestyle="--")
    said, seen = [b[0] for b in bins], [b[1] for b in bins]
    left.plot(said, seen, "o-", color=INK)
    for x, y, n in bins:
        left.annotate(f"n={n}", (x, y), textcoords="offset points", xytext=(4, -10), fontsize=7)
    left.set(xlabel="p_not_fit", ylabel="share not_fit", title="Reliability", ylim=(0, 1))
    rows = list(run["confusion"]["rows"].items())
    labels = run["confusion"]["labels"]
    right.imshow([[n / max(1, sum(row)) for n in row] for _, row in rows], cmap="Blues", vmax=1)
    right.set_xticks(range(len(labels)), labels)
    right.set_yticks(range(len(rows)), [label for label, _ in rows])
    for i, (_, row) in enumerate(rows):
        for j, n in enumerate(row):
            dark = n / max(1, sum(row)) > 0.5
            right.text(j, i, str(n), ha="center", va="center", color="white" if dark else "black")
    right.set(xlabel="predicted", ylabel="gold", title="Answers by label")
    save(figure, name)


def draw_learning_curve(points: list[dict[str, Any]]) -> None:
    """Draw macro-F1 over the number of answers learned from."""
    figure, axes = plt.subplots(figsize=(6, 4))
    names = [name for name in points[0] if name != "answers"]
    for name, color, mark in zip(names, (PALE, INK), "so", strict=False):
        values = [point[name]["macro_f1"] for point in points]
        axes.plot([p["answers"] for p in points], values, f"{mark}-", color=color, label=name)
    axes.set(xlabel="invented answers learned from", ylabel="macro-F1", title="Learning curve")
    axes.set(xscale="log", ylim=(0, 1))
    axes.legend(loc="lower right")
    save(figure, "learning-curve")


def draw_growth(record: dict[str, Any]) -> None:
    """Draw CPU time and memory of every path over the number of rows, with slopes at the end."""
    figure, panels = plt.subplots(1, 2, figsize=(12, 5))
    measured = [case for case in record["cases"] if "left_out" not in case]
    for axes, key, title in zip(panels, ("cpu_s", "peak_mb"), ("CPU s", "MB"), strict=True):
        for path in dict.fromkeys(case["case"] for case in measured):
            points = [(c["rows"], c[key]) for c in measured if c["case"] == path]
            slope = record["slopes"].get(path, {}).get(key)
            axes.plot(*zip(*points, strict=True), "o-", markersize=3, label=f"{path}: {slope}")
        axes.set(xscale="log", yscale="log", xlabel="rows", ylabel=title)
        axes.legend(title="slope of the last decade", fontsize=7, title_fontsize=7)
        axes.grid(which="major", color="lightgray", linewidth=0.5)
    panels[0].set_title("Time of the processor")
    panels[1].set_title("Most memory of all processes")
    save(figure, "growth")


def save(figure: Any, name: str) -> None:
    """Write a picture without a date."""
    figure.tight_layout()
    figure.savefig(EVAL / "plots" / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
