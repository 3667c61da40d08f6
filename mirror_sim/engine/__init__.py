"""Circuit to Brian2 to spikes: compiled once, run in blocks. The only part that imports Brian2."""

from mirror_sim.engine.blocks import Block, BlockResult, State, plan_blocks
from mirror_sim.engine.health import self_test
from mirror_sim.engine.live import live_network, subgroup
from mirror_sim.engine.runs import run_blocks
from mirror_sim.engine.simulate import Engine

__all__ = [
    "Block",
    "BlockResult",
    "Engine",
    "State",
    "live_network",
    "plan_blocks",
    "run_blocks",
    "self_test",
    "subgroup",
]
