// Charts with their intervals: chart(spec, announce) → a figure that draws itself as wide as it is given room.
//
// spec = { title, kind: "line" | "dots", x: { label, scale, categories? }, y: { label, scale, unit }, series: [{ key, name,
// points: [[x, mean, low, high], …] }] }; scales are "linear", "log" and "category". Pointing at a point, or going there
// with the arrow keys, shows its figures; the legend hides a series; a table has all of it.

import { drawn, element } from "./dom.js";

const HEIGHT = 300;
const MARGIN = { left: 58, right: 18, top: 14, bottom: 44 };

/** A value of the y axis in words: 97.93 %, +1.20 points, 0.275. */
export function worded(value, unit) {
  if (unit === "percent") return `${(100 * value).toFixed(2)} %`;
  if (unit === "points") return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
  return value.toFixed(3);
}

export function chart(spec, announce = () => {}) {
  const hidden = new Set();
  const holder = element("div", { class: "plot" });
  const tip = element("div", { class: "tip", hidden: true });
  const legend = spec.series.length < 2 ? [] : spec.series.map((series) =>
    element("button", { type: "button", class: `series ${series.key}`, "aria-pressed": "true", onclick: (event) => toggle(event.currentTarget, series.key) }, series.name));
  const figure = element("figure", { class: "chart" }, element("figcaption", {}, element("b", {}, spec.title)), element("div", { class: "row legend-of" }, ...legend), holder, table(spec));
  let svg = null;
  let points = [];
  let at = -1;

  function toggle(button, key) {
    if (hidden.has(key)) hidden.delete(key);
    else hidden.add(key);
    button.setAttribute("aria-pressed", String(!hidden.has(key)));
    draw();
  }

  function draw() {
    const width = Math.max(280, holder.clientWidth || 560);
    const shown = spec.series.filter((series) => !hidden.has(series.key));
    points = [];
    svg = (spec.kind === "dots" ? dots : lines)(spec, shown, width, points);
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-roledescription", "chart");
    svg.setAttribute("aria-label", `${spec.title}. Arrow keys go through its points; the table below has them all.`);
    svg.addEventListener("pointermove", near);
    svg.addEventListener("pointerleave", () => show(-1));
    svg.addEventListener("blur", () => show(-1));
    svg.addEventListener("keydown", key);
    holder.replaceChildren(svg, tip);
    at = -1;
    tip.hidden = true;
  }

  function near(event) {
    const box = svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const distances = points.map((point) => Math.hypot(point.x - x, point.y - y));
    const closest = distances.indexOf(Math.min(...distances));
    show(distances[closest] < 60 ? closest : -1);
  }

  function key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || !points.length) return;
    event.preventDefault();
    show(((at < 0 && step < 0 ? 0 : at) + step + points.length) % points.length);
    announce(points[at].text);
  }

  function show(index) {
    at = index;
    for (const ring of svg.querySelectorAll(".ring")) ring.remove();
    tip.hidden = index < 0;
    if (index < 0) return;
    const { x, y, text } = points[index];
    svg.append(drawn("circle", { class: "ring", cx: x, cy: y, r: 9 }));
    tip.textContent = text;
    tip.style.left = `${Math.min(Math.max(x, 90), svg.clientWidth - 90)}px`;
    tip.style.top = `${y < 70 ? y + 16 : y - 14}px`;
    tip.classList.toggle("below", y < 70);
  }

  new ResizeObserver(draw).observe(holder);
  draw();
  return figure;
}

/** Lines through the means, and a band for the intervals. */
function lines(spec, shown, width, points) {
  const { left, right, top, bottom } = MARGIN;
  const all = spec.series.flatMap((series) => series.points);
  const x = spec.x.scale === "category"
    ? scale("linear", [-0.35, spec.x.categories.length - 0.65], [left, width - right])
    : scale(spec.x.scale, extent(all.map((point) => point[0]), spec.x.scale), [left + 8, width - right - 8]);
  const y = scale(spec.y.scale, extent(all.flatMap((point) => [point[2], point[3]]), spec.y.scale), [HEIGHT - bottom, top]);
  const svg = frame(spec, width);
  for (const value of ticks(spec.y.scale, y.domain)) {
    svg.append(drawn("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }), drawn("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, axisText(value, spec.y.unit)));
  }
  const places = spec.x.scale === "category" ? spec.x.categories.map((_, i) => i) : spec.x.scale === "log" ? ticks("log", x.domain) : [...new Set(all.map((point) => point[0]))];
  const crowded = (width - left - right) / places.length < 42;
  places.forEach((value, i) => {
    if (crowded && i % 2) return;
    const text = spec.x.scale === "category" ? spec.x.categories[value] : compact(value);
    svg.append(drawn("text", { x: x(value), y: HEIGHT - bottom + 18, "text-anchor": "middle" }, text));
  });
  for (const series of shown) {
    const path = (values) => values.map(([px, py], i) => `${i ? "L" : "M"}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join("");
    const upper = series.points.map((point) => [point[0], point[3]]);
    const lower = series.points.map((point) => [point[0], point[2]]).reverse();
    svg.append(drawn("path", { class: `band ${series.key}`, d: `${path(upper)}L${path(lower).slice(1)}Z` }), drawn("path", { class: `line ${series.key}`, d: path(series.points) }));
    for (const [px, mean, low, high] of series.points) {
      svg.append(drawn("circle", { class: `dot ${series.key}`, cx: x(px), cy: y(mean), r: 4 }));
      const place = spec.x.scale === "category" ? spec.x.categories[px] : `${compact(px)} ${spec.x.label.split(", ").at(-1)}`;
      points.push({ x: x(px), y: y(mean), text: `${series.name}, ${place}: ${interval(mean, low, high, spec.y.unit)}` });
    }
  }
  return svg;
}

/** One row for each category: dot, interval, and the line of no difference. */
function dots(spec, shown, width, points) {
  const row = 58;
  const { left, right } = { left: 18, right: 18 };
  const { categories } = spec.x;
  const all = spec.series.flatMap((series) => series.points);
  const x = scale("linear", extent([0, ...all.flatMap((point) => [point[2], point[3]])]), [left + 10, width - right - 10]);
  const height = row * categories.length + 44;
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height });
  for (const value of ticks("linear", x.domain)) {
    svg.append(drawn("line", { class: "grid", x1: x(value), x2: x(value), y1: 6, y2: height - 40 }), drawn("text", { x: x(value), y: height - 24, "text-anchor": "middle" }, axisText(value, spec.y.unit)));
  }
  svg.append(drawn("line", { class: "zero", x1: x(0), x2: x(0), y1: 6, y2: height - 40 }), drawn("text", { class: "label", x: width / 2, y: height - 6, "text-anchor": "middle" }, spec.y.label));
  for (const series of shown) {
    series.points.forEach(([i, mean, low, high]) => {
      const y = row * i + 40;
      svg.append(drawn("text", { class: "label", x: left, y: y - 16 }, categories[i]),
        drawn("line", { class: `line ${series.key}`, x1: x(low), x2: x(high), y1: y, y2: y }), drawn("circle", { class: `dot ${series.key}`, cx: x(mean), cy: y, r: 5.5 }));
      points.push({ x: x(mean), y, text: `${categories[i]}: ${interval(mean, low, high, spec.y.unit)}` });
    });
  }
  return svg;
}

function frame(spec, width) {
  return drawn("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT },
    drawn("text", { class: "label", x: (MARGIN.left + width - MARGIN.right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, spec.x.label),
    drawn("text", { class: "label", x: 13, y: (MARGIN.top + HEIGHT - MARGIN.bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 13 ${(MARGIN.top + HEIGHT - MARGIN.bottom) / 2})` }, spec.y.label));
}
function interval(mean, low, high, unit) {
  return low === high ? worded(mean, unit) : `${worded(mean, unit)} (${worded(low, unit)} to ${worded(high, unit)})`;
}
function table(spec) {
  const places = [...new Set(spec.series.flatMap((series) => series.points.map((point) => point[0])))].sort((a, b) => a - b);
  const cell = (series, place) => {
    const point = series.points.find((one) => one[0] === place);
    return point ? interval(...point.slice(1), spec.y.unit) : "";
  };
  const name = (place) => (spec.x.scale === "category" ? spec.x.categories[place] : place.toLocaleString("en"));
  return element("details", {}, element("summary", {}, "As a table"), element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${spec.title}, as a table` }, element("table", {},
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, spec.x.label || "images"), ...spec.series.map((series) => element("th", { scope: "col" }, series.name)))),
    element("tbody", {}, ...places.map((place) => element("tr", {}, element("th", { scope: "row" }, name(place)), ...spec.series.map((series) => element("td", {}, cell(series, place)))))))));
}

// Scales.

function scale(kind, domain, [from, to]) {
  const f = kind === "log" ? Math.log10 : (value) => value;
  const [low, high] = domain.map(f);
  const place = (value) => from + ((f(value) - low) / (high - low || 1)) * (to - from);
  return Object.assign(place, { domain });
}
function extent(values, kind = "linear") {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (kind === "log") return [low, high];
  const room = 0.04 * (high - low || 1);
  return [low - (low === 0 ? 0 : room), high + room];
}
function ticks(kind, [low, high]) {
  if (kind === "log") {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) for (const m of high / low > 300 ? [1] : [1, 3]) {
      const value = Number((m * 10 ** power).toPrecision(1));
      if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
    }
    return found;
  }
  const rough = (high - low) / 5;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * size).find((candidate) => candidate >= rough);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(Number((i * step).toFixed(10)));
  return found;
}
const axisText = (value, unit) => (unit === "percent" ? `${Number((100 * value).toFixed(2))} %` : String(value).replace("-", "−"));
const compact = (value) => (value >= 1e6 ? `${value / 1e6}M` : value >= 1000 ? `${value / 1000}k` : String(value));
