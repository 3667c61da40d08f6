// The work of benchmark_floor.cpp by hand: single precision, loops that the compiler vectorises
// (-fopt-info-vec lists them), spikes queued as ranges of synapses. Prints seconds and spikes.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

using Floats = std::vector<float>;

template <typename T>
std::vector<T> read(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    std::vector<T> values(file.tellg() / sizeof(T));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(values.data()), values.size() * sizeof(T));
    return values;
}

// The exponential: the whole part of log2 goes into the bits of the exponent, the rest through
// a polynomial. It is off by 3e-7 of itself for |x| < 3, by 4e-6 for |x| < 87.
inline float exponential(float x) {
    const float two = std::max(x * 1.44269504f, -126.0f);
    const int32_t biased = int32_t(two + 127.5f), bits = biased << 23;
    const float f = (two - float(biased - 127)) * 0.693147181f;
    const float high = 1 / 6.0f + f * (1 / 24.0f + f * (1 / 120.0f + f / 720.0f));
    const float rest = 1 + f * (1 + f * (1 / 2.0f + f * high));
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return rest * power;
}

// A number from -1/2 to 1/2; each cell has a generator of its own (xorshift32).
inline float drawn(uint32_t& x) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return float(int32_t(x)) * 0x1p-32f;
}

std::vector<uint32_t> generators(int n, uint64_t seed) {
    std::vector<uint32_t> states(n);
    for (auto& state : states) {  // SplitMix64
        uint64_t z = seed += 0x9E3779B97F4A7C15ULL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        state = uint32_t(z >> 32) | 1;  // zero would stay zero
    }
    return states;
}

struct Synapse {
    int32_t source, delay, target;
    float fast, slow;
};

// Spikes on their way: the synapses of a cell that share a delay are queued as one. `width` numbers
// a target receive them: with 2 the fast and the slow conductance lie side by side.
template <int width>
class Pathway {
    struct Range {
        int32_t first, last;
    };
    struct Group {
        Range range;
        int32_t delay;
    };
    struct Arrival {
        int32_t at;
        float fast, slow;
    };
    std::vector<Arrival> arrivals;
    std::vector<Group> groups;
    std::vector<int32_t> first_group{0};  // of each source, and the end of the last one's
    std::vector<std::vector<Range>> slots;  // what arrives, a step each

public:
    Pathway(std::vector<Synapse> synapses, int n_sources, int n_slots) : slots(n_slots) {
        std::sort(synapses.begin(), synapses.end(), [](const Synapse& x, const Synapse& y) {
            return std::tie(x.source, x.delay, x.target) < std::tie(y.source, y.delay, y.target);
        });
        auto next = synapses.begin();
        for (int source = 0; source < n_sources; ++source) {
            while (next != synapses.end() && next->source == source) {
                const int32_t first = arrivals.size(), delay = next->delay;
                for (; next != synapses.end() && next->source == source && next->delay == delay; ++next)
                    arrivals.push_back({next->target * width, next->fast, next->slow});
                groups.push_back({{first, int32_t(arrivals.size())}, delay});
            }
            first_group.push_back(groups.size());
        }
    }
    void send(int source, int slot) {
        for (int k = first_group[source]; k < first_group[source + 1]; ++k) {
            size_t at = slot + groups[k].delay;
            at -= at >= slots.size() ? slots.size() : 0;
            slots[at].push_back(groups[k].range);
        }
    }
    void deliver(int slot, float* conductances) {
        auto& queued = slots[slot];
        for (size_t k = 0; k < queued.size(); ++k) {
            // The caches do not hold all synapses, and no order of memory foretells the next range.
            __builtin_prefetch(&arrivals[queued[std::min(k + 16, queued.size() - 1)].first]);
            for (int s = queued[k].first; s < queued[k].last; ++s) {
                conductances[arrivals[s].at] += arrivals[s].fast;
                if (width == 2) conductances[arrivals[s].at + 1] += arrivals[s].slow;
            }
        }
        queued.clear();
    }
};

// Flags that a vectorised loop sets, read eight at a time, for few are set.
struct Flags {
    std::vector<uint8_t> values;
    explicit Flags(int n) : values((n + 7) / 8 * 8) {}
    template <typename Act>
    void each(Act act) const {
        for (size_t k = 0; k < values.size(); k += 8) {
            uint64_t eight;
            std::memcpy(&eight, &values[k], 8);
            for (size_t j = k; eight; eight >>= 8, ++j)
                if (eight & 1) act(int(j));
        }
    }
};

int main(int, char** argv) {
    const std::string folder = std::string(argv[1]) + "/";
    const auto shape = read<int32_t>(folder + "shape");  // inputs, cells, steps, slots, kinds
    const int n_inputs = shape[0], n = shape[1], n_steps = shape[2], n_slots = shape[3];
    const auto shared = read<double>(folder + "shared");
    const double dt = shared[0], tau_ampa = shared[3], tau_nmda = shared[4], tau_gaba = shared[5],
                 tau_noise = shared[6], tau_slow = shared[7], sample = shared[8];
    const int per_sample = int(std::lround(sample / dt));
    auto mean = [&](double tau) { return tau / dt * std::expm1(dt / tau); };
    auto amount = [](double step, double tau) { return std::sqrt(12 * (1 - std::exp(-2 * step / tau))); };
    const float E_exc = shared[1], E_inh = shared[2], keep_e = std::exp(-dt / tau_ampa),
                keep_n = std::exp(-dt / tau_nmda), keep_i = std::exp(-dt / tau_gaba),
                keep_noise = std::exp(-dt / tau_noise), keep_slow = std::exp(-sample / tau_slow),
                mean_e = mean(tau_ampa), mean_n = mean(tau_nmda), mean_i = mean(tau_gaba);
    auto of = [&](const char* name, double factor = 1, int power = 1) {
        const auto values = read<double>(folder + name);
        Floats made(values.size());
        for (size_t k = 0; k < made.size(); ++k) made[k] = factor * std::pow(values[k], power);
        return made;
    };
    const Floats gL = of("gL"), EL = of("EL"), VT = of("VT"), DT = of("DT"), per_DT = of("DT", 1, -1),
                 V_cut = of("V_cut"), V_reset = of("V_reset"), a = of("a"), b = of("b"), bias = of("bias"),
                 dt_per_C = of("C", dt, -1), dt_per_tau_w = of("tau_w", dt, -1), refractory = of("t_ref", 1 / dt),
                 noise_sd = of("noise_sd", amount(dt, tau_noise)),
                 slow_sd = of("slow_noise_sd", amount(sample, tau_slow)), chance = of("drive", dt);

    std::vector<Synapse> synapses[2];  // excitatory, inhibitory; input cells are numbered after cells
    for (int kind = 0; kind < shape[4]; ++kind) {
        const std::string name = folder + "kind" + std::to_string(kind);
        const auto first = read<int32_t>(name + ".first"), target = read<int32_t>(name + ".target"),
                   delay = read<int32_t>(name + ".delay");
        const auto fast = read<double>(name + ".fast"), slow = read<double>(name + ".slow");
        const int before = shape[5 + 2 * kind] ? n : 0, inhibitory = shape[6 + 2 * kind];
        for (int k = 0; k + 1 < int(first.size()); ++k)
            for (int s = first[k]; s < first[k + 1]; ++s)
                synapses[inhibitory].push_back(
                    {before + k, delay[s], target[s], float(fast[s]), float(slow[s])});
    }
    Pathway<2> excitation(synapses[0], n + n_inputs, n_slots);
    Pathway<1> inhibition(synapses[1], n + n_inputs, n_slots);

    auto random = generators(n, 1), slow_random = generators(n, 2), input_random = generators(n_inputs, 3);
    Floats potential(EL), adaptation(n), g_exc(2 * n), g_inh(n), fast_noise(n), slow(n), current(n);
    std::vector<int32_t> free_after(n, -1);
    Flags fired(n), input_fired(n_inputs);
    float *__restrict v = potential.data(), *__restrict adapt = adaptation.data(),
          *__restrict g = g_exc.data(), *__restrict gi = g_inh.data(), *__restrict noise = fast_noise.data();
    uint8_t *__restrict fires = fired.values.data(), *__restrict input_fires = input_fired.values.data();
    std::vector<int> spikes_i;
    std::vector<float> spikes_t;
    const auto began = std::chrono::steady_clock::now();
    for (int step = 0; step < n_steps; ++step) {
        const int slot = step % n_slots;
        if (step % per_sample == 0)
            for (int k = 0; k < n; ++k) {
                slow[k] = slow[k] * keep_slow + slow_sd[k] * drawn(slow_random[k]);
                current[k] = bias[k] + slow[k];
            }
        excitation.deliver(slot, g);
        inhibition.deliver(slot, gi);
#pragma GCC ivdep
        for (int k = 0; k < n; ++k) {
            noise[k] = noise[k] * keep_noise + noise_sd[k] * drawn(random[k]);
            const float dv = gL[k] * (EL[k] - v[k] + DT[k] * exponential((v[k] - VT[k]) * per_DT[k])) +
                             (mean_e * g[2 * k] + mean_n * g[2 * k + 1]) * (E_exc - v[k]) +
                             mean_i * gi[k] * (E_inh - v[k]) - adapt[k] + current[k] + noise[k];
            const float dw = a[k] * (v[k] - EL[k]) - adapt[k];
            v[k] += step > free_after[k] ? dt_per_C[k] * dv : 0.0f;
            adapt[k] += dt_per_tau_w[k] * dw;
            fires[k] = v[k] > V_cut[k];
            g[2 * k] *= keep_e;
            g[2 * k + 1] *= keep_n;
            gi[k] *= keep_i;
        }
        fired.each([&](int k) {
            v[k] = V_reset[k];
            adapt[k] += b[k];
            free_after[k] = step + int(refractory[k] + 0.5f);
            spikes_i.push_back(k);
            spikes_t.push_back(step);
            excitation.send(k, slot);
            inhibition.send(k, slot);
        });
        const float* __restrict now = &chance[size_t(step / per_sample) * n_inputs];
#pragma GCC ivdep
        for (int k = 0; k < n_inputs; ++k) input_fires[k] = drawn(input_random[k]) + 0.5f < now[k];
        input_fired.each([&](int k) { excitation.send(n + k, slot); });
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%.6f %zu\n", took.count(), spikes_i.size());
}
