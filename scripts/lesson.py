"""Teach a grown Subject, kill part of its motor cortex, teach it again, and compare.

`Subject.learn` takes a curriculum or the trials of a protocol from any Subject on; what is cut or
dead stays so. Here the lesson is one grasp, done in the light 24 times. Then 40 % of the output
cells of F5 die, for drive, learning and homeostasis alike, and the lesion is followed by the same
lesson again. Printed are the mean weight from PFG onto the cells that are alive, and their rate in
the dark grasp. The circuit has a fifth of the cells.
"""

import argparse

import numpy as np

import mirror_sim as ms

ACTION, SHARE = "grasp-precision", 0.4


def grasps(name, condition, n_trials, seed):
    """Return a protocol of one grasp, done again and again."""
    rng = np.random.default_rng([seed, n_trials])
    trials = tuple(ms.make_trial(condition, ACTION, rng=rng) for _ in range(n_trials))
    return ms.Protocol(name=name, trials=trials)


def shown(monkey, seed):
    """Return the mean weight (nS) and rate (spikes/s) of F5's living output cells."""
    part = monkey.engine.wiring.cells["F5.PTN"]
    alive = np.flatnonzero(~monkey.silence.dead[part])
    onto = monkey.engine.wiring.synapses["covariance_cells"].j - part.start
    weight_nS = monkey.run_state["covariance_cells.w"][np.isin(onto, alive)].mean() * 1e9
    session = monkey.run(grasps("test", "execute-dark", 8, seed))
    session = session.select(units="population == 'F5.PTN'").select(units=alive)
    onset_s, release_s = session.event_times("movement_onset"), session.event_times("release")
    return weight_nS, (session.counts(onset_s, release_s) / (release_s - onset_s)[:, None]).mean()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    seed = parser.parse_args().seed
    plan = ms.Curriculum(max_actions=24)
    grown = ms.Subject.grow(ms.macaque().scaled(0.2), seed=seed, curriculum=plan)
    lesson = grasps("lesson", "execute-light", 24, seed)
    taught = grown.learn(lesson)
    lesioned = taught.lesioned("F5.PTN", SHARE)
    for monkey in (grown, taught, lesioned, lesioned.learn(lesson)):
        print("{}: {:.2f} nS, {:.1f} spikes/s".format(monkey.kind, *shown(monkey, seed)))
