"""Run the points of a sweep on a dask cluster, after a look whether it can."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from typing import Any

from mirror_sim.compare.runs import RETRIES, Found, Point, Run, measured, task_of

logger = logging.getLogger("mirror_sim")

# How long an answer, or a first worker, is waited for; how long others after all were lost.
_PATIENCE_S = 8.0
_ALONE_S = 60.0
_LOOK_EVERY_S = 2.0
# Evaluated in each worker. No function of the package does: a worker without it could not read it.
_FACTS = (
    "(__import__('platform').python_version(), "
    "__import__('mirror_sim.compare.sweeps', fromlist=['CODE']).CODE)"
)


def on_dask(scheduler: Any) -> Run:
    """Return a runner on a cluster.

    Parameters
    ----------
    scheduler : str or distributed.Client
        An address, or a client.

    Raises
    ------
    ImportError
        If `dask.distributed` is not installed.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "a scheduler needs dask.distributed: pip install 'mirror-sim[dask]'"
        ) from error

    def run(waiting: Mapping[str, Point]) -> Found:
        own = isinstance(scheduler, str)
        client = _client(scheduler) if own else scheduler
        try:
            _check_workers(client)
            futures = {
                client.submit(
                    measured,
                    task_of(key, point, jobs=1),
                    key=f"mirror_sim-{key}",
                    retries=RETRIES,
                ): key
                for key, point in waiting.items()
            }
            for future in _ended(client, set(futures)):
                try:
                    found = future.exception() or future.result()
                except (CancelledError, OSError):
                    found = RuntimeError("the scheduler was lost")
                yield futures[future], found
        finally:
            if own:
                client.close()

    return run


def _ended(client: Any, left: set[Any]) -> Iterator[Any]:
    """Yield futures as they end; give up when no worker has been there for long."""
    from distributed import TimeoutError as NoneEndedError
    from distributed import wait

    seen_s, said = time.monotonic(), False
    while left:
        done = {future for future in left if future.status == "cancelled"}
        if not done:
            try:
                done = wait(left, timeout=_LOOK_EVERY_S, return_when="FIRST_COMPLETED").done
            except NoneEndedError:
                done = set()
            except CancelledError:  # the next look finds which
                continue
        yield from done
        left = left - done
        if done or client.scheduler_info()["workers"]:
            seen_s, said = time.monotonic(), False
            continue
        alone_s = time.monotonic() - seen_s
        if alone_s > _PATIENCE_S and not said:
            logger.warning("all dask workers are lost; waiting for others (`dask worker ADDRESS`)")
            said = True
        if alone_s > _ALONE_S:
            raise RuntimeError(
                f"all workers of the dask scheduler {client.scheduler.address} were lost, and none "
                f"came in {_ALONE_S:.0f} s; what was finished is kept, so start some and run again"
            )


def _client(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=_PATIENCE_S)
    except (OSError, TypeError, ValueError) as error:
        remedy = "start one there (`dask scheduler`), or give the address that it prints"
        if address.startswith("tls:"):
            remedy += ", with --tls-ca, --tls-cert and --tls-key as that scheduler has"
        raise RuntimeError(
            f"no dask scheduler can be reached at {address!r} ({error}); {remedy}"
        ) from error


def _check_workers(client: Any) -> None:
    """Make sure that there is a worker, and that all can run what they are given.

    A worker that cannot read a task ends itself, and the sweep would wait for ever.
    """
    address = client.scheduler.address
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_S)
    except TimeoutError as error:
        raise RuntimeError(
            f"the dask scheduler {address} has no worker; start some (`dask worker {address}`; an "
            "adaptive cluster needs minimum=1)"
        ) from error
    python, code = eval(_FACTS)
    for worker, found in client.run(eval, _FACTS, on_error="return").items():
        who = f"the dask worker {worker} cannot run the sweep:"
        if isinstance(found, ImportError):
            raise RuntimeError(f"{who} {found}; install mirror_sim there") from found
        if isinstance(found, BaseException):
            raise RuntimeError(f"{who} {type(found).__name__}: {found}") from found
        if _minor(found[0]) != _minor(python):
            raise RuntimeError(f"{who} it has Python {found[0]}, and here is {python}")
        if found[1] != code:
            raise RuntimeError(
                f"{who} its mirror_sim is not the one here (code {found[1][:8]}, not {code[:8]}); "
                "install the same and start the worker again"
            )


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]
