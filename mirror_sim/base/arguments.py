"""Functions whose arguments are checked against their annotations before anything is done."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, get_type_hints

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import checked_value

P = ParamSpec("P")
R = TypeVar("R")

_SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
CHECKED = "_mirror_sim_checked"
"""What marks a function as wrapped by `checked_arguments` and by nothing else."""


def checked_arguments(**ranges: tuple[float, float]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check the arguments of a function, as `check_fields` does the fields of a record.

    A wrong argument is a `ValueError` that names the function, the argument and the value; one that
    is missing or unknown is a `TypeError`, as Python's own, which names the nearest.

    Parameters
    ----------
    **ranges
        Lowest and highest value of arguments, both allowed.

    Examples
    --------
    >>> @checked_arguments(share=(0.0, 1.0))
    ... def kept(n: int, *, share: float = 1.0) -> int:
    ...     return round(share * n)
    >>> kept(10, share=2)
    Traceback (most recent call last):
    ValueError: kept: share is 2.0, outside the plausible range 0 to 1
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        name = function.__qualname__.removesuffix(".__init__")

        @functools.wraps(function)
        def checked(*args: P.args, **values: P.kwargs) -> R:
            given = _bound(signature, name, args, values)
            kinds = _kinds(function)
            for argument, value in given.arguments.items():
                if argument in kinds and signature.parameters[argument].kind not in _SEVERAL:
                    given.arguments[argument] = checked_value(
                        value,
                        kinds[argument],
                        f"{name}: {argument}",
                        bounds=ranges.get(argument),
                        may_be_empty=True,
                    )
            return function(*given.args, **given.kwargs)

        setattr(checked, CHECKED, True)
        return checked

    return decorate


@functools.cache
def _kinds(function: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(function)


def _bound(
    signature: inspect.Signature, name: str, args: tuple[Any, ...], values: dict[str, Any]
) -> inspect.BoundArguments:
    """Put arguments to their parameters; raise what is missing or unknown."""
    parameters = signature.parameters.values()
    if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        known = [
            parameter.name for parameter in parameters if parameter.name not in ("self", "cls")
        ]
        for argument in values:
            if argument not in known:
                raise TypeError(str(unknown("argument", argument, known, where=f"{name}()")))
    try:
        return signature.bind(*args, **values)
    except TypeError as error:
        raise TypeError(f"{name}(): {error}; it takes {signature}") from None
