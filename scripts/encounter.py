"""Let two Subjects meet: one acts or rests, the other watches, and each has its own body.

In even turns the first Subject commands a grasp in half of the cases; its muscles decide whether
the hand moves. In odd turns it feels, and the other sees, what was done. The control is a partner
out of time: the other is shown what was done in the encounter's turns in another order. Printed is
by how much more the watcher's PFG fires in turns after its partner moved. The circuit has a
quarter of the cells; one pair is an example.
"""

import argparse
from dataclasses import replace

import numpy as np

import mirror_sim as ms

TURN_S, START = 1.8, {"object_on": 0.0, "movement_onset": 0.4}


def turn(condition, *acts, thing=None, withhold=True):
    """Return the trial of a turn."""
    shown = () if thing is None else (ms.Shown(thing=thing, on_s=0.0),)
    still = (0.0, TURN_S) if withhold else None
    return ms.Trial(
        condition=condition, duration_s=TURN_S, acts=acts, objects=shown, withhold_s=still
    )


def acting(number, last, rng):
    """Choose what the first does; in the next turn it feels, and the second sees, what it did."""
    trial = ms.make_trial(
        "execute-light", "grasp-precision", rng=rng, events_template=START, hold_s=0.5
    )
    if number % 2 == 0 and rng.random() < 0.5:
        return [turn("act", trial.acts[0], thing=trial.action.thing, withhold=False), turn("wait")]
    if number % 2 == 0:
        return [turn("rest"), turn("wait")]
    return [turn("feel", *last[0].felt(0.3)), turn("watch", *last[0].seen(0.3))]


def gain(days, watched):
    """Return F5's rate where the hand was seen to move, minus where not, given both in time."""
    rates = days.table().query("condition == 'watch'")["PFG.E_hz"].to_numpy()
    return rates[watched].mean() - rates[~watched].mean()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    parser.add_argument("--turns", type=int, default=40)
    seed, n_turns = (vars(parser.parse_args())[name] for name in ("seed", "turns"))
    plan, circuit = ms.Curriculum(max_actions=40), ms.macaque().scaled(0.25)
    pair = [ms.Subject.grow(circuit, seed=s, curriculum=plan) for s in (seed, seed + 100)]
    live = ms.meet(pair, turns=n_turns, choose=acting, seed=seed, turn_s=TURN_S)
    seen = [turns[1].trial.acts for turns in live.turns[1::2]]
    moved = np.array([bool(acts) for acts in seen])
    order = np.random.default_rng(seed).permutation(len(seen))

    def shuffled(number, last, rng):
        """As before, but the second sees the turns in another order."""
        first, second = acting(number, last, rng)
        if number % 2 == 0:
            return [first, second]
        return [first, replace(second, acts=seen[order[number // 2]])]

    out_of_time = ms.meet(pair, turns=n_turns, choose=shuffled, seed=seed, turn_s=TURN_S)
    print(f"the first moved in {moved.sum()} of {len(moved)} turns")
    print(f"with a partner in time: {gain(live, moved):+.2f} spikes/s in PFG")
    print(f"with a partner out of time: {gain(out_of_time, moved):+.2f} spikes/s")
