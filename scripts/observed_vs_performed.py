#!/usr/bin/env python3
"""Grow virtual monkeys and compare actions performed with actions observed.

The same as ``mirror-sim run observed_vs_performed``, with the same options. Writes the figure (PNG,
SVG), the tables (CSV) and the session (NWB). One Subject, the default, is an example with the
controls that need no growth; ``--subjects 10`` makes the published figure.
"""

import sys

from mirror_sim.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["run", "observed_vs_performed", *sys.argv[1:]]))
