"""Spikes on their way to synapses: a faster class in place of the one that Brian2 writes.

Brian2 queues every synapse that a spike will reach, one by one: a quarter of a simulation. Here
the synapses of a cell that share a delay are queued as one, and the loops over the synapses that
spikes reach run through such ranges. The order stays the same, so that no bit changes.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

WRITTEN_TO = "synapses_classes.h"
# Of the class in Brian2 2.9 to 2.11, without white space.
_REPLACED = "8620447cd4e87bf3ce713d304a1aa35b76078b4d1200a64f795ab825d2c67ebf"

# Its functions are compiled once; in the header all files that call them would do so again.
_HEADER = """
#ifndef _BRIAN_SYNAPSES_H
#define _BRIAN_SYNAPSES_H

#include <utility>
#include <vector>
#include "brianlib/spikequeue.h"

class SynapticPathway
{
    typedef std::vector<std::pair<int, int>> Ranges;  // order[first] to order[last - 1]

    struct Group  // synapses of one cell that share a delay: order[first] to order[last - 1]
    {
        int first, last;
        size_t delay;
    };

    int start, stop;  // of the presynaptic cells
    std::vector<int> order;
    bool ordered;  // the synapses are written in this order, which then need not be looked up
    std::vector<Group> groups;
    std::vector<int> first_group;  // of each presynaptic cell, and the end of the last one's
    std::vector<Ranges> slots;  // what arrives, a step each
    size_t now = 0;

public:
    std::vector<int>& sources;
    std::vector<CSpikeQueue*> queue;  // Brian2 writes it to a file

    SynapticPathway(std::vector<int>& sources, int start, int stop);
    void prepare(int, int, double* delays, int n_delays, int* pre, int n_synapses, double dt);
    void push(const int* spikes, int n_spikes);
    const Ranges& arriving() const { return slots[now]; }
    int at(int place) const { return ordered ? place : order[place]; }
    void advance();
};

#endif
"""

_FUNCTIONS = """
#include <algorithm>
#include <numeric>
#include "synapses_classes.h"

SynapticPathway::SynapticPathway(std::vector<int>& sources, int start, int stop)
    : start(start), stop(stop), slots(1), sources(sources), queue(1, new CSpikeQueue(0, 0))
{
}

void SynapticPathway::prepare(
    int, int, double* delays, int n_delays, int* pre, int n_synapses, double dt)
{
    std::vector<size_t> steps(n_synapses);
    for (int k = 0; k < n_synapses; k++)
        steps[k] = (int)(delays[n_delays == 1 ? 0 : k] / dt + 0.5);
    order.resize(n_synapses);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        return pre[a] != pre[b] ? pre[a] < pre[b] : steps[a] < steps[b];
    });
    ordered = std::is_sorted(order.begin(), order.end());
    groups.clear();
    first_group.assign(1, 0);
    int last = 0;
    for (int cell = start; cell < stop; cell++)
    {
        while (last < n_synapses && pre[order[last]] == cell)
        {
            const int first = last;
            const size_t delay = steps[order[first]];
            while (last < n_synapses && pre[order[last]] == cell && steps[order[last]] == delay)
                last++;
            groups.push_back({first, last, delay});
        }
        first_group.push_back(groups.size());
    }
    slots.assign(n_synapses ? 1 + *std::max_element(steps.begin(), steps.end()) : 1, {});
    now = 0;
}

void SynapticPathway::push(const int* spikes, int n_spikes)
{
    const size_t n_slots = slots.size();
    for (const int* cell = spikes; cell < spikes + n_spikes; cell++)
        for (int k = first_group[*cell - start]; k < first_group[*cell - start + 1]; k++)
        {
            const size_t then = now + groups[k].delay;  // a division would take long
            slots[then < n_slots ? then : then - n_slots].push_back(
                {groups[k].first, groups[k].last});
        }
}

void SynapticPathway::advance()
{
    slots[now].clear();
    now = (now + 1) % slots.size();
}
"""


_LOOP = re.compile(
    r"std::vector<int> \*_spiking_synapses = (\w+)\.peek\(\);\s*"
    r"const int _num_spiking_synapses = _spiking_synapses->size\(\);(\s*\{?)\s*"
    r"for\(int _spiking_synapse_idx=0;\s*_spiking_synapse_idx<_num_spiking_synapses;\s*"
    r"_spiking_synapse_idx\+\+\)\s*\{\s*"
    r"const size_t _idx = \(\*_spiking_synapses\)\[_spiking_synapse_idx\];"
)
_OUR_LOOP = r"""\2
        for (const auto& _range : \1.arriving())
        for (int _place = _range.first; _place < _range.second; _place++)
        {
            const size_t _idx = \1.at(_place);"""


def replace_pathways(project: Path) -> bool:
    """Write the class into a C++ project, and the loops that go with it.

    Return whether Brian2's were those that they stand for; others stay as they are.
    """
    file = project / WRITTEN_TO
    written = "".join(file.read_text(encoding="utf-8").split())
    loops = {
        code: _LOOP.sub(_OUR_LOOP, code.read_text(encoding="utf-8"))
        for code in project.glob("code_objects/*.cpp")
    }
    known = hashlib.sha256(written.encode()).hexdigest() == _REPLACED
    if not known or any("peek()" in text for text in loops.values()):
        return False
    for code, text in loops.items():
        code.write_text(text, encoding="utf-8")
    file.write_text(_HEADER, encoding="utf-8")
    file.with_suffix(".cpp").write_text(_FUNCTIONS, encoding="utf-8")
    return True
