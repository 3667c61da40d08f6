"""Decoding over time, within a context and from one context to the other; needs single trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mirror_sim.analysis.chance import permuted_within
from mirror_sim.analysis.epochs import Epoch, epoch_windows
from mirror_sim.analysis.shapes import check_window
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.session.session import Session

N_FOLDS = 10
N_RESAMPLES = 50
BIN_S = 0.05


@checked_arguments()
def binned_counts(
    session: Session, *, align: str, window_s: tuple[float, float], bin_s: float = BIN_S
) -> tuple[np.ndarray, np.ndarray]:
    """Count the spikes of every trial in bins around an event.

    Parameters
    ----------
    session : Session
    align : str
        Event at time 0.
    window_s : (float, float)
        First and last border, seconds from the event.
    bin_s : float

    Returns
    -------
    times_s : float array, shape (n_bins,)
        Middle of each bin.
    counts : int array, shape (n_trials, n_bins, n_units)
    """
    zero = session.event_times(align)
    n_bins = check_window(window_s, bin_s, "binned_counts, bin_s")
    edges = window_s[0] + bin_s * np.arange(n_bins + 1)
    return edges[:-1] + bin_s / 2, _between(session, np.add.outer(zero, edges))


@checked_arguments(n_bins=(1, 100_000))
def warped_rates(session: Session, epoch: Epoch, *, n_bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rates of every trial in equal parts of an epoch, however long it is in a trial.

    Parameters
    ----------
    session : Session
    epoch : Epoch
        From one event to another.
    n_bins : int
        Parts that the epoch of each trial is cut into.

    Returns
    -------
    phase : float array, shape (n_bins,)
        Middle of each part: 0 is the start of the epoch, 1 its stop.
    rates : float array, shape (n_trials, n_bins, n_units)
        Spikes/s: counts would tell how long the trial was.

    Raises
    ------
    ValueError
        As `epoch_windows`, or if there are no bins.
    """
    start_s, stop_s = epoch_windows(session, epoch)
    edges_s = np.linspace(start_s, stop_s, n_bins + 1, axis=1)
    bin_s = (stop_s - start_s) / n_bins
    return (np.arange(n_bins) + 0.5) / n_bins, _between(session, edges_s) / bin_s[:, None, None]


def _between(session: Session, edges_s: np.ndarray) -> np.ndarray:
    """Count the spikes between the edges of each trial, shape (n_trials, n_bins, n_units)."""
    # All at once: a search takes a third of the time where the last one was near.
    counts = session.counts(edges_s[:, :-1].ravel(), edges_s[:, 1:].ravel())
    return counts.reshape(len(edges_s), edges_s.shape[1] - 1, len(session.units))


@checked_arguments(n_resamples=(1, 100_000))
def cross_decoding(
    activity: np.ndarray,
    label: Sequence[str] | np.ndarray,
    context: Sequence[str] | np.ndarray,
    *,
    rng: np.random.Generator,
    classifier: str = "correlation",
    n_folds: int = N_FOLDS,
    n_resamples: int = N_RESAMPLES,
) -> dict[tuple[str, str], np.ndarray]:
    """Decode the label of a trial, trained in one context and tested in the same or another.

    Each bin is decoded by itself. All labels and contexts have equal numbers of trials in each
    resample, and no trial is in training and test.

    Parameters
    ----------
    activity : array, shape (n_trials, n_bins, n_units)
        Of `binned_counts` or `warped_rates`.
    label, context : str arrays, shape (n_trials,)
    rng : numpy.random.Generator
    classifier : {"correlation", "diagonal", "lda"}
        "correlation": the label whose mean pattern over units correlates best with the trial's.
        "diagonal": linear discriminant analysis as if units varied independently over trials.
        "lda": linear discriminant analysis with the shrinkage of Ledoit and Wolf, of scikit-learn;
        it weighs units by what they tell, and takes some hundreds of times as long.
    n_folds, n_resamples : int
        Parts of the cross-validation, and how often trials are drawn.

    Returns
    -------
    dict of (str, str) to float array, shape (n_bins,)
        Share of correct trials, by context of training and of test.

    Raises
    ------
    ValueError
        If shapes disagree, a value is not finite, there are fewer than two labels, a label has
        fewer trials in a context than there are folds, or the classifier is unknown.
    """
    if classifier not in CLASSIFIERS:
        raise unknown("classifier", classifier, CLASSIFIERS, where="cross_decoding")
    activity, labels, contexts = _checked(activity, label, context)
    names, places = np.unique(labels), np.unique(contexts)
    members = {
        place: [np.flatnonzero((contexts == place) & (labels == name)) for name in names]
        for place in places
    }
    least = _fewest(members, names, n_folds)
    correct = {(a, b): np.zeros(activity.shape[1]) for a in places for b in places}
    for _ in range(n_resamples):
        drawn = {
            place: np.stack([rng.permutation(rows)[:least] for rows in groups])
            for place, groups in members.items()
        }
        fold_of = rng.permutation(np.arange(least) % n_folds)
        for fold in range(n_folds):
            test = fold_of == fold
            trials = np.concatenate([activity[drawn[b][:, test].ravel()] for b in places])
            truth = np.repeat(np.arange(len(names)), test.sum())[:, None]
            for a in places:
                guesses = CLASSIFIERS[classifier](activity[drawn[a][:, ~test]], trials)
                for b, guess in zip(places, np.split(guesses, len(places)), strict=True):
                    correct[a, b] += (guess == truth).sum(axis=0)
    total = n_resamples * least * len(names)
    return {pair: found / total for pair, found in correct.items()}


@checked_arguments()
def standardised_within(activity: np.ndarray, context: Sequence[str] | np.ndarray) -> np.ndarray:
    """Give every unit mean 0 and standard deviation 1 over the trials of each context.

    What a unit does in all trials of a context, whatever the label, then says nothing across
    contexts, and no unit weighs more than others. No label is looked at.

    Parameters
    ----------
    activity : array, shape (n_trials, ..., n_units)
    context : str array, shape (n_trials,)

    Returns
    -------
    float array, shape of `activity`
        0 where a unit never varies.

    Examples
    --------
    >>> standardised_within(np.array([[1.0], [3.0], [10.0], [30.0]]), ["a", "a", "b", "b"]).ravel()
    array([-1.,  1., -1.,  1.])
    """
    contexts = np.asarray(context, dtype=str)
    found = np.array(activity, dtype=float)
    for name in np.unique(contexts):
        own = found[contexts == name]
        spread = own.std(axis=0)
        flat = spread <= 1e-9 * (1 + np.abs(own).max(axis=0))
        found[contexts == name] = (own - own.mean(axis=0)) * (~flat / np.where(flat, 1.0, spread))
    return found


@checked_arguments(n=(1, 1_000_000))
def permuted_decoding(
    activity: np.ndarray,
    label: Sequence[str] | np.ndarray,
    context: Sequence[str] | np.ndarray,
    *,
    rng: np.random.Generator,
    n: int,
    names: bool = False,
    classifier: str = "correlation",
    n_folds: int = N_FOLDS,
) -> dict[tuple[str, str], np.ndarray]:
    """Decode labels that were permuted in each context: what chance gives.

    Parameters
    ----------
    activity, label, context, rng, classifier, n_folds
        As in `cross_decoding`.
    n : int
        Permutations, each decoded with one draw of trials.
    names : bool
        Permute which label is which, all trials of one staying together, in place of the labels of
        trials. That is the chance of decoding across contexts: where trials of a label are alike,
        they are all right or all wrong together, and chance is wider than that of single trials.

    Returns
    -------
    dict of (str, str) to float array, shape (n, n_bins)
        Share of correct trials, by context of training and of test.

    Raises
    ------
    ValueError
        As `cross_decoding`.
    """
    labels, contexts = np.array(label, dtype=str), np.asarray(context, dtype=str)
    kinds = np.unique(labels)
    null: dict[tuple[str, str], list[np.ndarray]] = {}
    for _ in range(n):
        if names:
            for name in np.unique(contexts):
                own = contexts == name
                labels[own] = rng.permutation(kinds)[np.searchsorted(kinds, labels[own])]
        else:
            labels = permuted_within(labels, contexts, rng=rng)
        found = cross_decoding(
            activity,
            labels,
            contexts,
            rng=rng,
            classifier=classifier,
            n_folds=n_folds,
            n_resamples=1,
        )
        for pair, correct in found.items():
            null.setdefault(pair, []).append(correct)
    return {pair: np.stack(rows) for pair, rows in null.items()}


def _checked(
    activity: np.ndarray, label: Sequence[str] | np.ndarray, context: Sequence[str] | np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    activity = np.asarray(activity)
    labels, contexts = np.asarray(label, dtype=str), np.asarray(context, dtype=str)
    if activity.ndim != 3 or not len(activity) == len(labels) == len(contexts):
        raise ValueError(
            f"activity has shape {activity.shape}, with {len(labels)} labels and {len(contexts)} "
            "contexts; it must be (trials, bins, units), with one of each a trial"
        )
    if activity.shape[2] == 0:
        raise ValueError("decoding needs at least one unit; got none")
    if not np.isfinite(activity).all():
        raise ValueError("activity has values that are not finite; leave such trials or bins out")
    names = np.unique(labels).tolist()
    if len(names) < 2:
        count = "one" if names else "none"
        raise ValueError(f"decoding needs at least two labels; got {count}: {names}")
    return activity, labels, contexts


def _fewest(members: Mapping[str, list[np.ndarray]], names: np.ndarray, n_folds: int) -> int:
    """Return how many trials the rarest label of a context has; enough for the folds."""
    if n_folds < 2:
        raise ValueError(f"n_folds is {n_folds}; training and test need at least 2")
    least, place, name = min(
        (len(rows), str(place), str(name))
        for place, groups in members.items()
        for name, rows in zip(names, groups, strict=True)
    )
    if least < n_folds:
        raise ValueError(
            f"decoding in {n_folds} folds needs at least {n_folds} trials of every label in every "
            f"context; got {least} of {name!r} in {place!r}"
        )
    return least


def _by_correlation(train: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Guess the label whose mean pattern correlates best with the trial's, number of the label.

    A trial without a spike, or a flat pattern, correlates with nothing: the first label wins.
    """
    patterns = train.mean(axis=1)
    correlation = np.einsum("tbu,pbu->ptb", _unit_length(trials), _unit_length(patterns))
    best: np.ndarray = correlation.argmax(axis=0)
    return best


def _unit_length(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    scaled: np.ndarray = centred / np.where(length > 0, length, 1.0)
    return scaled


def _by_diagonal(train: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Guess the label whose mean pattern is nearest, in units of each unit's spread over trials.

    A unit that never varies within a label is left out; without any unit the first label wins.
    """
    patterns = train.mean(axis=1)
    spread = (train - patterns[:, None]).std(axis=(0, 1))
    varies = spread > 0
    weight = varies / np.where(varies, spread, 1.0)
    scaled, centres = trials * weight, patterns * weight
    # The square of the trial itself is the same for all labels.
    score = 2 * np.einsum("tbu,pbu->ptb", scaled, centres) - (centres**2).sum(axis=2)[:, None]
    best: np.ndarray = score.argmax(axis=0)
    return best


def _by_lda(train: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Guess by linear discriminant analysis, number of the label.

    In a bin that is the same in all trials of training, the first label wins.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    n_labels, n_trials, n_bins, _ = train.shape
    truth = np.repeat(np.arange(n_labels), n_trials)
    guesses = np.zeros(trials.shape[:2], dtype=int)
    for k in range(n_bins):
        own = train[:, :, k].reshape(len(truth), -1)
        if not np.ptp(own, axis=0).any():
            continue
        if not np.ptp(train[:, :, k], axis=1).any():
            raise ValueError(
                f"lda needs activity that varies between trials of a label; bin {k} does not, in "
                f"{n_trials} trials of each; use the classifier 'correlation'"
            )
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(own, truth)
        guesses[:, k] = model.predict(trials[:, k])
    return guesses


CLASSIFIERS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "correlation": _by_correlation,
    "diagonal": _by_diagonal,
    "lda": _by_lda,
}
"""By name: from trials of training, shape (n_labels, n_trials, n_bins, n_units), and others, shape
(n_others, n_bins, n_units), to the numbers of the labels of these, shape (n_others, n_bins)."""
