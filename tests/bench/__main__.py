"""The bench: `make bench`, or `python -m tests.bench [PART ...] [--mails N] [--many N] [--json] [--folder F]`.

The material is made up, the same on every run, and kept in the folder (./bench-data) for the next one. Exit status 1
where a target was missed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from tests.bench.measures import PARTS, Bench, Figure

MAILS, MANY = 20_000, 100_000


def main() -> int:
    """Measure what was asked for and print it."""
    options = argparse.ArgumentParser(
        prog="python -m tests.bench", description="How fast and how small, as ratios within one run."
    )
    options.add_argument("parts", nargs="*", metavar="PART", help=f"which measures: {', '.join(PARTS)}; none: all")
    options.add_argument("--mails", type=int, default=MAILS, help="mails in the mailbox")
    options.add_argument("--many", type=int, help="mails for the memory figure; five times as many where left out")
    options.add_argument("--folder", type=Path, default=Path("bench-data"), help="where the material lies")
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    asked = options.parse_args()
    if unknown := set(asked.parts) - PARTS.keys():
        options.error(f"no such part: {', '.join(sorted(unknown))}")
    asked.folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(asked.folder.resolve(), asked.mails, asked.many or asked.mails * (MANY // MAILS))
    good = True
    try:
        for name in asked.parts or PARTS:
            for figure in PARTS[name](bench):
                good = good and figure.good
                _show(figure, asked.json)
    finally:
        for left in asked.folder.glob("turns-*"):
            shutil.rmtree(left)
    return 0 if good else 1


def _show(figure: Figure, as_json: bool) -> None:
    if as_json:
        row = {"part": figure.part, "what": figure.what.strip(), "value": round(figure.value, 4), "unit": figure.unit}
        print(json.dumps({**row, "target": figure.target, "good": figure.good}), flush=True)
        return
    target = (
        ""
        if figure.target is None
        else f"{'ok' if figure.good else 'MISSED'} (at most {figure.target:g} {figure.unit})"
    )
    print(f"  {figure.what:<44}{figure.value:>11,.3f} {figure.unit:<3} {target}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
