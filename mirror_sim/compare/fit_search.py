"""The search: which setting is tried next, and what it costs.

Settings are asked for and measured in batches. A batch follows from the batches before it and from
the seed alone, so a fit is the same for any number of processes and however often it was ended.
"""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mirror_sim.base import cache, sources
from mirror_sim.base.errors import DivergedError, unknown
from mirror_sim.base.progress import progress_bar
from mirror_sim.compare.fit_journal import (
    FAILED,
    MEASURED,
    PRUNED,
    Journal,
    Tried,
    imported_optuna,
    quiet,
)
from mirror_sim.compare.fit_lines import proposed
from mirror_sim.compare.fit_plan import FitPlan
from mirror_sim.compare.fit_rows import Wanted, cost, largest, means
from mirror_sim.compare.fit_space import Setting, Space
from mirror_sim.compare.runs import Row, Run, gathered
from mirror_sim.compare.sweeps import CODE, Point, raise_first

Say = Callable[[str], None]

# What a setting can be blamed for. All else, such as a full disk, ends the fit.
_OF_THE_SETTING = (ValueError, ArithmeticError, DivergedError)


def distributions(space: Space) -> dict[str, Any]:
    """Return the axes as Optuna has them."""
    kinds = imported_optuna().distributions
    return {
        axis.label: (
            kinds.IntDistribution(math.ceil(axis.low), math.floor(axis.high), log=axis.log)
            if space.is_whole(axis)
            else kinds.FloatDistribution(axis.low, axis.high, log=axis.log)
        )
        for axis in space.axes
    }


def identity(plan: FitPlan, space: Space, wanted: Sequence[Wanted]) -> dict[str, Any]:
    """Return what a fit is of, by what messages call it; as JSON.

    Nothing of it is code, see `made_by`: a finished fit can be read for ever.
    """
    start = space.start
    grows_by = {name: value for name, value in sources.content(start.curriculum).items() if name}
    axes = [
        [axis.label, list(space.fields[axis.label]), axis.low, axis.high, axis.log, axis.times]
        for axis in space.axes
    ]
    rows = [[row.id, row.role, row.value, row.low, row.high, row.weight] for row in wanted]
    return {
        "study": start.study.name,
        "circuit": start.circuit.digest(),
        "curriculum": [type(start.curriculum).__name__, grows_by],
        "engine": dict(start.engine),
        "subjects": list(plan.subjects),
        "n_trials": plan.n_trials,
        "axes": axes,
        "rows": [[None if n != n else n for n in row] for row in rows],  # noqa: PLR0124 (NaN)
        "starts": [dict(start) for start in plan.starts],
        "batch": plan.batch,
        "seed": plan.seed,
    }


def made_by(space: Space) -> dict[str, str]:
    """Return what measures and chooses here: the code and Optuna's version.

    The code is the package's and that of the user's study, rules, senses and curriculum.
    """
    start = space.start
    users = [start.study.identity(), sources.content([start.records, start.curriculum])]
    return {"code": cache.digest(CODE, users), "optuna": importlib.metadata.version("optuna")}


def asked(
    plan: FitPlan, space: Space, wanted: Sequence[Wanted], earlier: Sequence[Tried], n: int
) -> list[dict[str, float]]:
    """Return the settings of the next batch, `n` of them.

    After the start and the plan's own settings, three of four are where the rows' lines are best,
    near the best setting (`fit_lines.proposed`); the fourth is where Optuna looks, anywhere.

    Parameters
    ----------
    plan, space, wanted
    earlier : sequence of Tried
        All of the batches before.
    n : int
    """
    optuna, kinds, worst = imported_optuna(), distributions(space), largest(wanted)
    first = [space.origin, *(space.origin | dict(start) for start in plan.starts)]
    with quiet():
        study = optuna.create_study()
        for tried in earlier:
            state = "PRUNED" if tried.state == PRUNED else "COMPLETE"
            study.add_trial(
                optuna.trial.create_trial(
                    state=optuna.trial.TrialState[state],
                    value=worst if tried.state == FAILED else tried.cost,
                    params=dict(tried.setting),
                    distributions=kinds,
                    intermediate_values={1: tried.first_cost},
                )
            )
        numbers = range(len(earlier), len(earlier) + n)
        near = [number for number in numbers if number >= len(first) and number % 4]
        rngs = [np.random.default_rng([plan.seed, number]) for number in near]
        places = proposed(earlier, space.axes, wanted, space.origin, rngs) if near else []
        given = dict(zip(near, map(space.whole, places), strict=True)) | dict(enumerate(first))
        made = []
        for number in numbers:
            if number in given:
                study.enqueue_trial(given[number])
            seed = int(np.random.SeedSequence([plan.seed, number]).generate_state(1)[0])
            # What the batch has asked for already counts as bad, so that each looks elsewhere.
            study.sampler = optuna.samplers.TPESampler(
                seed=seed, multivariate=True, constant_liar=True
            )
            made.append(dict(study.ask(kinds).params))
    return made


@dataclass(frozen=True, kw_only=True)
class Search:
    """A fit that goes on.

    Attributes
    ----------
    plan : FitPlan
    space : Space
    wanted : sequence of Wanted
    journal : Journal
    run : Run
    say : callable
        Takes a line a batch.
    """

    plan: FitPlan
    space: Space
    wanted: Sequence[Wanted]
    journal: Journal
    run: Run
    say: Say

    def go_on(self) -> None:
        """Try settings until there are as many as the plan wants."""
        tried, plan = self.journal.tried, self.plan
        while len(tried) < plan.settings:
            self.journal.check_made()
            first = len(tried) - len(tried) % plan.batch
            stop = min(first + plan.batch, plan.settings)
            batch = asked(plan, self.space, self.wanted, tried[:first], stop - first)
            known = [entry.first_cost for entry in tried[:first] if entry.state != FAILED]
            limit = float(np.median(known)) if known else math.inf
            for entry in self._measured(batch[len(tried) - first :], len(tried), limit):
                self.journal.add(entry)
            self.say(self._line())

    def _measured(self, batch: Sequence[Setting], number: int, limit: float) -> list[Tried]:
        """Measure settings, numbered from `number`; the first Subject of each decides on more."""
        seeds = self.plan.subjects
        n_trials, what = self.plan.n_trials, f"settings from {number}"
        rows, why = self._rows(dict(enumerate(batch)), seeds[:1], what, n_trials=n_trials)
        first = {k: cost(self.wanted, means(self.wanted, found)) for k, found in rows.items()}
        # The start is measured on all Subjects, whatever it costs: all others stand beside it.
        more = {k: batch[k] for k in rows if first[k] <= limit or number + k == 0}
        others, later = self._rows(more, seeds[1:], f"{what}, more Subjects", n_trials=n_trials)
        why |= later
        if number == 0 and 0 in why:
            raise RuntimeError(f"the start cannot be measured: {why[0]}")
        made = []
        for k, setting in enumerate(batch):
            if k in why:
                worst = largest(self.wanted)
                made.append(
                    Tried(
                        setting=setting, state=FAILED, cost=worst, first_cost=worst, found={},
                        why=why[k],
                    )
                )  # fmt: skip
                continue
            found = means(self.wanted, [*rows[k], *others.get(k, [])])
            made.append(
                Tried(
                    setting=setting, state=MEASURED if k in more else PRUNED, found=found,
                    cost=cost(self.wanted, found), first_cost=first[k],
                )
            )  # fmt: skip
        return made

    def finals(self) -> dict[int, Row]:
        """Measure the start and the best settings again, and return their rows by number."""
        plan, tried = self.plan, self.journal.tried
        measured = [k for k, entry in enumerate(tried) if entry.state == MEASURED]
        best = sorted(measured, key=lambda k: (tried[k].cost, k))[: plan.n_finals]
        seeds = plan.final_subjects or plan.subjects
        numbers = sorted({0, *best}) if plan.n_finals else []
        keys = {k: f"final {k} of {list(seeds)}, {plan.final_trials}" for k in numbers}
        left = {k: tried[k].setting for k in numbers if self.journal.final(keys[k]) is None}
        if left:
            self.journal.check_made()
            rows, why = self._rows(left, seeds, "finals", n_trials=plan.final_trials)
            for k in left.keys() - why.keys():
                self.journal.add_final(keys[k], means(self.wanted, rows[k]))
            if why:
                number, reason = next(iter(why.items()))
                raise RuntimeError(f"setting {number} cannot be measured in full: {reason}")
        return {k: row for k in numbers if (row := self.journal.final(keys[k])) is not None}

    def _rows(
        self,
        settings: Mapping[int, Setting],
        seeds: Sequence[int],
        what: str,
        *,
        n_trials: int | None,
    ) -> tuple[dict[int, list[Row]], dict[int, str]]:
        """Return the rows of each Subject of settings, and why others failed."""
        points: dict[int, list[tuple[str, Point]]] = {}
        why = {}
        for k, setting in settings.items():
            try:
                made = [self.space.point(setting, seed=s, n_trials=n_trials) for s in seeds]
            except ValueError as error:
                why[k] = str(error)
                continue
            points[k] = [(point.key(), point) for point in made]
        by_key = {key: point for pairs in points.values() for key, point in pairs}
        if not by_key:
            return {k: [] for k in points}, why
        bar = progress_bar(what)
        rows, failed = gathered(
            by_key,
            self.run,
            found=lambda _, row: self._check(row),
            progress=lambda left: bar(len(by_key) - len(left), len(by_key)),
        )
        others = {k: e for k, e in failed.items() if not isinstance(e, _OF_THE_SETTING)}
        if others:
            raise_first(others, by_key, len(by_key))
        for k, pairs in points.items():
            for key, _ in pairs:
                if key in failed:
                    why[k] = str(failed[key])
        done = {k: [rows[key] for key, _ in pairs] for k, pairs in points.items() if k not in why}
        return done, why

    def _check(self, row: Row) -> None:
        for wanted in self.wanted:
            if wanted.id not in row:
                name = self.space.start.study.name
                raise unknown("row", wanted.id, row, where=f"what study {name!r} gives")

    def _line(self) -> str:
        tried = self.journal.tried
        counts = {s: sum(entry.state == s for entry in tried) for s in (PRUNED, FAILED)}
        rest = ", ".join(f"{n} {state}" for state, n in counts.items() if n)
        number = best_of(tried)
        return (
            f"{len(tried)} of {self.plan.settings} settings{f' ({rest})' if rest else ''}; best "
            f"cost {tried[number].cost:.4g} (setting {number}), start {tried[0].cost:.4g}"
        )


def best_of(tried: Sequence[Tried]) -> int:
    """Return the number of the best setting."""
    measured = [k for k, entry in enumerate(tried) if entry.state == MEASURED]
    return min(measured, key=lambda k: (tried[k].cost, k))
