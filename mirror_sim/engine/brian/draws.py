"""Random numbers of a block: each a function of the block's seed, the cell and the step.

They do not depend on the target, on Brian2's version or on how many cells there are, and the
compiler can make many at once: with Brian2's generator a third of a simulation went into them.
"""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np

_STEP, _CELL = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

_C = f"""
#include <stdint.h>
static inline uint64_t _scrambled(uint64_t z)
{{
    z = (z ^ (z >> 30)) * {_FIRST:#x}ULL;
    z = (z ^ (z >> 27)) * {_SECOND:#x}ULL;
    return z ^ (z >> 31);
}}
static inline double _uniform(int32_t cell, int64_t step, int32_t seed, int32_t stream)
{{
    const uint64_t key = _scrambled(4*(uint64_t)seed + (uint64_t)stream);
    const uint64_t z = _scrambled(
        key + (uint64_t)step*{_STEP:#x}ULL + (uint64_t)cell*{_CELL:#x}ULL);
    return (double)(int32_t)(z >> 32) * (1.0/4294967296.0) + 0.5;
}}
"""

_CYTHON = f'''
cdef extern from *:
    """{_C}"""
    double _uniform(int, long long, int, int)
'''


def scrambled(z: np.ndarray) -> np.ndarray:
    """Scramble 64 bits as SplitMix64 does (Steele, Lea & Flood 2014, OOPSLA 49:453)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
    return z ^ (z >> np.uint64(31))


@b2.implementation("cython", _CYTHON, name="_uniform")
@b2.implementation("cpp", _C, name="_uniform")
@b2.declare_types(cell="integer", step="integer", seed="integer", stream="integer", result="float")
@b2.check_units(cell=1, step=1, seed=1, stream=1, result=1)
def uniform(cell: Any, step: Any, seed: Any, stream: Any) -> np.ndarray:
    """Return numbers from 0 to 1, one a cell; for use in Brian2's equations.

    Parameters
    ----------
    cell, step, seed : int or int array
        Index of the cell, time step, and the block's seed.
    stream : int
        0 to 3; tells draws of one cell and step for different ends apart.
    """
    cell, step, seed, stream = (
        np.asarray(x, dtype=np.int64).astype(np.uint64) for x in (cell, step, seed, stream)
    )
    with np.errstate(over="ignore"):  # the multiplications are modulo 2**64
        key = scrambled(np.uint64(4) * seed + stream)
        z = scrambled(key + step * np.uint64(_STEP) + cell * np.uint64(_CELL))
    high: np.ndarray = (z >> np.uint64(32)).astype(np.uint32).view(np.int32)
    return high * 2.0**-32 + 0.5
