"use strict";

{
  const data = JSON.parse(document.getElementById("spikes").textContent);
  const element = (id) => document.getElementById(id);
  const [unitMenu, slider, eventMenu, actionMenu, sigmaMenu] =
    ["unit", "slider", "event", "action", "sigma"].map(element);
  const conditionMenus = [...document.querySelectorAll("select.condition")];
  const notes = [...document.querySelectorAll(".panel-note")];
  const [windowStart, windowStop] = data.window_s;
  const { condition, action, start_s, stop_s } = data.trials;
  const models = [];  // of each panel, by name
  const rateOf = (hz) => (Number.isFinite(hz) ? `${hz.toFixed(1)} spikes/s` : "not recorded");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  let shown = { row: -1, spikes: [] };

  function option(menu, value, text) {
    menu.append(new Option(text, value));
  }

  function fillMenus() {
    let group;
    data.units.forEach((unit, row) => {
      if (group?.label !== unit.area) {
        group = document.createElement("optgroup");
        group.label = unit.area;
        unitMenu.append(group);
      }
      option(group, row, `${unit.name}: ${rateOf(unit.rate_hz ?? NaN)}`);
    });
    slider.max = data.units.length - 1;
    Object.keys(data.events_s).forEach((name) => option(eventMenu, name, name.replaceAll("_", " ")));
    eventMenu.value = data.event;
    option(actionMenu, "", "all");
    const known = action ? [...new Set(action)].sort() : [];
    known.forEach((name) => option(actionMenu, name, name));
    actionMenu.parentElement.hidden = known.length < 2;
    data.sigmas_s.forEach((s) => option(sigmaMenu, s, s > 0 ? `${s * 1000} ms` : `none`));
    sigmaMenu.value = data.sigma_s;
    conditionMenus.forEach((menu, panel) => {
      data.conditions.forEach(({ name }) => option(menu, name, name));
      menu.value = data.panels[panel];
    });
  }

  // Return the bytes of a text as a typed array.
  function decoded(text, kind) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new globalThis[kind](bytes.buffer);
  }

  // Return the spikes of a unit in each trial, in seconds of the session.
  function spikesOf(row) {
    if (shown.row !== row) {
      const counts = decoded(data.units[row].counts, "Uint32Array");
      const ticks = decoded(data.units[row].ticks, data.tick_type);
      let first = 0;
      const spikes = Array.from(counts, (count, trial) => {
        const own = ticks.subarray(first, (first += count));
        return Float64Array.from(own, (tick) => start_s[trial] + tick * data.tick_s);
      });
      shown = { row, spikes };
    }
    return shown.spikes;
  }

  // Return the trials of a panel that have the event, those of one action together.
  function trialsOf(panel) {
    const chosen = [];
    const spikes = spikesOf(Number(unitMenu.value));
    const zero_s = data.events_s[eventMenu.value];
    let total = 0;
    condition.forEach((name, k) => {
      if (name !== conditionMenus[panel].value) return;
      if (actionMenu.value && action[k] !== actionMenu.value) return;
      total += 1;
      if (zero_s[k] === null) return;
      chosen.push({
        zero: zero_s[k], start: start_s[k], stop: stop_s[k], spikes: spikes[k],
        action: action ? action[k] : "",
      });
    });
    chosen.sort((a, b) => (a.action < b.action ? -1 : a.action > b.action ? 1 : 0));
    return { chosen, total };
  }

  // Set a range, also for the tool that puts all ranges back.
  function setRange(range, start, end) {
    range.setv({ reset_start: start, reset_end: end, start, end });
  }

  function drawRaster({ spikes, gaps, borders, raster }, trials, intervals) {
    const ticks = { x: [], y0: [], y1: [] };
    const outside = { left: [], right: [], y: [] };
    const between = { y: [] };
    const labels = new Map();
    let first = 0;
    trials.forEach(({ zero, start, stop, spikes: times, action: name }, y) => {
      for (const time of times) {
        const x = time - zero;
        if (x < windowStart || x >= windowStop) continue;
        ticks.x.push(x);
        ticks.y0.push(y - 0.42);
        ticks.y1.push(y + 0.42);
      }
      let end = windowStart;  // of what was recorded so far
      for (const [a, b] of [...(intervals ?? [[start, stop]]), [Infinity, Infinity]]) {
        const from = Math.min(Math.max(a, start) - zero, windowStop);
        if (Math.min(b, stop) < start) continue;
        if (from > end) {
          outside.left.push(end);
          outside.right.push(from);
          outside.y.push(y);
        }
        end = Math.max(end, Math.min(b, stop) - zero);
      }
      if (trials[y + 1]?.action !== name) {
        if (y + 1 < trials.length) between.y.push(y + 0.5);
        labels.set((first + y) / 2, name.length > data.longest ? `${name.slice(0, data.longest - 1)}…` : name);
        first = y + 1;
      }
    });
    spikes.data = ticks;
    gaps.data = outside;
    borders.data = between;
    setRange(raster.y_range, Math.max(trials.length, 1) - 0.5, -0.5);
    raster.left[0].major_label_overrides = labels;
    raster.left[0].ticker.ticks = [...labels.keys()];
  }

  function draw() {
    const unit = data.units[unitMenu.value];
    const curves = models.map((own, panel) => {
      const { chosen, total } = trialsOf(panel);
      const found = psth(chosen, unit.recorded_s, data.window_s, data.step_s, Number(sigmaMenu.value));
      drawRaster(own, chosen, unit.recorded_s);
      own.rates.data = {
        t: Array.from(found.rates, (_, bin) => windowStart + (bin + 0.5) * data.step_s),
        rate: Array.from(found.rates),
      };
      const { kind } = data.conditions.find(({ name }) => name === conditionMenus[panel].value);
      own.curve.glyph.line_color = own.ticks.glyph.line_color = colour(kind);
      const swatch = document.createElement("span");
      swatch.className = "swatch";
      swatch.style.background = colour(kind);
      const has = chosen.length === total ? `${total} trials` : `${chosen.length} of ${total} trials have the event`;
      const mean = chosen.length ? `, ${rateOf(found.mean)} in the window` : "";
      notes[panel].replaceChildren(swatch, `${kind === "other" ? "" : `${kind}, `}${has}${mean}`);
      return found.rates;
    });
    const top = Math.max(1, ...curves.map((rates) => rates.reduce((a, b) => (b > a ? b : a), 0)));
    for (const own of models) {
      setRange(own.psth.y_range, 0, 1.08 * top);
      own.psth.below[0].axis_label = `time from ${eventMenu.selectedOptions[0].text} (s)`;
    }
    element("unit-name").textContent = unit.about ? `${unit.name} (${unit.about})` : unit.name;
  }

  // Bokeh draws on a canvas, which has no style sheet: take the colours of the page.
  function paint() {
    const [ink, faint, line, gap] = ["ink", "faint", "line", "gap"].map(colour);
    for (const own of models) {
      for (const figure of [own.raster, own.psth]) {
        for (const axis of [...figure.left, ...figure.below]) {
          axis.setv({
            axis_line_color: line, major_tick_line_color: line,
            major_label_text_color: faint, axis_label_text_color: faint,
          });
        }
      }
      own.shade.glyph.fill_color = gap;
      own.border.glyph.line_color = line;
      own.zero_raster.glyph.line_color = own.zero_psth.glyph.line_color = ink;
    }
    draw();
  }

  function choose(row) {
    const last = data.units.length - 1;
    unitMenu.value = slider.value = Math.min(Math.max(row, 0), last);
    draw();
  }

  async function begin() {
    fillMenus();
    for (const [panel, figure] of data.figures.entries()) {
      await Bokeh.embed.embed_item(figure, `panel-${panel}`);
      const page = Bokeh.documents.at(-1);
      models.push(Object.fromEntries(data.models.map((name) => [name, page.get_model_by_name(name)])));
    }
    const ranges = models.map((own) => own.raster.x_range);
    ranges.forEach((range, panel) => {  // who zooms into one panel sees the same time in the other
      range.change.connect(() => ranges[1 - panel].setv({ start: range.start, end: range.end }));
    });
    unitMenu.addEventListener("change", () => choose(Number(unitMenu.value)));
    slider.addEventListener("input", () => choose(Number(slider.value)));
    for (const menu of [eventMenu, actionMenu, sigmaMenu, ...conditionMenus]) menu.addEventListener("change", draw);
    element("previous").addEventListener("click", () => choose(Number(unitMenu.value) - 1));
    element("next").addEventListener("click", () => choose(Number(unitMenu.value) + 1));
    document.addEventListener("keydown", ({ key, target, altKey, ctrlKey, metaKey }) => {
      if (altKey || ctrlKey || metaKey || target.closest?.("select, input")) return;
      if (key === "ArrowLeft") choose(Number(unitMenu.value) - 1);
      if (key === "ArrowRight") choose(Number(unitMenu.value) + 1);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
    choose(0);
    paint();
  }

  begin();
}
