"use strict";
// Draws what the page holds. It computes one thing: the sum of the unit that is shown.

const data = JSON.parse(document.getElementById("data").textContent);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);
const byId = (id) => document.getElementById(id);
const escaped = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const dark = matchMedia("(prefers-color-scheme: dark)");

const image = bytes(data.image);
const erased = floats(data.erased);
const inked = floats(data.inked);
const layers = data.layers.map((layer) => ({
  ...layer,
  output: floats(layer.output),
  kernel: layer.kernel && floats(layer.kernel),
  bias: layer.bias && floats(layer.bias),
}));
for (const layer of layers) layer.most = layer.output.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;

// Colours: blue adds, orange takes away, and zero has the paper's own tone.

const TONES = {
  light: { zero: [239, 237, 230], adds: [[120, 165, 240], [22, 66, 160]], takes: [[245, 175, 110], [165, 62, 4]] },
  dark: { zero: [30, 34, 43], adds: [[52, 104, 200], [176, 212, 255]], takes: [[190, 88, 20], [255, 205, 150]] },
};
function tone(share) {
  const { zero, adds, takes } = TONES[dark.matches ? "dark" : "light"];
  const [middle, end] = share < 0 ? takes : adds;
  const t = Math.min(Math.abs(share), 1) ** 0.8;
  const [from, to, u] = t < 0.5 ? [zero, middle, 2 * t] : [middle, end, 2 * t - 1];
  return from.map((c, i) => Math.round(c + (to[i] - c) * u));
}
const css = (rgb) => `rgb(${rgb.join(",")})`;
const luminance = ([r, g, b]) => 0.2126 * (r / 255) ** 2.2 + 0.7152 * (g / 255) ** 2.2 + 0.0722 * (b / 255) ** 2.2;
const legible = (rgb) => (luminance(rgb) > 0.179 ? "#000" : "#fff"); // where both have a contrast of 4.6, as WCAG defines it

function paint(canvas, height, width, at) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < height * width; i++) pixels.data.set([...at(i), 255], 4 * i);
  context.putImageData(pixels, 0, 0);
}
const grey = (i) => [image[i], image[i], image[i]];
function overlay(canvas, lost, sign) {
  const most = lost.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
  paint(canvas, 28, 28, (i) => {
    const share = (sign * lost[i]) / most;
    const strength = Math.abs(share) ** 0.7 * 0.85;
    const heat = share < 0 ? [255, 130, 30] : [60, 130, 255];
    return grey(i).map((c, k) => Math.round((0.75 * c + 18) * (1 - strength) + heat[k] * strength));
  });
}

// Units: {layer, channel, row, col}. A vector's unit has row and col 0 and its index as channel.

const isMap = (layer) => layer.shape.length === 3;
const rowsOf = (layer) => (isMap(layer) ? layer.shape[0] : 1);
const colsOf = (layer) => (isMap(layer) ? layer.shape[1] : 1);
const channelsOf = (layer) => layer.shape[layer.shape.length - 1];
const flatIndex = (layer, u) => (u.row * colsOf(layer) + u.col) * channelsOf(layer) + u.channel;
const valueOf = (u) => layers[u.layer].output[flatIndex(layers[u.layer], u)];
const nameOf = (u) =>
  [layers[u.layer].name, u.channel, ...(isMap(layers[u.layer]) ? [u.row, u.col] : [])].join(":");
function unitAt(number, index) {
  const layer = layers[number];
  const channels = channelsOf(layer);
  const place = Math.floor(index / channels);
  return { layer: number, channel: index % channels, row: Math.floor(place / colsOf(layer)), col: place % colsOf(layer) };
}
function parse(text) {
  const parts = text.trim().split(":");
  const numbers = parts.slice(-3).every((p) => /^\d+$/.test(p)) && parts.length > 3 ? parts.splice(-3) : parts.splice(-1);
  const number = layers.findIndex((layer) => layer.name === parts.join(":"));
  const layer = layers[number];
  const names = layers.map((l) => `${l.name} (${l.shape.join(" × ")})`).join(", ");
  if (!layer) return `There is no such layer. Expected one of: ${names}.`;
  const [channel, row, col] = [...numbers.map((n) => (/^\d+$/.test(n) ? +n : NaN)), 0, 0];
  const fits = numbers.length === layer.shape.length && channel < channelsOf(layer) && row < rowsOf(layer) && col < colsOf(layer);
  if (!fits) return `There is no such unit. ${layer.name} has the shape ${layer.shape.join(" × ")}: write ${layer.name}${isMap(layer) ? ":channel:row:column" : ":index"}.`;
  return { layer: number, channel, row, col };
}
function fieldOf(u) {
  const layer = layers[u.layer];
  if (layer.kind === "Flatten") return fieldOf(unitAt(u.layer - 1, u.channel));
  if (!layer.rows) return { top: Math.floor(u.channel / 28), bottom: Math.floor(u.channel / 28) + 1, left: u.channel % 28, right: (u.channel % 28) + 1 };
  const [top, bottom] = layer.rows[u.row];
  const [left, right] = layer.cols[u.col];
  return { top, bottom, left, right };
}

// The sum of one unit, in double precision.

const ACTIVATIONS = { relu: (x) => Math.max(x, 0), tanh: Math.tanh, sigmoid: (x) => 1 / (1 + Math.exp(-x)) };
const activate = (layer, x) => (ACTIVATIONS[layer.activation] || ((y) => y))(x);

function windowOf(u) {
  const layer = layers[u.layer];
  const before = layers[u.layer - 1];
  const cells = [];
  for (let i = 0; i < layer.window[0]; i++)
    for (let j = 0; j < layer.window[1]; j++) {
      const [row, col] = [layer.tops[u.row] + i, layer.lefts[u.col] + j];
      cells.push({ i, j, row, col, inside: row >= 0 && col >= 0 && row < before.shape[0] && col < before.shape[1] });
    }
  return cells;
}
function convolution(u) {
  const layer = layers[u.layer];
  const before = layers[u.layer - 1];
  const [, across, taken, made] = layer.kernel_shape;
  const groups = channelsOf(before) / taken;
  const first = Math.floor(u.channel / (made / groups)) * taken;
  const cells = windowOf(u);
  const parts = [];
  for (let k = 0; k < taken; k++) {
    const entries = cells.map((cell) => {
      const from = { layer: u.layer - 1, channel: first + k, row: cell.row, col: cell.col };
      const weight = layer.kernel[((cell.i * across + cell.j) * taken + k) * made + u.channel];
      const input = cell.inside ? valueOf(from) : 0;
      return { from: cell.inside ? from : null, input, weight, product: input * weight };
    });
    parts.push({ channel: first + k, entries, sum: entries.reduce((s, e) => s + e.product, 0) });
  }
  const products = parts.reduce((s, part) => s + part.sum, 0);
  const bias = layer.bias[u.channel];
  return { parts, products, bias, before: products + bias, value: activate(layer, products + bias) };
}
function dense(u) {
  const layer = layers[u.layer];
  const previous = layers[u.layer - 1];
  const units = channelsOf(layer);
  const terms = Array.from(previous.output, (input, i) => {
    const weight = layer.kernel[i * units + u.channel];
    return { from: unitAt(u.layer - 1, i), input, weight, product: input * weight };
  });
  const products = terms.reduce((s, t) => s + t.product, 0);
  const bias = layer.bias[u.channel];
  return { terms, products, bias, before: products + bias };
}
function softmax(number) {
  const count = channelsOf(layers[number]);
  const logits = Array.from({ length: count }, (_, channel) => dense({ layer: number, channel, row: 0, col: 0 }).before);
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - most) / data.temperature));
  const total = powers.reduce((a, b) => a + b, 0);
  return logits.map((logit, i) => ({ logit, power: powers[i], share: powers[i] / total }));
}

// The inspector: HTML for each kind of layer.

const fixed = (value, digits = 3) => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
};
const signed = (value, digits = 3) => {
  const text = fixed(value, digits);
  return text.startsWith("−") || Number(text) === 0 ? text : `+${text}`;
};
const short = (value) => {
  if (value === 0) return "0";
  return Math.abs(value) < 0.001 ? value.toExponential(2).replaceAll("-", "−") : fixed(value, 4);
};
const link = (u, text) => `<button type="button" data-unit="${escaped(nameOf(u))}" title="Follow ${escaped(nameOf(u))}">${text}</button>`;
const account = (rows) => `<table class="account">${rows.map(([what, value]) => `<tr><td>${what}</td><td>${value}</td></tr>`).join("")}</table>`;

function cellsOf(entries, across, most, pick) {
  const tiny = across > 5 ? " tiny" : "";
  const inner = entries.map((entry) => {
    const value = pick(entry);
    const rgb = tone(value / most);
    const style = `style="background:${css(rgb)};color:${legible(rgb)}"`;
    const digits = across > 3 ? 1 : 2;
    if (entry.from === null) return `<span class="out" title="outside: 0">0</span>`;
    const kind = entry.win ? ` class="win"` : "";
    const name = escaped(nameOf(entry.from));
    return pick === inputOf
      ? `<button type="button"${kind} ${style} data-unit="${name}" title="${name} = ${short(value)}">${fixed(value, digits)}</button>`
      : `<span ${style} title="${short(value)}">${fixed(value, digits)}</span>`;
  });
  return `<div class="cells${tiny}" style="grid-template-columns:repeat(${across},1fr)">${inner.join("")}</div>`;
}
const inputOf = (entry) => entry.input;

function showConvolution(u) {
  const layer = layers[u.layer];
  const sum = convolution(u);
  const across = layer.window[1];
  const most = (pick) => Math.max(1e-9, ...sum.parts.flatMap((p) => p.entries.map((e) => Math.abs(pick(e)))));
  const scales = [most(inputOf), most((e) => e.weight), most((e) => e.product)];
  const order = [...sum.parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const shown = order.slice(0, across > 1 ? 3 : 8);
  const source = escaped(layers[u.layer - 1].name);
  const blocks = shown.map((part) => {
    const title = sum.parts.length > 1 ? `<h5>${source} map ${part.channel}: ${signed(part.sum)}</h5>` : "";
    return `${title}<div class="product">${cellsOf(part.entries, across, scales[0], inputOf)}<span>×</span>${cellsOf(part.entries, across, scales[1], (e) => e.weight)}<span>=</span>${cellsOf(part.entries, across, scales[2], (e) => e.product)}</div>`;
  });
  const rest = order.slice(shown.length).reduce((s, part) => s + part.sum, 0);
  const heading = `<h5>${sum.parts.length > 1 ? `The ${shown.length} of ${sum.parts.length} maps with the largest sums` : "What it sees"} × kernel = products</h5>`;
  const rows = [["all products", signed(sum.products, 5)], ["bias", signed(sum.bias, 5)], ["sum", signed(sum.before, 5)], [layer.activation ? `after ${layer.activation}` : "value", fixed(sum.value, 5)]];
  const others = order.length > shown.length ? `<h5>All ${sum.parts.length} maps, one bar each (the others together ${signed(rest)})</h5>${bars(sum.parts.map((p) => p.sum))}` : "";
  const html = sum.parts.length > 1 ? account(rows) + others + heading + blocks.join("") : heading + blocks.join("") + account(rows);
  return { html, value: sum.value };
}
function bars(values) {
  const most = Math.max(...values.map(Math.abs)) || 1;
  const rects = values.map((v, i) => {
    const height = (Math.abs(v) / most) * 22;
    return `<rect x="${i + 0.1}" width="0.8" y="${v > 0 ? 23 - height : 23}" height="${height}" fill="var(--${v > 0 ? "adds" : "takes"})"/>`;
  });
  return `<svg class="spark" viewBox="0 0 ${values.length} 46" preserveAspectRatio="none" role="img" aria-label="The share of each map">${rects.join("")}</svg>`;
}
function showPooling(u) {
  const layer = layers[u.layer];
  const entries = windowOf(u).map((cell) => {
    const from = { layer: u.layer - 1, channel: u.channel, row: cell.row, col: cell.col };
    return { from: cell.inside ? from : null, input: cell.inside ? valueOf(from) : 0 };
  });
  const inside = entries.filter((e) => e.from);
  const largest = Math.max(...inside.map(inputOf));
  const isMax = layer.kind === "MaxPooling2D";
  for (const entry of inside) entry.win = isMax && entry.input === largest;
  const total = inside.reduce((s, e) => s + e.input, 0);
  const value = isMax ? largest : total / inside.length;
  const grid = cellsOf(entries, layer.window[1], layers[u.layer - 1].most, inputOf).replace("cells", "cells alone");
  const winners = inside.filter((e) => e.win);
  const rows = isMax
    ? [[`the largest${winners.length > 1 ? `, ${winners.length} times` : ""}`, fixed(value, 5)]]
    : [["sum", fixed(total, 5)], ["divided by", inside.length], ["mean", fixed(value, 5)]];
  return { html: `<h5>Its window in ${escaped(layers[u.layer - 1].name)}, map ${u.channel}</h5>${grid}${account(rows)}`, value };
}
function showDense(u) {
  const layer = layers[u.layer];
  const sum = dense(u);
  const order = [...sum.terms].sort((a, b) => b.product - a.product);
  const adding = order.slice(0, 8).filter((t) => t.product > 0);
  const removing = order.slice(-8).reverse().filter((t) => t.product < 0);
  const most = Math.max(...[...adding, ...removing].map((t) => Math.abs(t.product)), 1e-9);
  const table = (terms, kind) =>
    `<table class="terms">${terms.map((t) => `<tr><td>${link(t.from, escaped(nameOf(t.from)))}</td><td>${fixed(t.input, 2)} × ${signed(t.weight, 2)}</td><td class="bar"><span style="width:${(100 * Math.abs(t.product)) / most}%;background:var(--${kind})"></span></td><td>${signed(t.product, 2)}</td></tr>`).join("")}</table>`;
  const named = [...adding, ...removing].reduce((s, t) => s + t.product, 0);
  const rows = [["the largest terms, below", signed(named, 5)], ["all other terms", signed(sum.products - named, 5)], ["bias", signed(sum.bias, 5)]];
  const pixels = layers[u.layer - 1].kind === "Input" ? `<h5>Its 784 weights, and pixel × weight</h5><div class="pair"><canvas data-weights="weight"></canvas><canvas data-weights="product"></canvas></div>` : "";
  const terms = `<h5>What adds most</h5>${table(adding, "adds")}<h5>What takes away most</h5>${table(removing, "takes")}`;
  let value = activate(layer, sum.before);
  let result = "";
  if (layer.activation === "softmax") {
    const classes = softmax(u.layer);
    value = classes[u.channel].share;
    rows.push(["sum: the logit", signed(sum.before, 5)]);
    const cooled = data.temperature === 1 ? "" : ` / ${fixed(data.temperature, 3)}`;
    result = `<h5>Softmax: e^((logit − largest)${cooled}), divided by the sum of all</h5><table class="terms">`;
    result += classes.map((c, i) => `<tr${i === u.channel ? ` class="here"` : ""}><td>${i === 10 ? "none" : i}</td><td>${signed(c.logit, 2)}</td><td>${short(c.power)}</td><td class="bar"><span style="width:${100 * c.share}%;background:var(--adds)"></span></td><td>${fixed(100 * c.share, 2)} %</td></tr>`).join("");
    result += "</table>";
  } else rows.push(["sum", signed(sum.before, 5)], [layer.activation ? `after ${layer.activation}` : "value", fixed(value, 5)]);
  const html = account(rows) + result + pixels + terms;
  return { html, value, sum };
}
function showCopy(u) {
  const layer = layers[u.layer];
  if (layer.kind === "Input") {
    const field = fieldOf(u);
    const pixel = image[field.top * 28 + field.left];
    return { html: account([["pixel", pixel], ["divided by", 255], ["value", fixed(pixel / 255, 5)]]), value: pixel / 255 };
  }
  const from = unitAt(u.layer - 1, u.channel);
  return { html: `<h5>The same number as</h5><p>${link(from, escaped(nameOf(from)))}</p>`, value: valueOf(from) };
}
const VIEWS = { Conv2D: showConvolution, DepthwiseConv2D: showConvolution, Dense: showDense, Flatten: showCopy, Input: showCopy };

// Choosing.

let chosen = null;
let kept = false;

function choose(u, { keep = false, scroll = false, step = false } = {}) {
  chosen = u;
  kept = keep;
  const layer = layers[u.layer];
  const field = fieldOf(u);
  const view = (VIEWS[layer.kind] || showPooling)(u);
  const difference = Math.abs(view.value - valueOf(u));
  const seen = `${field.bottom - field.top} × ${field.right - field.left}`;
  const map = isMap(layer) ? `<figure><canvas id="large" class="pick"></canvas><figcaption>map ${u.channel}${layer.shape[2] > 1 ? ` of ${layer.shape[2]}` : ""}: choose a cell</figcaption></figure>` : "";
  const place = isMap(layer) ? `map ${u.channel}, row ${u.row}, column ${u.col}` : `unit ${u.channel}`;
  byId("sum").innerHTML = `<h4>${escaped(layer.name)} <small>${place}</small></h4><p class="value">${short(valueOf(u))}</p>
    <div class="pair">${map}<figure><canvas id="seen"></canvas><figcaption>sees ${seen} pixels: rows ${field.top}–${field.bottom - 1}, columns ${field.left}–${field.right - 1}</figcaption></figure></div>
    ${view.html}<p class="check">Redone on this page: ${fixed(view.value, 6)}. In the network: ${fixed(valueOf(u), 6)}. ${difference <= 1e-4 * Math.max(1, Math.abs(view.value)) ? "They agree." : "They differ."}</p>`;
  drawSeen(byId("seen"), field);
  if (isMap(layer)) drawLarge(byId("large"), u);
  for (const canvas of byId("sum").querySelectorAll("[data-weights]")) {
    const values = view.sum.terms.map((t) => t[canvas.dataset.weights]);
    const most = Math.max(...values.map(Math.abs)) || 1;
    paint(canvas, 28, 28, (i) => tone(values[i] / most));
  }
  if (document.activeElement !== byId("place")) byId("place").value = nameOf(u);
  byId("place-help").textContent = "";
  mark();
  if (keep) {
    byId("spoken").textContent = `${nameOf(u)} is ${short(valueOf(u))}, sees ${seen} pixels`;
    history[step ? "pushState" : "replaceState"](null, "", `#${nameOf(u)}`);
    byId("inspector").classList.remove("folded");
    fold(false);
  }
  if (scroll) mapElement(u).scrollIntoView({ block: "nearest" });
}
function drawSeen(canvas, field) {
  const k = 8;
  paint(canvas, 28 * k, 28 * k, (i) => {
    const [row, col] = [Math.floor(i / (28 * k) / k), Math.floor((i % (28 * k)) / k)];
    const inside = row >= field.top && row < field.bottom && col >= field.left && col < field.right;
    return grey(row * 28 + col).map((c) => (inside ? c : Math.round(c * 0.45 + 12)));
  });
  const context = canvas.getContext("2d");
  context.strokeStyle = "#ffb000";
  context.lineWidth = 4;
  context.strokeRect(field.left * k + 2, field.top * k + 2, (field.right - field.left) * k - 4, (field.bottom - field.top) * k - 4);
}
function drawLarge(canvas, u) {
  const layer = layers[u.layer];
  const k = Math.max(4, Math.round(224 / layer.shape[1]));
  paint(canvas, layer.shape[0] * k, layer.shape[1] * k, (i) => {
    const [row, col] = [Math.floor(i / (layer.shape[1] * k) / k), Math.floor((i % (layer.shape[1] * k)) / k)];
    return tone(layer.output[flatIndex(layer, { ...u, row, col })] / layer.most);
  });
  const context = canvas.getContext("2d");
  context.strokeStyle = "#ffb000";
  context.lineWidth = 3;
  context.strokeRect(u.col * k + 1.5, u.row * k + 1.5, k - 3, k - 3);
  canvas.onclick = (event) => choose({ ...u, ...cellUnder(event, canvas, layer.shape[0], layer.shape[1]) }, { keep: true });
}
function cellUnder(event, element, rows, cols) {
  const box = element.getBoundingClientRect();
  const clamp = (x, n) => Math.max(0, Math.min(n - 1, Math.floor(x * n)));
  return { row: clamp((event.clientY - box.top) / box.height, rows), col: clamp((event.clientX - box.left) / box.width, cols) };
}

// The layers' pictures. A vector is one picture: its units in rows of `across`.

const acrossOf = (layer) => (channelsOf(layer) <= 16 ? channelsOf(layer) : channelsOf(layer) % 28 === 0 ? 28 : 32);
const groups = Array.from(document.querySelectorAll(".layer"), (section) => section.querySelector(".maps"));

function build(number) {
  const layer = layers[number];
  const group = groups[number];
  const count = isMap(layer) ? channelsOf(layer) : 1;
  group.classList.toggle("row", !isMap(layer));
  group.classList.toggle("single", isMap(layer) && count === 1);
  group.classList.toggle("small", isMap(layer) && layer.shape[0] < 8);
  for (let channel = 0; channel < count; channel++) {
    const map = document.createElement("div");
    map.className = "map";
    map.append(document.createElement("canvas"));
    const unitUnder = (event) => {
      if (isMap(layer)) return { layer: number, channel, ...cellUnder(event, map, layer.shape[0], layer.shape[1]) };
      const across = acrossOf(layer);
      const cell = cellUnder(event, map, Math.ceil(channelsOf(layer) / across), across);
      return { layer: number, channel: Math.min(cell.row * across + cell.col, channelsOf(layer) - 1), row: 0, col: 0 };
    };
    map.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && !kept) later(() => choose(unitUnder(event)));
    });
    map.addEventListener("click", (event) => {
      const u = unitUnder(event);
      choose(u, { keep: !(kept && chosen && nameOf(chosen) === nameOf(u)) });
    });
    group.append(map);
  }
  if (!isMap(layer)) group.style.maxWidth = `${acrossOf(layer) * (layer.activation === "softmax" ? 44 : layer.kind === "Input" ? 7 : 18)}px`;
  if (layer.activation === "softmax") {
    const digits = Array.from({ length: channelsOf(layer) }, (_, i) => `<span>${i === 10 ? "none" : i}</span>`);
    group.insertAdjacentHTML("beforeend", `<div class="digits" aria-hidden="true">${digits.join("")}</div>`);
  }
  group.addEventListener("keydown", (event) => move(event, number));
  group.addEventListener("focus", () => {
    if (group.matches(":focus-visible") && (!chosen || chosen.layer !== number)) choose(strongest(number), { keep: true });
  });
}
let waiting = false;
let next = null;
function later(action) {
  next = action;
  if (!waiting) requestAnimationFrame(() => {
    waiting = false;
    if (!kept) next(); // a click since then has chosen
  });
  waiting = true;
}
function draw() {
  paint(byId("subject"), 28, 28, grey);
  overlay(byId("erased"), erased, 1);
  overlay(byId("inked"), inked, -1);
  layers.forEach((layer, number) => {
    groups[number].querySelectorAll("canvas").forEach((canvas, channel) => {
      if (isMap(layer)) {
        paint(canvas, layer.shape[0], layer.shape[1], (i) => tone(layer.output[i * layer.shape[2] + channel] / layer.most));
      } else {
        const across = acrossOf(layer);
        const none = TONES[dark.matches ? "dark" : "light"].zero;
        paint(canvas, Math.ceil(channelsOf(layer) / across), across, (i) => (i < layer.output.length ? tone(layer.output[i] / layer.most) : none));
      }
    });
  });
  const outlines = byId("patches");
  if (outlines) {
    const context = outlines.getContext("2d");
    context.clearRect(0, 0, 280, 280);
    context.strokeStyle = "#ffb000";
    context.lineWidth = 3;
    for (const patch of data.patches) {
      context.setLineDash(patch.fill ? [] : [7, 5]);
      context.strokeRect(patch.col * 10 + 1.5, patch.row * 10 + 1.5, patch.size * 10 - 3, patch.size * 10 - 3);
    }
  }
  if (chosen) choose(chosen, { keep: kept });
}
const mapElement = (u) => groups[u.layer].children[isMap(layers[u.layer]) ? u.channel : 0];
function mark() {
  document.querySelectorAll(".map.chosen").forEach((map) => map.classList.remove("chosen"));
  document.querySelectorAll(".dot").forEach((dot) => dot.remove());
  const layer = layers[chosen.layer];
  const map = mapElement(chosen);
  const across = isMap(layer) ? layer.shape[1] : acrossOf(layer);
  const down = isMap(layer) ? layer.shape[0] : Math.ceil(channelsOf(layer) / across);
  const [row, col] = isMap(layer) ? [chosen.row, chosen.col] : [Math.floor(chosen.channel / across), chosen.channel % across];
  const dot = document.createElement("span");
  dot.className = "dot";
  dot.style.cssText = `left:calc(${(100 * col) / across}% - 2px);top:calc(${(100 * row) / down}% - 2px);width:calc(${100 / across}% + 4px);height:calc(${100 / down}% + 4px)`;
  map.classList.add("chosen");
  map.append(dot);
}
function strongest(number) {
  const { output } = layers[number];
  return unitAt(number, output.reduce((best, v, i) => (Math.abs(v) > Math.abs(output[best]) ? i : best), 0));
}
function move(event, number) {
  const layer = layers[number];
  const u = chosen && chosen.layer === number ? { ...chosen } : strongest(number);
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const limit = (x, n) => Math.max(0, Math.min(n - 1, x));
  if (step && isMap(layer)) {
    u.row = limit(u.row + step[0], layer.shape[0]);
    u.col = limit(u.col + step[1], layer.shape[1]);
  } else if (step) u.channel = limit(u.channel + step[0] * acrossOf(layer) + step[1], channelsOf(layer));
  else if (event.key === "PageUp") u.channel = limit(u.channel - 1, channelsOf(layer));
  else if (event.key === "PageDown") u.channel = limit(u.channel + 1, channelsOf(layer));
  else if (event.key === "Enter") return byId("sum").focus();
  else return;
  event.preventDefault();
  choose(u, { keep: true, scroll: true });
}
function fold(folded) {
  byId("inspector").classList.toggle("folded", folded);
  byId("fold").textContent = folded ? "Show" : "Hide";
  byId("fold").setAttribute("aria-expanded", String(!folded));
}

if (layers.length) {
  layers.forEach((_, number) => build(number));
  byId("sum").addEventListener("click", (event) => {
    const target = event.target.closest("[data-unit]");
    if (target) choose(parse(target.dataset.unit), { keep: true, scroll: true, step: true });
  });
  byId("goto").addEventListener("submit", (event) => {
    event.preventDefault();
    const u = parse(byId("place").value);
    if (typeof u === "string") byId("place-help").textContent = u;
    else choose(u, { keep: true, scroll: true });
  });
  byId("fold").addEventListener("click", () => fold(!byId("inspector").classList.contains("folded")));
  addEventListener("popstate", () => {
    const u = parse(decodeURIComponent(location.hash.slice(1)));
    if (typeof u !== "string") choose(u, { keep: true, scroll: true });
  });
  new IntersectionObserver((entries) => {
    document.body.classList.toggle("looking", entries[0].isIntersecting);
  }).observe(byId("layers"));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") kept = false; });
}
draw();
dark.addEventListener("change", draw);
if (layers.length) {
  const linked = location.hash && parse(decodeURIComponent(location.hash.slice(1)));
  if (linked && typeof linked !== "string") choose(linked, { keep: true });
  else choose(strongest(1));
  fold(matchMedia("(max-width: 960px)").matches && !location.hash);
}
