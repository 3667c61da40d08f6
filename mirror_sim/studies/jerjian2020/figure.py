"""A monkey's recording of the task of Jerjian et al. 2020 beside a model's, drawn alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from mirror_sim.analysis.chance import Chance
from mirror_sim.analysis.decoding import binned_counts, cross_decoding
from mirror_sim.analysis.population import soft_normalised
from mirror_sim.analysis.subspaces import alignment_index, principal_axes, random_alignment
from mirror_sim.base.errors import unknown
from mirror_sim.figures import style
from mirror_sim.session.session import Session
from mirror_sim.studies.jerjian2020.recording import (
    BASELINE_S,
    EXECUTION,
    GRASPS,
    GROUPS,
    OBSERVATION,
    JerjianRecording,
    epoch_correlations_of,
    subspace_activity,
)
from mirror_sim.studies.jerjian2020.task import recorded_units

WIDTH_MM, HEIGHT_MM = 180.0, 240.0
SIGNS = ("FF", "FS", "SF", "SS")
WINDOW_S = (-1.0, 1.8)
_CONTEXTS = {
    EXECUTION: ("execution", style.EXECUTION),
    OBSERVATION: ("observation", style.OBSERVATION),
}
_MARKERS = dict(zip(GROUPS, "os^", strict=True))


@dataclass(frozen=True)
class Decoding:
    """Decoding of the grasp from single trials of F5; see `analysis.decoding.cross_decoding`.

    Attributes
    ----------
    times_s : float array, shape (n_bins,)
        Seconds from Go.
    correct : dict of (str, str) to float array, shape (n_bins,)
        Share of correct trials, by context of training and of test.
    """

    times_s: np.ndarray
    correct: Mapping[tuple[str, str], np.ndarray]


def decoded(session: Session, *, seed: int) -> Decoding:
    """Decode the grasp from the recorded units of F5 over time, within and across contexts."""
    chosen = recorded_units(session.units, seed=seed)
    f5 = session.units["area"].to_numpy()[chosen] == "F5"
    part = session.select(units=chosen[f5])
    times_s, counts = binned_counts(part, align="go", window_s=WINDOW_S)
    condition = part.trials["condition"].to_numpy(dtype=str)
    moving = np.isin(condition, (EXECUTION, OBSERVATION))
    correct = cross_decoding(
        counts[moving],
        part.trials["action"].to_numpy(dtype=str)[moving],
        condition[moving],
        rng=np.random.default_rng(seed),
    )
    return Decoding(times_s, correct)


def draw(
    sides: Mapping[str, JerjianRecording],
    *,
    rng: np.random.Generator,
    n_shuffles: int = 1000,
    grasp: str = GRASPS[0],
    decoding: Mapping[str, Decoding] | None = None,
) -> Figure:
    """Draw recordings side by side.

    Parameters
    ----------
    sides : mapping of str to JerjianRecording
        By the title of their column; the same functions read all of them.
    rng : numpy.random.Generator
        Of the shuffles.
    n_shuffles : int
        Of correlations and alignments.
    grasp : str
        What all panels but correlation and decoding, which have both, are of.
    decoding : mapping of str to Decoding, optional
        For the sides that have single trials, by title.

    Returns
    -------
    Figure
        For each recording: all units in execution and observation, sorted once by
        the time of the largest change in execution; the groups' mean rates; sign classes of mirror
        units; correlation of execution and observation by epoch; alignment of observation to the
        subspace of execution, with the 95 % range of permuted units; decoding of the grasp.

    Raises
    ------
    ValueError
        If there is no such grasp.
    """
    if grasp not in GRASPS:
        raise unknown("grasp", grasp, GRASPS)
    with style.context():
        figure = Figure(figsize=(WIDTH_MM / style.MM_PER_INCH, HEIGHT_MM / style.MM_PER_INCH))
        columns = figure.subfigures(1, len(sides), squeeze=False)[0]
        for column, (title, recording) in zip(columns, sides.items(), strict=True):
            trials = (decoding or {}).get(title)
            _draw_side(column, title, recording, grasp, trials, rng, n_shuffles)
    return figure


def _draw_side(
    place: SubFigure,
    title: str,
    recording: JerjianRecording,
    grasp: str,
    decoding: Decoding | None,
    rng: np.random.Generator,
    n_shuffles: int,
) -> None:
    heights = {"height_ratios": [1.5, 1.0, 1.5, 1.0, 1.0, 1.0, 1.0]}
    axes = place.subplots(7, 2, gridspec_kw=heights)
    place.subplots_adjust(left=0.16, right=0.97, top=0.955, bottom=0.045, hspace=0.5, wspace=0.25)
    place.suptitle(title, fontsize=8)
    for row, group in enumerate(GROUPS):
        _draw_units(axes[row], recording, group, grasp)
    _draw_means(axes[3, 0], recording, grasp)
    _draw_classes(axes[3, 1], recording, grasp)
    for bottom in (4, 5, 6):
        for cell in axes[bottom]:
            cell.remove()
    grid = axes[4, 0].get_gridspec()
    _draw_epochs(place.add_subplot(grid[4, :]), recording, rng, n_shuffles)
    _draw_alignment(place.add_subplot(grid[5, :]), recording, grasp, rng, n_shuffles)
    _draw_decoding(place.add_subplot(grid[6, :]), decoding)


def _draw_units(pair: np.ndarray, recording: JerjianRecording, group: str, grasp: str) -> None:
    baseline_s = (recording.lcdon_s - BASELINE_S, recording.lcdon_s)
    normalised = soft_normalised(recording.rates, baseline_s)
    shown = (normalised.times_s > WINDOW_S[0]) & (normalised.times_s < WINDOW_S[1])
    times = normalised.times_s[shown]
    own = recording.of_group(group)
    moving = times > 0
    executed = normalised.of(f"{EXECUTION}/{grasp}")[shown][:, own]
    strongest = np.nan_to_num(executed[moving])
    peak = np.abs(strongest).argmax(axis=0)
    up = np.take_along_axis(strongest, peak[None], axis=0)[0] > 0
    order = np.lexsort((np.where(up, peak, -peak), ~up))
    for axes, (context, (label, _)) in zip(pair, _CONTEXTS.items(), strict=True):
        values = normalised.of(f"{context}/{grasp}")[shown][:, own][:, order].T
        axes.imshow(
            values, aspect="auto", cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest",
            extent=(times[0], times[-1], len(order), 0),
        )  # fmt: skip
        axes.axvline(0, color=style.INK, lw=0.4)
        axes.set_yticks([0, len(order)])
        axes.set_title(f"{group}, {label}, n = {len(order)}")
    pair[0].set_ylabel("unit")


def _draw_means(axes: Axes, recording: JerjianRecording, grasp: str) -> None:
    times = recording.rates.times_s
    shown = (times > WINDOW_S[0]) & (times < WINDOW_S[1])
    for group, dashes in zip(GROUPS, ((), (3, 1), (1, 1)), strict=True):
        own = recording.of_group(group)
        for context, (_, colour) in _CONTEXTS.items():
            mean = np.nanmean(recording.rates.of(f"{context}/{grasp}")[shown][:, own], axis=1)
            axes.plot(
                times[shown], mean, color=colour, lw=0.9, dashes=dashes,
                label=group if context == EXECUTION else None,
            )  # fmt: skip
    axes.set_xlabel("time from Go (s)")
    axes.set_ylabel("spikes/s")
    axes.set_title("mean of all units")
    axes.legend(fontsize=5, frameon=False, handlelength=2.2, borderpad=0)


def _draw_classes(axes: Axes, recording: JerjianRecording, grasp: str) -> None:
    table = recording.classification
    for place, group in enumerate(GROUPS):
        mirror = table[table["mirror"].to_numpy(dtype=bool) & recording.of_group(group)]
        classes = mirror[f"class_{grasp}"]
        total = int(classes.isin(SIGNS).sum())
        below = 0.0
        for sign in SIGNS:
            share = 100 * float((classes == sign).sum()) / max(total, 1)
            axes.bar(
                place, share, bottom=below, color=style.CLASSES[sign][0], width=0.75,
                label=sign if place == 0 else None,
            )  # fmt: skip
            below += share
        axes.text(place, 101, f"{total}", ha="center", va="bottom", fontsize=5)
    axes.set_xticks(range(len(GROUPS)), [group.replace("-", "\n") for group in GROUPS])
    axes.set_xlim(-0.6, len(GROUPS) + 0.4)
    axes.set_ylim(0, 115)
    axes.set_title("mirror units (%)")
    axes.legend(fontsize=5, frameon=False, loc="right", handlelength=0.8, borderpad=0)


def _draw_epochs(
    axes: Axes, recording: JerjianRecording, rng: np.random.Generator, n_shuffles: int
) -> None:
    epochs: Mapping[str, Chance] = {}
    for group, marker in _MARKERS.items():
        epochs = epoch_correlations_of(recording, group, rng=rng, n=n_shuffles)
        axes.plot(
            range(len(epochs)), [found.value for found in epochs.values()], marker=marker, ms=3,
            lw=0.8, color=style.INK, mfc="white" if group != "F5" else style.INK, label=group,
        )  # fmt: skip
        if group == "F5":
            null = list(epochs.values())
            axes.fill_between(
                range(len(null)), [x.low for x in null], [x.high for x in null],
                color=style.SHADE, lw=0,
            )  # fmt: skip
    axes.axhline(0, color=style.NEUTRAL, lw=0.5)
    axes.set_xticks(range(len(epochs)), [name.replace(" ", "\n") for name in epochs])
    axes.set_ylim(-0.6, 1.0)
    axes.set_ylabel("r, execution and\nobservation")
    axes.legend(fontsize=5, frameon=False, ncols=3, loc="lower right", borderpad=0)


def _draw_alignment(
    axes: Axes, recording: JerjianRecording, grasp: str, rng: np.random.Generator, n_shuffles: int
) -> None:
    labels = []
    for place, group in enumerate(GROUPS):
        activity = subspace_activity(recording, group)
        own, other = activity[f"{EXECUTION}/{grasp}"], activity[f"{OBSERVATION}/{grasp}"]
        labels.append(f"{group}\nn = {own.shape[1]}")
        if own.shape[1] <= 3:
            continue
        basis = principal_axes(own)
        null = random_alignment(other, basis, rng=rng, n=n_shuffles)
        axes.plot([place, place], np.percentile(null, [2.5, 97.5]), color=style.SHADE, lw=8)
        axes.plot(place, alignment_index(other, basis), "o", ms=4, color=style.OBSERVATION)
    axes.set_xticks(range(len(GROUPS)), labels)
    axes.set_xlim(-0.6, len(GROUPS) - 0.4)
    axes.set_ylim(0, None)
    axes.set_ylabel("alignment of\nobservation")


def _draw_decoding(axes: Axes, found: Decoding | None) -> None:
    if found is None:
        axes.set_axis_off()
        words = "decoding of the grasp needs single trials,\nwhich the release does not have"
        axes.text(0.5, 0.5, words, ha="center", va="center", color=style.NEUTRAL)
        return
    for (trained, tested), correct in found.correct.items():
        _, colour = _CONTEXTS[tested]
        axes.plot(
            found.times_s, 100 * correct, color=colour, lw=0.9,
            dashes=() if trained == tested else (3, 1),
            label=f"{_CONTEXTS[trained][0]} to {_CONTEXTS[tested][0]}",
        )  # fmt: skip
    axes.axhline(50, color=style.NEUTRAL, lw=0.5)
    axes.set_ylim(20, 140)
    axes.set_yticks([25, 50, 75, 100])
    axes.set_xlabel("time from Go (s)")
    axes.set_ylabel("grasp decoded from\nF5 (% of trials)")
    axes.legend(fontsize=5, frameon=False, ncols=2, loc="upper left", borderpad=0)
