"""What concerns a whole circuit: which names stand for what, and whether all fits together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from mirror_sim.base.errors import unknown
from mirror_sim.circuit.parts import InputPopulation, Population, Projection

AnyPopulation: TypeAlias = InputPopulation | Population


def parts(end: str) -> tuple[str, ...]:
    """Return the population names of an endpoint: ``"F5.E+F5.PTN"`` has two."""
    return tuple(name.strip() for name in end.split("+"))


def members(name: str, populations: Iterable[AnyPopulation]) -> tuple[str, ...]:
    """Return the population of this name, else those of the area of this name, else nothing."""
    found = tuple(p.name for p in populations if p.name == name)
    return found or tuple(p.name for p in populations if p.area == name)


def required_members(
    name: str, populations: Sequence[AnyPopulation], where: str
) -> tuple[str, ...]:
    """Return `members`; raise an error if there are none."""
    found = members(name, populations)
    if not found:
        raise _unknown_member(name, populations, where)
    return found


def _unknown_member(name: str, populations: Sequence[AnyPopulation], where: str) -> ValueError:
    valid = dict.fromkeys([*(p.area for p in populations), *(p.name for p in populations)])
    return unknown("population or area", name, valid, where=where)


def pool(name: str, candidates: Sequence[AnyPopulation]) -> str:
    """Return the endpoint that an area's candidates form; other names stay as they are."""
    return "+".join(members(name, candidates)) or name


def matching(
    pre: str, post: str, populations: Sequence[AnyPopulation], projections: Sequence[Projection]
) -> list[Projection]:
    """Return the projections whose endpoints are, or as areas hold, those named.

    Raises
    ------
    ValueError
        If an endpoint names neither populations nor an area.
    """
    inside: dict[str, set[str]] = {}
    for end in (pre, post):
        inside[end] = set(members(end, populations) or parts(end))
        if not members(end, populations):
            for name in parts(end):
                check_population(name, populations, f"projection '{pre} -> {post}'")
    single = {end for end in (pre, post) if members(end, populations)}

    def stands_for(name: str, end: str) -> bool:
        held = set(parts(end))
        return held <= inside[name] if name in single else held == inside[name]

    return [p for p in projections if stands_for(pre, p.pre) and stands_for(post, p.post)]


def check_circuit(populations: Sequence[AnyPopulation], projections: Sequence[Projection]) -> None:
    """Raise the first error of a circuit; see `mirror_sim.circuit.model.Circuit`."""
    _check_unique("population", (population.name for population in populations))
    if not any(isinstance(population, Population) for population in populations):
        raise ValueError("populations has no Population of cells; a circuit needs at least one")
    _check_cells(populations)
    by_name = {population.name: population for population in populations}
    for projection in projections:
        where = f"projection '{projection.name}'"
        for end in (projection.pre, projection.post):
            _check_unique(f"population in {where}", parts(end))
            for name in parts(end):
                check_population(name, populations, where)
        pre = [by_name[name] for name in parts(projection.pre)]
        _check_senders(projection, pre, where)
        for name in parts(projection.post):
            if isinstance(by_name[name], InputPopulation):
                raise ValueError(f"{where}: the input population {name!r} receives no synapses")
        if sum(population.n for population in pre) == 1 and pre[0].name in parts(projection.post):
            raise ValueError(f"{where}: its one cell has no other to receive synapses from")
    _check_unique("projection", (_key(projection) for projection in projections))


def check_population(name: str, populations: Sequence[AnyPopulation], where: str) -> None:
    """Raise an error unless a population has this name; an unknown area is named as such."""
    names = [population.name for population in populations]
    areas = list(dict.fromkeys(population.area for population in populations))
    if name in names:
        return
    if name in areas:
        inside = [population.name for population in populations if population.area == name]
        raise ValueError(f"{where}: {name!r} is an area; name its populations: {', '.join(inside)}")
    area = name.partition(".")[0]
    if area != name and area not in areas:
        raise unknown("area", area, areas, where=where)
    if area == name:
        raise _unknown_member(name, populations, where)
    raise unknown("population", name, names, where=where)


def _check_senders(projection: Projection, pre: list[AnyPopulation], where: str) -> None:
    for population in pre:
        if population.sign != projection.synapse:
            article = {"excitatory": "an excitatory", "inhibitory": "an inhibitory"}
            raise ValueError(
                f"{where}: {article[population.sign]} cell with {article[projection.synapse]} "
                f"synapse ({population.name!r} is {population.sign}; by Dale's law all synapses of "
                "a cell have its sign)"
            )
    if len({type(population) for population in pre}) > 1:
        raise ValueError(f"{where} joins input and cell populations; declare one projection each")


def _check_cells(populations: Sequence[AnyPopulation]) -> None:
    # Tables and files speak of a cell model by its name, so a name must mean one model.
    first: dict[str, Population] = {}
    for population in populations:
        if isinstance(population, Population):
            other = first.setdefault(population.cell.name, population)
            if other.cell != population.cell:
                raise ValueError(
                    f"Cell {population.cell.name!r} of population {population.name!r} differs from "
                    f"the Cell of the same name of population {other.name!r}; give it another name"
                )


def _check_unique(kind: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{kind} {name!r} is declared {count} times")


def _key(projection: Projection) -> str:
    ends = ("+".join(sorted(parts(end))) for end in (projection.pre, projection.post))
    return " -> ".join(ends)
