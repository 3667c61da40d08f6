"""Give a Subject an action of your own, and see which F5 units respond when it is done and seen.

An `Action` is known by its features alone, so nothing else has to be told of a new one: a
`Curriculum` and `make_trial` take it wherever they take the name of one in the repertoire. Two
Subjects of one seed grow, with it and without it; then both do it in the dark and see it done.
One seed is an example: look at several before you believe a difference.
"""

import argparse

import numpy as np

import mirror_sim as ms
from mirror_sim.studies.gallese1996 import gallese_classify

TEAR = ms.Action(
    name="tear-paper",
    general="tearing",
    way="bimanual",
    thing=ms.Thing(name="sheet", size_cm=1.0, elongation=4.0, source="an estimate"),
    aperture_hold_cm=0.8,
    wrist_deg=75.0,
    second_hand_cm=3.0,
    after="manipulate",
    source="own example; the numbers are estimates",
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    seed = parser.parse_args().seed
    rng, conditions = np.random.default_rng(seed), ("execute-dark", "observe")
    trials = tuple(ms.make_trial(name, TEAR, rng=rng) for name in conditions for _ in range(10))
    for label, new in {"never done": (), "done": (TEAR,)}.items():
        plan = ms.Curriculum(actions=("grasp-precision", "place-precision", *new), max_actions=24)
        monkey = ms.Subject.grow(ms.macaque().scaled(0.2), seed=seed, curriculum=plan)
        session = monkey.run(ms.Protocol(name="new action", trials=trials))
        f5 = gallese_classify(session, execution="execute-dark").query("area == 'F5'")
        done, seen = f5["effective_executed"].map(bool), f5["effective_observed"].map(bool)
        found = {"units": len(f5), "done": sum(done), "seen": sum(seen), "both": sum(done & seen)}
        print(f"{label} while growing: F5 units that respond to {TEAR.name}:", found)
