"""One module a paper: its protocol, its own statistical test, its published numbers."""

from mirror_sim.studies import gallese1996, jerjian2020

__all__ = ["gallese1996", "jerjian2020"]
