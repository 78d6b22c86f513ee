// One unit in words, numbers and pictures: inspected(network, u, choose) makes what stands in the inspector.

import { classes, convolution, dense, pooling } from "./arithmetic.js";
import { css, legible, paint, paintValues, tone } from "./colours.js";
import { element } from "./dom.js";
import { channelsOf, fieldOf, flatIndex, isMap, nameOf, unitAt, valueOf } from "./units.js";

const MARK = "#ffb000"; // what is chosen, on any picture
const fixed = (value, digits = 3) => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
};
const signed = (value, digits = 3) => {
  const text = fixed(value, digits);
  return text.startsWith("−") || Number(text) === 0 ? text : `+${text}`;
};
export const short = (value) => {
  if (value === 0) return "0";
  return Math.abs(value) < 0.001 ? value.toExponential(2).replaceAll("-", "−") : fixed(value, 4);
};

/** The nodes of the inspector for one unit. `choose(unit)` follows a number to where it comes from. With `reached`, a
 * number of cells, the large map shows no more of itself than that: the kernel is on its way. */
export function inspected(network, u, { choose, reached = Infinity }) {
  const layer = network.layers[u.layer];
  const { nodes, value } = (SHOWN[layer.kind] ?? showPooling)(network, u, choose);
  const field = fieldOf(network, u);
  const traced = valueOf(network, u);
  const agree = Math.abs(value - traced) <= 1e-4 * Math.max(1, Math.abs(value)) ? "They agree." : "They differ.";
  const place = isMap(layer) ? `map ${u.channel}, row ${u.row}, column ${u.col}` : `unit ${u.channel}`;
  const counted = layer.shape[2] > 1 ? ` of ${layer.shape[2]}` : "";
  return [
    element("h4", {}, `${layer.name} `, element("small", {}, place)),
    element("p", { class: "value" }, short(traced)),
    element("div", { class: "pair" },
      isMap(layer) && element("figure", {}, largeMap(network, u, choose, reached), element("figcaption", {}, `map ${u.channel}${counted}: choose a cell`)),
      element("figure", {}, seenPixels(network, field), element("figcaption", {}, `sees ${sizeOf(field)} pixels: rows ${field.top}–${field.bottom - 1}, columns ${field.left}–${field.right - 1}`)),
    ),
    ...nodes,
    element("p", { class: "check" }, `Redone on this page: ${fixed(value, 6)}. In the network: ${fixed(traced, 6)}. ${agree}`),
  ]; // prettier-ignore
}

export const sizeOf = (field) => `${field.bottom - field.top} × ${field.right - field.left}`;

/** The image, with what the unit sees of it lit up. */
function seenPixels(network, field) {
  const k = 8;
  const canvas = element("canvas", { id: "seen", role: "img", "aria-label": `The image; the unit sees ${sizeOf(field)} pixels of it` });
  paint(canvas, 28 * k, 28 * k, (i) => {
    const [row, col] = [Math.floor(i / (28 * k) / k), Math.floor((i % (28 * k)) / k)];
    const inside = row >= field.top && row < field.bottom && col >= field.left && col < field.right;
    const grey = network.image[row * 28 + col];
    return Array(3).fill(inside ? grey : Math.round(grey * 0.45 + 12));
  });
  outline(canvas, field.top * k, field.left * k, (field.bottom - field.top) * k, (field.right - field.left) * k, 4);
  return canvas;
}

/** The unit's whole feature map, to choose another cell of it. */
function largeMap(network, u, choose, reached) {
  const layer = network.layers[u.layer];
  const [height, width] = layer.shape;
  const k = Math.max(4, Math.round(224 / width));
  const canvas = element("canvas", {
    id: "large", class: "pick", role: "img", "aria-label": `Map ${u.channel} of ${layer.name}`,
    onclick: (event) => choose({ ...u, ...cellUnder(event, canvas, height, width) }),
  }); // prettier-ignore
  paint(canvas, height * k, width * k, (i) => {
    const [row, col] = [Math.floor(i / (width * k) / k), Math.floor((i % (width * k)) / k)];
    return tone(row * width + col < reached ? layer.output[flatIndex(layer, { ...u, row, col })] / layer.most : 0);
  });
  outline(canvas, u.row * k, u.col * k, k, k, 3);
  return canvas;
}

function outline(canvas, top, left, height, width, line) {
  const context = canvas.getContext("2d");
  context.strokeStyle = MARK;
  context.lineWidth = line;
  context.strokeRect(left + line / 2, top + line / 2, width - line, height - line);
}

/** The row and column of the cell under the pointer, where the element shows rows × cols cells. */
export function cellUnder(event, shown, rows, cols) {
  const box = shown.getBoundingClientRect();
  const clamp = (x, n) => Math.max(0, Math.min(n - 1, Math.floor(x * n)));
  return { row: clamp((event.clientY - box.top) / box.height, rows), col: clamp((event.clientX - box.left) / box.width, cols) };
}

const heading = (text) => element("h5", {}, text);
const account = (rows) =>
  element("table", { class: "account" }, rows.map(([what, value]) => element("tr", {}, element("td", {}, what), element("td", {}, String(value)))));
function link(network, u, choose) {
  const name = nameOf(network, u);
  return element("button", { type: "button", "data-unit": name, title: `Follow ${name}`, onclick: () => choose(u) }, name);
}

/** A grid of numbers, coloured on a scale of −most … most; those of the layer before can be followed. */
function cells(network, entries, across, most, key, choose) {
  const digits = across > 3 ? 1 : 2;
  const inner = entries.map((entry) => {
    if (entry.from === null) return element("span", { class: "out", title: "outside: 0" }, "0");
    const value = entry[key];
    const rgb = tone(value / most);
    const style = { background: css(rgb), color: legible(rgb) };
    if (key !== "input") return element("span", { style, title: short(value) }, fixed(value, digits));
    const name = nameOf(network, entry.from);
    return element("button", {
      type: "button", class: entry.win && "win", style, "data-unit": name, title: `${name} = ${short(value)}`,
      onclick: () => choose(entry.from),
    }, fixed(value, digits)); // prettier-ignore
  });
  return element("div", { class: `cells${across > 5 ? " tiny" : ""}`, style: { "grid-template-columns": `repeat(${across},1fr)` } }, inner);
}

function showConvolution(network, u, choose) {
  const layer = network.layers[u.layer];
  const sum = convolution(network, u);
  const across = layer.window[1];
  const most = (key) => Math.max(1e-9, ...sum.parts.flatMap((part) => part.entries.map((entry) => Math.abs(entry[key]))));
  const scales = { input: most("input"), weight: most("weight"), product: most("product") };
  const order = [...sum.parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const shown = order.slice(0, across > 1 ? 3 : 8);
  const several = sum.parts.length > 1;
  const source = network.layers[u.layer - 1].name;
  const blocks = shown.flatMap((part) => {
    const grid = (key) => cells(network, part.entries, across, scales[key], key, choose);
    const product = element("div", { class: "product" }, grid("input"), element("span", {}, "×"), grid("weight"), element("span", {}, "="), grid("product"));
    return several ? [heading(`${source} map ${part.channel}: ${signed(part.sum)}`), product] : [product];
  });
  const rest = order.slice(shown.length).reduce((s, part) => s + part.sum, 0);
  const title = heading(`${several ? `The ${shown.length} of ${sum.parts.length} maps with the largest sums` : "What it sees"} × kernel = products`);
  const table = account([
    ["all products", signed(sum.products, 5)],
    ["bias", signed(sum.bias, 5)],
    ["sum", signed(sum.before, 5)],
    [layer.activation ? `after ${layer.activation}` : "value", fixed(sum.value, 5)],
  ]);
  const others = order.length > shown.length
    ? [heading(`All ${sum.parts.length} maps, one bar each (the others together ${signed(rest)})`), spark(sum.parts.map((part) => part.sum))]
    : []; // prettier-ignore
  return { nodes: several ? [table, ...others, title, ...blocks] : [title, ...blocks, table], value: sum.value };
}

/** A bar for each value, up or down from the middle. */
function spark(values) {
  const most = Math.max(...values.map(Math.abs)) || 1;
  const bars = values.map((v) => {
    const height = (Math.abs(v) / most) * 50;
    return element("span", { style: { top: `${v > 0 ? 50 - height : 50}%`, height: `${height}%`, background: `var(--${v > 0 ? "adds" : "takes"})` } });
  });
  return element("div", { class: "spark", role: "img", "aria-label": "The share of each map" }, bars);
}

function showPooling(network, u, choose) {
  const layer = network.layers[u.layer];
  const before = network.layers[u.layer - 1];
  const { entries, winners, sum, count, value } = pooling(network, u);
  const grid = cells(network, entries, layer.window[1], before.most, "input", choose);
  grid.classList.add("alone");
  const rows = layer.kind === "MaxPooling2D"
    ? [[`the largest${winners > 1 ? `, ${winners} times` : ""}`, fixed(value, 5)]]
    : [["sum", fixed(sum, 5)], ["divided by", count], ["mean", fixed(value, 5)]]; // prettier-ignore
  return { nodes: [heading(`Its window in ${before.name}, map ${u.channel}`), grid, account(rows)], value };
}

function showDense(network, u, choose) {
  const layer = network.layers[u.layer];
  const sum = dense(network, u);
  const order = [...sum.terms].sort((a, b) => b.product - a.product);
  const adding = order.slice(0, 8).filter((term) => term.product > 0);
  const removing = order.slice(-8).reverse().filter((term) => term.product < 0);
  const most = Math.max(...[...adding, ...removing].map((term) => Math.abs(term.product)), 1e-9);
  const bar = (share, kind) => element("td", { class: "bar" }, element("span", { style: { width: `${100 * share}%`, background: `var(--${kind})` } }));
  const table = (terms, kind) =>
    element("table", { class: "terms" }, terms.map((term) => element("tr", {},
      element("td", {}, link(network, term.from, choose)),
      element("td", {}, `${fixed(term.input, 2)} × ${signed(term.weight, 2)}`),
      bar(Math.abs(term.product) / most, kind),
      element("td", {}, signed(term.product, 2)),
    ))); // prettier-ignore
  const named = [...adding, ...removing].reduce((s, term) => s + term.product, 0);
  const rows = [
    ["the largest terms, below", signed(named, 5)],
    ["all other terms", signed(sum.products - named, 5)],
    ["bias", signed(sum.bias, 5)],
  ];
  const result = [];
  let value = sum.value;
  if (layer.activation === "softmax") {
    const shares = classes(network, u.layer);
    value = shares[u.channel].share;
    rows.push(["sum: the logit", signed(sum.before, 5)]);
    const cooled = network.temperature === 1 ? "" : ` / ${fixed(network.temperature, 3)}`;
    result.push(heading(`Softmax: e^((logit − largest)${cooled}), divided by the sum of all`));
    result.push(element("table", { class: "terms" }, shares.map((c, i) => element("tr", { class: i === u.channel && "here" },
      element("td", {}, i === 10 ? "none" : String(i)),
      element("td", {}, signed(c.logit, 2)),
      element("td", {}, short(c.power)),
      bar(c.share, "adds"),
      element("td", {}, `${fixed(100 * c.share, 2)} %`),
    )))); // prettier-ignore
  } else rows.push(["sum", signed(sum.before, 5)], [layer.activation ? `after ${layer.activation}` : "value", fixed(value, 5)]);
  const pixels = network.layers[u.layer - 1].kind === "Input" ? overTheImage(sum.terms) : [];
  return { nodes: [account(rows), ...result, ...pixels, heading("What adds most"), table(adding, "adds"), heading("What takes away most"), table(removing, "takes")], value };
}

/** The weights of all pixels as a picture, and beside it what each contributes. */
function overTheImage(terms) {
  const pictures = ["weight", "product"].map((key) => {
    const canvas = element("canvas", { "data-weights": key, role: "img", "aria-label": key === "weight" ? "The weight of each pixel" : "Pixel times weight" });
    const values = terms.map((term) => term[key]);
    paintValues(canvas, 28, 28, values, { most: Math.max(...values.map(Math.abs)) || 1 });
    return canvas;
  });
  return [heading("Its 784 weights, and pixel × weight"), element("div", { class: "pair" }, pictures)];
}

function showCopy(network, u, choose) {
  if (network.layers[u.layer].kind === "Input") {
    const field = fieldOf(network, u);
    const pixel = network.image[field.top * 28 + field.left];
    return { nodes: [account([["pixel", pixel], ["divided by", 255], ["value", fixed(pixel / 255, 5)]])], value: pixel / 255 };
  }
  const from = unitAt(network, u.layer - 1, u.channel);
  return { nodes: [heading("The same number as"), element("p", {}, link(network, from, choose))], value: valueOf(network, from) };
}

const SHOWN = { Conv2D: showConvolution, DepthwiseConv2D: showConvolution, Dense: showDense, Flatten: showCopy, Input: showCopy };
