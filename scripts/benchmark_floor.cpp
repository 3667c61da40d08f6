// The floor of scripts/benchmark.py: the updates of the default circuit as a plain loop, with
// ring buffers for delays and compressed rows of synapses. Prints seconds and spikes.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

template <typename T>
std::vector<T> read(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    std::vector<T> values(file.tellg() / sizeof(T));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(values.data()), values.size() * sizeof(T));
    return values;
}

struct Random {  // xorshift128+
    uint64_t a = 88172645463325252ULL, b = 362436069362436069ULL;
    double operator()() {
        uint64_t x = a, y = b;
        a = y;
        x ^= x << 23;
        b = x ^ y ^ (x >> 17) ^ (y >> 26);
        return ((b + y) >> 11) * 0x1.0p-53;
    }
};

struct Rows {  // synapses sorted by presynaptic cell
    std::vector<int32_t> first, target, delay;
    std::vector<double> fast, slow;
    explicit Rows(const std::string& name)
        : first(read<int32_t>(name + ".first")), target(read<int32_t>(name + ".target")),
          delay(read<int32_t>(name + ".delay")), fast(read<double>(name + ".fast")),
          slow(read<double>(name + ".slow")) {}
};

int main(int, char** argv) {
    const std::string folder = std::string(argv[1]) + "/";
    const auto shape = read<int32_t>(folder + "shape");  // inputs, cells, steps, slots, kinds
    const int n_inputs = shape[0], n = shape[1], n_steps = shape[2], slots = shape[3];
    const auto shared = read<double>(folder + "shared");
    const double dt = shared[0], E_exc = shared[1], E_inh = shared[2], tau_ampa = shared[3],
                 tau_nmda = shared[4], tau_gaba = shared[5], tau_noise = shared[6],
                 tau_slow = shared[7], sample = shared[8];
    auto of = [&](const char* name) { return read<double>(folder + name); };
    const auto C = of("C"), gL = of("gL"), EL = of("EL"), VT = of("VT"), DT = of("DT"),
               V_cut = of("V_cut"), V_reset = of("V_reset"), t_ref = of("t_ref"), a = of("a"),
               b = of("b"), tau_w = of("tau_w"), bias = of("bias"), noise_sd = of("noise_sd"),
               slow_sd = of("slow_noise_sd"), drive = of("drive");
    std::vector<Rows> rows;
    std::vector<bool> from_inputs, inhibitory;
    for (int kind = 0; kind < shape[4]; ++kind) {
        rows.emplace_back(folder + "kind" + std::to_string(kind));
        from_inputs.push_back(shape[5 + 2 * kind]);
        inhibitory.push_back(shape[6 + 2 * kind]);
    }
    std::vector<double> state[8];
    for (auto& values : state) values.assign(n, 0.0);
    state[0] = EL;
    double *__restrict v = state[0].data(), *__restrict adapt = state[1].data(),
           *__restrict ge = state[2].data(), *__restrict gn = state[3].data(),
           *__restrict gi = state[4].data(), *__restrict noise = state[5].data(),
           *__restrict slow = state[6].data(), *__restrict free_at = state[7].data();
    std::vector<double> ring_e(size_t(slots) * n), ring_n(ring_e), ring_i(ring_e);
    std::vector<int> spikes_i;
    std::vector<double> spikes_t;
    std::vector<int> fired;
    Random random;
    const double keep_e = std::exp(-dt / tau_ampa), keep_n = std::exp(-dt / tau_nmda),
                 keep_i = std::exp(-dt / tau_gaba), keep_noise = std::exp(-dt / tau_noise),
                 keep_slow = std::exp(-sample / tau_slow),
                 mean_e = tau_ampa / dt * (1 / keep_e - 1), mean_n = tau_nmda / dt * (1 / keep_n - 1),
                 mean_i = tau_gaba / dt * (1 / keep_i - 1),
                 amount = std::sqrt(12 * (1 - keep_noise * keep_noise)),
                 slow_amount = std::sqrt(12 * (1 - keep_slow * keep_slow));
    const int per_sample = int(std::lround(sample / dt));
    std::vector<double> uniform(n);
    const auto began = std::chrono::steady_clock::now();
    for (int step = 0; step < n_steps; ++step) {
        const double t = step * dt;
        const int slot = step % slots;
        double *__restrict in_e = &ring_e[size_t(slot) * n], *__restrict in_n = &ring_n[size_t(slot) * n],
               *__restrict in_i = &ring_i[size_t(slot) * n];
        if (step % per_sample == 0)
            for (int k = 0; k < n; ++k)
                slow[k] = slow[k] * keep_slow + slow_sd[k] * slow_amount * (random() - 0.5);
        for (int k = 0; k < n; ++k) uniform[k] = random() - 0.5;
#pragma GCC ivdep
        for (int k = 0; k < n; ++k) {
            ge[k] = ge[k] * keep_e + in_e[k];
            gn[k] = gn[k] * keep_n + in_n[k];
            gi[k] = gi[k] * keep_i + in_i[k];
            in_e[k] = in_n[k] = in_i[k] = 0;
            noise[k] = noise[k] * keep_noise + noise_sd[k] * amount * uniform[k];
            const double dv = gL[k] * (EL[k] - v[k]) + gL[k] * DT[k] * std::exp((v[k] - VT[k]) / DT[k]) +
                              (mean_e * ge[k] + mean_n * gn[k]) * (E_exc - v[k]) +
                              mean_i * gi[k] * (E_inh - v[k]) - adapt[k] + bias[k] + noise[k] + slow[k];
            const double dw = (a[k] * (v[k] - EL[k]) - adapt[k]) / tau_w[k];
            v[k] += t > free_at[k] ? dt * dv / C[k] : 0.0;
            adapt[k] += dt * dw;
        }
        auto deliver = [&](size_t kind, int k) {
            const Rows& r = rows[kind];
            for (int s = r.first[k]; s < r.first[k + 1]; ++s) {
                const size_t at = size_t((step + r.delay[s]) % slots) * n + r.target[s];
                if (inhibitory[kind]) {
                    ring_i[at] += r.fast[s];
                } else {
                    ring_e[at] += r.fast[s];
                    ring_n[at] += r.slow[s];
                }
            }
        };
        fired.clear();
        for (int k = 0; k < n; ++k)
            if (v[k] > V_cut[k]) fired.push_back(k);
        for (int k : fired) {
            v[k] = V_reset[k];
            adapt[k] += b[k];
            free_at[k] = t + t_ref[k] + dt / 2;
            spikes_i.push_back(k);
            spikes_t.push_back(t);
            for (size_t kind = 0; kind < rows.size(); ++kind)
                if (!from_inputs[kind]) deliver(kind, k);
        }
        const double* rate = &drive[size_t(step / per_sample) * n_inputs];
        for (int k = 0; k < n_inputs; ++k)
            if (random() < rate[k] * dt)
                for (size_t kind = 0; kind < rows.size(); ++kind)
                    if (from_inputs[kind]) deliver(kind, k);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%.6f %zu\n", took.count(), spikes_i.size());
}
