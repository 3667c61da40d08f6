"""Circuit to Brian2 to spikes: compiled once, run in blocks. The only part that imports Brian2."""

from mirror_sim.engine.simulate import Block, BlockResult, Engine, State, plan_blocks, run_blocks

__all__ = ["Block", "BlockResult", "Engine", "State", "plan_blocks", "run_blocks"]
