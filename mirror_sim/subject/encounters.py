"""Encounters: Subjects that meet, turn by turn, each with its body in the loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mirror_sim.base import cache
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import require_counts, shown
from mirror_sim.base.files import cache_folder
from mirror_sim.base.signals import ending_in_order
from mirror_sim.base.sources import content
from mirror_sim.engine import Block, BlockResult, Engine, State
from mirror_sim.engine.blocks import WARM_UP_S
from mirror_sim.engine.wiring import stream
from mirror_sim.scene.acts import Act
from mirror_sim.scene.trials import Protocol, Trial
from mirror_sim.session.session import Session
from mirror_sim.subject.body import Body
from mirror_sim.subject.learning import Progress, capped, carried_of, packed_carried
from mirror_sim.subject.recording import session_of
from mirror_sim.subject.subject import Subject, state_key


@dataclass(frozen=True, eq=False)
class Turn:
    """What became of one Subject in one turn.

    Attributes
    ----------
    number : int
        From 0.
    trial : Trial
        What happened, its own acts as commanded.
    done : Act or None
        What its hand did: the act that it commanded, from when and as far as its muscles pulled;
        None if it stayed at rest. Times are seconds from the start of the turn.
    counts : dict of str to int
        Spikes of each population in the turn.
    """

    number: int
    trial: Trial
    done: Act | None
    counts: dict[str, int]

    @checked_arguments()
    def felt(self, onset_s: float) -> tuple[Act, ...]:
        """Return what the Subject sees and feels of what it did, for a trial of the next turn."""
        return () if self.done is None else (replace(self.done, onset_s=onset_s),)

    @checked_arguments()
    def seen(
        self, onset_s: float, *, viewpoint_deg: float = 180.0, actor: str = "other"
    ) -> tuple[Act, ...]:
        """Return what another Subject sees of what this one did, for a trial of the next turn.

        Where several are seen, each needs a name of its own as `actor`, such as ``"other-2"``.
        """
        if self.done is None:
            return ()
        return (replace(self.done, actor=actor, onset_s=onset_s, viewpoint_deg=viewpoint_deg),)


Choose = Callable[[int, tuple[Turn, ...], np.random.Generator], Sequence[Trial]]


@dataclass(frozen=True, eq=False)
class Encounter:
    """What happened when Subjects met.

    Attributes
    ----------
    subjects : tuple of Subject
        As they were afterwards; as before if they did not learn.
    turns : tuple of tuple of Turn
        One tuple a turn, one Turn a Subject.
    """

    subjects: tuple[Subject, ...]
    turns: tuple[tuple[Turn, ...], ...]
    _engines: tuple[Engine, ...]
    _results: tuple[tuple[BlockResult, ...], ...]
    _start_s: float

    def table(self) -> pd.DataFrame:
        """Return one row a turn and Subject.

        Returns
        -------
        DataFrame
            turn, subject (number), condition, action (commanded, "" for none), moved (bool),
            onset_s and extent of what was done (NaN if it stayed at rest), and the mean rate of
            each population, ``<population>_hz``, over the turn.
        """
        rows = []
        for turns in self.turns:
            for number, turn in enumerate(turns):
                acts = [act for act in turn.trial.acts if act.commanded]
                done, duration_s = turn.done, turn.trial.duration_s
                cells = self._engines[number].wiring.cells
                rates = {
                    f"{name}_hz": turn.counts[name] / (part.stop - part.start) / duration_s
                    for name, part in cells.items()
                }
                rows.append(
                    {
                        "turn": turn.number,
                        "subject": number,
                        "condition": turn.trial.condition,
                        "action": acts[0].action.name if acts else "",
                        "moved": done is not None,
                        "onset_s": np.nan if done is None else done.onset_s,
                        "extent": np.nan if done is None else done.extent,
                    }
                    | rates
                )
        return pd.DataFrame(rows)

    @checked_arguments()
    def session(self, number: int) -> Session:
        """Return all turns of one Subject as a Session, one trial a turn."""
        trials = tuple(turns[number].trial for turns in self.turns)
        protocol = Protocol(name="encounter", trials=trials)
        blocks = [Block((trial,), (self._start_s,), 0) for trial in protocol.trials]
        results = [turn[number] for turn in self._results]
        return session_of(
            self.subjects[number], protocol, blocks, results, engine=self._engines[number]
        )


@checked_arguments(seed=(0, 2**63), turn_s=(0.01, 600.0))
def meet(
    subjects: Sequence[Subject],
    *,
    turns: int,
    choose: Choose,
    seed: int,
    turn_s: float = 1.5,
    body: Body | None = None,
    carry: bool = False,
    learning: bool = False,
    progress: Progress | None = None,
) -> Encounter:
    """Let Subjects meet: in each turn every one lives through a short trial.

    What happens in a turn may depend on what was done in the one before. Nobody prescribes what a
    hand does: an own act in a trial is a command, and the body decides by the spikes of the turn
    whether, when and how far the hand moves. `choose` makes of that what each sees and feels next;
    see `Turn.felt` and `Turn.seen`.

    Parameters
    ----------
    subjects : sequence of Subject
        One or several; the same one may be given twice.
    turns : int
    choose : callable
        ``choose(number, last, rng)`` returns one Trial a Subject: `number` of the turn, `last` the
        Turns before (none in turn 0), `rng` a generator seeded by the turn.
    seed : int
        Decides noise and the generators, turn by turn.
    turn_s : float
        Length of a turn, a multiple of 10 ms; trials are at most as long.
    body : Body, optional
        By default ``Body()``; it is the same for all.
    carry : bool
        Whether membrane, conductances, adaptation and noise go on from turn to turn; else each
        turn starts at rest, after half a second to settle.
    learning : bool
        Whether plastic weights change; biases stay. It needs `carry`.
    progress : callable, optional
        Called with (turns done, turns in all).

    Returns
    -------
    Encounter
        The same bits, interrupted and resumed or not: every turn is kept in the cache.

    Raises
    ------
    ValueError
        If there are no Subjects or turns, learning is asked for without `carry`, a circuit has not
        the population that drives the muscles,
        or `choose` returns other than one trial a Subject that fits a turn.

    Examples
    --------
    ::

        def choose(number, last, rng):
            shown = last[0].seen(0.3) if last else ()
            return [ms.Trial(condition="act", duration_s=1.5, acts=...),
                    ms.Trial(condition="watch", duration_s=1.5, acts=shown)]

        days = ms.meet([a, b], turns=20, choose=choose, seed=3)
        print(days.table().groupby("subject")["moved"].mean())
    """
    if not subjects:
        raise ValueError("there are no Subjects to meet")
    require_counts(turns=turns)
    if abs(turn_s * 100 - round(turn_s * 100)) > 1e-6:
        raise ValueError(f"turn_s is {turn_s:g}; it must be a multiple of 0.01")
    if learning and not carry:
        raise ValueError(
            "learning needs carry=True: the traces of learning rules go on from turn to turn"
        )
    body = body or Body()
    start_s = 0.0 if carry else WARM_UP_S
    table = _Table(subjects, body, start_s, turn_s)
    now = [dict(subject.run_state) for subject in subjects]
    carried: list[dict[str, np.ndarray]] = [{} for _ in subjects]
    begun = [
        [engine.key, state_key(state), subject.silence.digest()]
        for engine, state, subject in zip(table.engines, now, subjects, strict=True)
    ]
    chain = cache.digest(begun, content(body), seed, carry, learning)
    done: list[tuple[Turn, ...]] = []
    found: list[tuple[BlockResult, ...]] = []
    with ending_in_order(), ThreadPoolExecutor(len(subjects)) as pool:
        for number in range(turns):
            rng = stream(seed, "choice", str(number))
            last = done[-1] if done else ()
            trials = table.checked(number, choose(number, last, rng), turn_s)
            chain = cache.digest(chain, content(trials))
            work = [
                pool.submit(table.run, k, trial, {**now[k], **carried[k]}, seed, number, chain,
                            carry=carry, learning=learning)
                for k, trial in enumerate(trials)
            ]  # fmt: skip
            stored = [one.result() for one in work]
            results = tuple(table.unpacked(k, one) for k, one in enumerate(stored))
            for k, one in enumerate(stored):
                now[k] |= {n.removeprefix("learned."): a for n, a in one.items() if "learned." in n}
                carried[k] = carried_of(one) if carry else {}
            done.append(tuple(table.turn(k, number, t, results[k]) for k, t in enumerate(trials)))
            found.append(results)
            if progress:
                progress(number + 1, turns)
    after = tuple(
        subject.with_learned(state, f"met for {turns} turns") if learning else subject
        for subject, state in zip(subjects, now, strict=True)
    )
    return Encounter(after, tuple(done), tuple(table.engines), tuple(found), start_s)


class _Table:
    """Those who meet, made ready to run turns."""

    def __init__(
        self, subjects: Sequence[Subject], body: Body, start_s: float, turn_s: float
    ) -> None:
        self.subjects, self.body, self.start_s = subjects, body, start_s
        made: dict[int, Engine] = {}
        for subject in subjects:
            own = subject.engine
            if id(own) not in made:
                made[id(own)] = Engine(
                    own.circuit,
                    own.seed,
                    dt_ms=own.dt_ms,
                    block_s=round(start_s + turn_s, 6),
                    target=own.target,
                )
        self.engines = [made[id(subject.engine)] for subject in subjects]
        for engine in self.engines:
            body.check(engine)

    def checked(self, number: int, trials: Sequence[Trial], turn_s: float) -> list[Trial]:
        """Return the trials of a turn with own acts as commands, or raise what is wrong."""
        if not isinstance(trials, Sequence):
            raise ValueError(
                f"choose returned {shown(trials)} in turn {number}, which is no list of Trials"
            )
        if len(trials) != len(self.subjects):
            n_trials = len(trials)
            raise ValueError(
                f"choose returned {n_trials} trials in turn {number}; there are "
                f"{len(self.subjects)} Subjects, and each needs one"
            )
        for k, trial in enumerate(trials):
            if not isinstance(trial, Trial):
                raise ValueError(
                    f"choose returned {trial!r} for Subject {k} in turn {number}, which is no Trial"
                )
            if trial.duration_s > turn_s + 1e-9:
                raise ValueError(
                    f"choose returned a trial of {trial.duration_s:g} s for Subject {k} in turn "
                    f"{number}; a turn lasts {turn_s:g} s (turn_s)"
                )
            if sum(bool(act.commanded) for act in trial.acts) > 1:
                raise ValueError(
                    f"choose returned a trial with several own acts for Subject {k} in turn "
                    f"{number}; a hand does one thing a turn"
                )
            self.subjects[k].check([trial])
        return [
            replace(
                trial,
                acts=tuple(replace(a, extent=0.0) if a.commanded else a for a in trial.acts),
            )
            for trial in trials
        ]

    def run(
        self,
        k: int,
        trial: Trial,
        state: State,
        seed: int,
        number: int,
        chain: str,
        *,
        carry: bool,
        learning: bool,
    ) -> dict[str, np.ndarray]:
        """Run a Subject's turn, or read it from the cache."""
        path = self._path(k, chain)
        stored = cache.load_arrays(path)
        if stored is not None:
            return stored
        engine, silence = self.engines[k], self.subjects[k].silence
        noise = int(stream(seed, "noise", str(number), str(k)).integers(2**31))
        result = engine.run_block(
            Block((trial,), (self.start_s,), noise),
            silence.applied(engine, state, learning=learning),
            learning=learning,
            carry=carry,
        )
        own = result.cells < engine.wiring.n_cells
        learned = {f"learned.{n}": capped(engine, silence, n, w) for n, w in result.learned.items()}
        stored = {
            "steps": result.steps[own],
            "cells": result.cells[own],
            **learned,
            **packed_carried(result),
        }
        cache.save_arrays(path, stored)
        return stored

    @staticmethod
    def _path(k: int, chain: str) -> Path:
        return cache_folder() / "encounters" / chain[:2] / f"{chain}-{k}.npz"

    def unpacked(self, k: int, stored: dict[str, np.ndarray]) -> BlockResult:
        """Return the spikes of a turn."""
        return BlockResult(stored["steps"], stored["cells"], self.engines[k].dt_ms)

    def turn(self, k: int, number: int, trial: Trial, result: BlockResult) -> Turn:
        """Return what a Subject did in a turn, and how much its populations fired."""
        engine = self.engines[k]
        acts = [act for act in trial.acts if act.commanded]
        done = None
        if acts:
            course = self.body.activity(engine, result)
            done = self.body.moved(acts[0], course, self.start_s)
        total = np.bincount(
            result.cells[result.times_s >= self.start_s], minlength=engine.wiring.n_cells
        )
        counts = {name: int(total[part].sum()) for name, part in engine.wiring.cells.items()}
        return Turn(number, trial, done, counts)
