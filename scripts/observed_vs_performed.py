#!/usr/bin/env python3
"""Grow virtual monkeys and compare actions performed with actions observed.

Writes the figure (PNG, SVG), the tables (CSV) and the session (NWB). One Subject, the default, is
an example with the controls that need no growth; ``--subjects 10`` makes the published figure.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Parse the options, run, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="of the first Subject (default: 1)")
    parser.add_argument("--subjects", type=int, default=1, help="how many (default: 1)")
    parser.add_argument("--trials", type=int, default=10, help="of each kind (default: 10)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)"
    )
    parser.add_argument("--quick", action="store_true", help="the whole path in small, no result")
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder to write to")
    options = parser.parse_args()

    import matplotlib as mpl

    mpl.use("Agg")
    from mirror_sim.report import observed_vs_performed

    try:
        observed_vs_performed(
            seed=options.seed,
            n_subjects=options.subjects,
            n_trials=options.trials,
            jobs=options.jobs,
            quick=options.quick,
            out=options.out,
        )
    except (ValueError, OSError) as error:
        print(f"observed_vs_performed: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
