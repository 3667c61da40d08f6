"""Wrong uses of the package are answered with one clear sentence, before any simulation."""

import functools
import sys
from pathlib import Path

import pytest

import mirror_sim as ms
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.cli import studies
from mirror_sim.cli.main import parser_of
from mirror_sim.compare.sweeps import points

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts" / "reliability"))
import uses_cases
import wrong_uses


@pytest.mark.parametrize("group", uses_cases.groups())
def test_every_wrong_use_is_answered_with_a_clear_sentence(group):
    found = wrong_uses.results([group])
    assert len(found) > 20
    assert [(answer.what, answer.sentence) for answer in found if not answer.held] == []


def test_what_is_not_clear_is_not_taken_for_clear():
    def answer_to(make):
        return wrong_uses.answer_of("own", uses_cases.Use("own", make, ("n", "is")))

    def inside():
        return [].nothing

    def chance():
        raise ValueError("the n of it is too large by far")

    assert not answer_to(lambda: 3).held
    assert not answer_to(inside).held
    assert not answer_to(chance).held  # it was not raised by the package
    assert answer_to(functools.partial(ms.macaque, n=3)).held
    assert answer_to(lambda: ms.Cell(n=3)).held


@checked_arguments(share=(0.0, 1.0))
def kept(n: int, *, share: float = 1.0, names: tuple[str, ...] = ()) -> float:
    """Stand for any function."""
    del names
    return n * share


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        ({"n": 2.5}, ValueError, "kept: n is 2.5, which is not a whole number"),
        ({"n": 2, "share": 2}, ValueError, "kept: share is 2.0, outside the plausible range"),
        ({"n": 2, "shares": 1}, TypeError, r"'shares' in kept\(\). Did you mean 'share'"),
        ({}, TypeError, r"kept\(\): missing a required argument: 'n'"),
    ],
)
def test_arguments_are_checked_against_their_annotations(given, kind, said):
    with pytest.raises(kind, match=said):
        kept(**given)
    assert kept(2, share=1) == 2.0


def test_the_examples_of_the_help_can_be_run():
    examples = _examples()
    assert len(examples) == 7
    for example in examples:
        name, values = studies._axis(example)
        assert len(points("controls", subjects=[1], grid={name: values})) == len(values)


def _examples():
    (commands,) = [a for a in parser_of()._actions if a.choices and "sweep" in a.choices]
    (axis,) = [a for a in commands.choices["sweep"]._actions if a.dest == "axis"]
    return axis.help.split("'")[1::2]
