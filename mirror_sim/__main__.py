"""``python -m mirror_sim`` is ``mirror-sim``."""

import sys

from mirror_sim.cli.main import main

sys.exit(main())
