"""What kills, damaged files and wrong uses do: how often each was tried, and how often it held.

    python scripts/reliability --out docs

Writes ``reliability.csv``, a row for each kind of disturbance, and ``reliability.md``, a page of
it; a part that is not run keeps its rows. All of it takes half an hour on two cores. The status is
1 if something did not hold.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd
from corruptions import corruptions
from kills import kills
from wrong_uses import wrong_uses

from mirror_sim.base.errors import require_counts
from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.compare.outputs import write_table

# Each takes a seed and how many times, and yields a row a time: "what" was disturbed, "how", and
# what was "wrong" after; empty if nothing was.
PARTS = {"kills": kills, "corruptions": corruptions, "wrong-uses": wrong_uses}
TIMES = {"kills": 100, "corruptions": 60, "wrong-uses": None}


TITLES = {"kills": "Kills", "corruptions": "Damaged files", "wrong-uses": "Wrong uses"}
PAGE = """
# What was tried, and what held

`python scripts/reliability --out docs` makes this page and `reliability.csv`; tests run samples.

- **Kills.** A sweep of two Subjects runs, and one of its processes is killed at a random moment.
  The sweep is then started again. It holds if the rows are those of a sweep that nobody disturbed,
  no finished block was made twice, every process ended within 15 s, and nothing is left in the
  cache or the folder of temporary files.
- **Damaged files.** A file of the cache is damaged, and what needs it is run again. It holds if
  the results are the same, as the file was made anew, or if one sentence names the file and what
  to do.
- **Wrong uses.** Functions, commands and scripts get one wrong argument. It holds if they are
  refused before any simulation, with one sentence that names the argument and the value.
"""


def summary(part: str, seed: int, times: int | None) -> pd.DataFrame:
    """Run a part and return how often each kind of disturbance was tried, and held."""
    rows = []
    for row in PARTS[part](seed, times):
        rows.append(row)
        if row["wrong"] or TIMES[part]:  # of thousands, those that did not hold
            said = f"{row['what']}, {row['how']}: {row['wrong'] or 'held'}"
            print(f"{part} {len(rows)}: {said}", flush=True)
    table = pd.DataFrame(rows)
    grouped = table.groupby(["what", "how"], sort=False)["wrong"]
    counts = grouped.agg(
        times="size",
        held=lambda wrong: int((wrong == "").sum()),
        note=lambda wrong: next((text for text in wrong if text), ""),
    )
    return counts.reset_index().assign(part=part)


def page(table: pd.DataFrame) -> str:
    """Return the table as a page of the documentation."""
    lines = [PAGE.strip()]
    for part, own in table.groupby("part", sort=False):
        held = f"{own['held'].sum()} of {own['times'].sum()} held"
        lines += [
            f"\n## {TITLES[part]}: {held}\n",
            "| what | how | times | held |",
            "|---|---|---|---|",
        ]
        lines += [f"| {r.what} | {r.how} | {r.times} | {r.held} |" for r in own.itertuples()]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the parts that are asked for and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--times", type=int, help="of each part (default: as in the table)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default: 1)")
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder to write to")
    options = parser.parse_args()
    require_counts(times=options.times)
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"unknown part {part!r}; valid: {', '.join(PARTS)}")
    path = check_writable(options.out) / "reliability.csv"
    columns = ["part", "what", "how", "times", "held", "note"]
    before = pd.read_csv(path, keep_default_na=False) if path.exists() else pd.DataFrame()
    parts = dict(iter(before.groupby("part"))) if len(before) else {}
    for part in options.parts or PARTS:
        parts[part] = summary(part, options.seed, options.times or TIMES[part])
        table = pd.concat([parts[name] for name in PARTS if name in parts])[columns]
        write_table(table, path)
        with atomic_path(path.with_suffix(".md")) as temporary:
            temporary.write_text(page(table), encoding="utf-8")
    return 0 if (table["times"] == table["held"]).all() else 1


if __name__ == "__main__":
    sys.exit(main())
