"""What input cells make of a scene: senses by name, those of the package and a user's own."""

from mirror_sim.senses import body, hand, objects, signals, task

__all__ = ["body", "hand", "objects", "signals", "task"]
