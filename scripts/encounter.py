"""Let two Subjects meet: one acts or rests, the other watches, and each has its own body.

In even turns the first Subject commands a grasp in half of the cases; its muscles decide whether
the hand moves. In odd turns it feels, and the other sees, what was done. The control is a partner
out of time: the other is shown what was done in the encounter's turns in another order. Printed is
by how much more the watcher's fast-spiking cells of PFG, which see any hand, fire in turns after
its partner moved. The circuit has a fifth of the cells; one pair is an example.
"""

import argparse
from dataclasses import replace

import numpy as np

import mirror_sim as ms

TURN_S, START = 1.8, {"object_on": 0.0, "movement_onset": 0.4}


def turn(condition, *acts, objects=(), withhold_s=(0.0, TURN_S)):
    """Return the trial of a turn."""
    given = {"acts": acts, "objects": objects, "withhold_s": withhold_s}
    return ms.Trial(condition=condition, duration_s=TURN_S, **given)


def choose(number, last, rng):
    """Choose what the first does; in the next turn it feels, and the second sees, what it did."""
    if number % 2 == 1:
        return [turn("feel", *last[0].felt(0.3)), turn("watch", *last[0].seen(0.3))]
    if rng.random() < 0.5:
        return [turn("rest"), turn("wait")]
    case = ("execute-light", "grasp-precision")
    own = ms.make_trial(*case, rng=rng, events_template=START, hold_s=0.5)
    return [turn("act", *own.acts, objects=own.objects, withhold_s=None), turn("wait")]


def gain(days, moved):
    """Return the rate of PFG.FS in turns after the partner moved, minus that in the others."""
    rates = days.table().query("condition == 'watch'")["PFG.FS_hz"].to_numpy()
    return rates[moved].mean() - rates[~moved].mean()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    seed = parser.parse_args().seed
    plan, circuit = ms.Curriculum(max_actions=24), ms.macaque().scaled(0.2)
    pair = [ms.Subject.grow(circuit, seed=s, curriculum=plan) for s in (seed, seed + 100)]
    given = {"turns": 40, "seed": seed, "turn_s": TURN_S}
    live = ms.meet(pair, choose=choose, **given)
    seen = [turns[1].trial.acts for turns in live.turns[1::2]]
    order = np.random.default_rng(seed).permutation(len(seen))

    def shuffled(number, last, rng):
        """As before, but the second sees the turns in another order."""
        first, second = choose(number, last, rng)
        acts = second.acts if number % 2 == 0 else seen[order[number // 2]]
        return [first, replace(second, acts=acts)]

    moved = np.array([bool(acts) for acts in seen])
    print(f"the first moved in {moved.sum()} of {len(moved)} turns; the other's PFG.FS then fires")
    for kind, chosen in {"in": choose, "out of": shuffled}.items():
        change = gain(ms.meet(pair, choose=chosen, **given), moved)
        print(f"{change:+.2f} spikes/s with a partner {kind} time")
