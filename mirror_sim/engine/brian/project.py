"""What takes time in the C++ project that Brian2 writes, and is not needed, is left out.

No bit of a result changes. Where Brian2 writes other code than is expected here, it stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path

_OUTPUT = re.compile(
    r"ofstream outfile_(\w+);\s*outfile_\1\.open\(results_dir.*?\}\s*else\s*\{[^{}]*\}", re.DOTALL
)

# The compiler does not vectorise a loop that lists what it finds; this one asks all cells first.
_THRESHOLD = re.compile(
    r"long _count = 0;\s*for\(size_t _idx=0; _idx<N; _idx\+\+\)\s*\{"
    r"([^{}]*)if\(_cond\) \{\s*(\w+)\[_count\+\+\] = _idx;\s*\}\s*\}"
)
_OUR_THRESHOLD = r"""static char _above[N + 8];
    for(size_t _idx=0; _idx<N; _idx++)
    {\1_above[_idx] = _cond;
    }
    long _count = 0;
    for(size_t _first=0; _first<N; _first+=8)
    {
        uint64_t _any;
        __builtin_memcpy(&_any, _above + _first, 8);
        if (_any)
            for(size_t _idx=_first; _idx<_first+8; _idx++)
                if(_above[_idx]) \2[_count++] = _idx;
    }"""

# Brian2 asks the system for the time that it took after every step.
_TIMING = re.compile(
    r"(clock = next_clocks\(\);)(\s*current = std::clock\(\);\s*elapsed_realtime = [^;]*;)"
    r"(\s*\}\s*)(Network::_globally_running = false;)"
)

# Each file of Brian2's has helpers of the same names, out of sight of the others.
_HELPERS = re.compile(r"^namespace \{", re.MULTILINE)
_ENTERED = "using namespace brian;"
_JOINED = "model.cpp"
_SOURCES = re.compile("^SRCS = (.*)$", re.MULTILINE)
# What reads and writes arrays takes long to optimise, and gains nothing by it.
_FEWER = f"SRCS = {_JOINED} objects.cpp\nobjects.o: OPTIMISATIONS += -O1"


def spare_work(project: Path, outputs: Collection[str]) -> None:
    """Edit a project that is not compiled yet.

    Parameters
    ----------
    project : Path
    outputs : collection of str
        The arrays that are read after a run, as the C++ calls them. Brian2 writes all there are, of
        which most are what a run was given: more than a hundred files.
    """
    kept = {*outputs, "last_run_info"}
    _edit(project / "objects.cpp", _OUTPUT, lambda found: found[0] if found[1] in kept else "")
    for code in project.glob("code_objects/*spike_thresholder_codeobject.cpp"):
        _edit(code, _THRESHOLD, _OUR_THRESHOLD)
    _edit(project / "network.cpp", _TIMING, r"\1\3\2\n    \4")


def join_files(project: Path) -> None:
    """Compile a project as one file that includes the others, in a third of the time.

    Of what a compiler does for each of some forty files, most is to read the headers. What reads
    and writes arrays stays a file of its own, so that two are compiled at once.
    """
    makefile = project / "makefile"
    listed = _SOURCES.search(makefile.read_text(encoding="utf-8"))
    sources = [name for name in listed[1].split() if name != "objects.cpp"] if listed else []
    edited = {}
    for file in (project / name for name in sources if name.startswith("code_objects/")):
        own = f"of_{file.stem}"
        text, found = _HELPERS.subn(f"namespace {own} {{", file.read_text(encoding="utf-8"))
        if found != 1 or _ENTERED not in text:
            return
        edited[file] = text.replace(_ENTERED, f"{_ENTERED} using namespace {own};")
    if not edited:
        return
    for file, text in edited.items():
        file.write_text(text, encoding="utf-8")
    joined = "".join(f'#include "{name}"\n' for name in sources)
    (project / _JOINED).write_text(joined, encoding="utf-8")
    _edit(makefile, _SOURCES, _FEWER)


def _edit(file: Path, pattern: re.Pattern[str], by: str | Callable[[re.Match[str]], str]) -> None:
    file.write_text(pattern.sub(by, file.read_text(encoding="utf-8")), encoding="utf-8")
