// The template's entries over the picture of the blank. An entry keeps the keys that the TOML has, and where its place
// is given by edges or single boxes, these are moved with it.
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const LEAST = 4; // pixels of a field's sides
const NEW = [120, 50]; // pixels of one that is added without drawing

let entries = [], saved = [], pages = [], digest = "", count = 0;
let page = 1, chosen = null, zoom = 1, number = 0, clean = "";
const past = [];

// ---- entries ----

const around = (boxes) => {
  const left = Math.min(...boxes.map((b) => b[0])), top = Math.min(...boxes.map((b) => b[1]));
  return [left, top, Math.max(...boxes.map((b) => b[0] + b[2])) - left, Math.max(...boxes.map((b) => b[1] + b[3])) - top];
};

function frame({ keys }) {
  const box = keys.boxes ? around(keys.boxes) : [...(keys.box ?? [0, 0, 1, 1])];
  for (const [axis, edges] of [keys.across, keys.down].entries()) {
    if (edges?.length) { box[axis] = edges[0]; box[axis + 2] = edges.at(-1) - edges[0]; }
  }
  return box;
}

/** Move and resize an entry: all that says where it is follows its frame. */
function place(entry, to) {
  const { width, height } = pages[pageOf(entry) - 1], from = frame(entry), { keys } = entry;
  const w = Math.min(Math.max(LEAST, Math.round(to[2])), width), h = Math.min(Math.max(LEAST, Math.round(to[3])), height);
  const x = Math.min(Math.max(0, Math.round(to[0])), width - w), y = Math.min(Math.max(0, Math.round(to[1])), height - h);
  const across = (v) => Math.round(x + (v - from[0]) * w / from[2]), down = (v) => Math.round(y + (v - from[1]) * h / from[3]);
  const moved = ([bx, by, bw, bh]) => [across(bx), down(by), Math.max(1, across(bx + bw) - across(bx)), Math.max(1, down(by + bh) - down(by))];
  if (keys.box) keys.box = keys.across?.length || keys.down?.length ? moved(keys.box) : [x, y, w, h];
  if (keys.boxes) keys.boxes = keys.boxes.map(moved);
  if (keys.across) keys.across = keys.across.map(across);
  if (keys.down) keys.down = keys.down.map(down);
}

const pageOf = (entry) => entry.keys.page ?? 1;
const amount = (value, edges) => Array.isArray(value) ? value.length : value ?? Math.max(1, (edges?.length ?? 1) - 1);
const equal = (start, length, parts) => Array.from({ length: parts + 1 }, (_, n) => Math.round(start + length * n / parts));

/** The lines inside an entry's frame: rows, columns and cells. */
function lines(entry) {
  const { keys } = entry, [x, y, w, h] = frame(entry);
  if (keys.boxes) return keys.boxes.map(([a, b, c, d]) => `M${a} ${b}h${c}v${d}h${-c}z`);
  const xs = keys.across?.length ? keys.across : equal(x, w, amount(keys.columns));
  const ys = keys.down?.length ? keys.down : equal(y, h, amount(keys.rows, keys.down));
  const drawn = [...xs.slice(1, -1).map((at) => `M${at} ${y}v${h}`), ...ys.slice(1, -1).map((at) => `M${x} ${at}h${w}`)];
  for (let c = 0; c < xs.length - 1; c++) {
    const cells = keys.columns?.[c]?.cells ?? keys.cells ?? 1;
    drawn.push(...equal(xs[c], xs[c + 1] - xs[c], cells).slice(1, -1).map((at) => `M${at} ${y}v${h}`));
  }
  return drawn;
}

function freeName() {
  const taken = new Set(entries.map((one) => one.keys.name));
  let n = entries.length + 1;
  while (taken.has(`field${n}`)) n++;
  return `field${n}`;
}

// ---- changes ----

const shot = () => JSON.stringify(entries);

/** Do something to the entries that can be undone; changes under one `mark` that follow each other are one. */
function change(work, mark = null) {
  const before = shot();
  work();
  if (shot() === before) return show();
  if (!mark || past.at(-1)?.mark !== mark) past.push({ before, mark, chosen });
  $("error").hidden = true;
  $("status").textContent = "";
  show();
}

function undo() {
  const last = past.pop();
  if (!last) return;
  entries = JSON.parse(last.before);
  chosen = entries.some((one) => one.id === last.chosen) ? last.chosen : null;
  show();
}

function add(box) {
  const entry = { id: ++number, keys: { name: freeName(), ...(page > 1 ? { page } : {}), box: [0, 0, 1, 1] } };
  change(() => {
    entries.push(entry);
    place(entry, box);
  });
  choose(entry.id, true);
  $("name").focus();
  $("name").select();
}

function remove() {
  const at = entries.findIndex((one) => one.id === chosen);
  if (at < 0) return;
  change(() => entries.splice(at, 1));
  const here = entries.filter((one) => pageOf(one) === page);
  choose(here[Math.min(at, here.length - 1)]?.id ?? null, true);
}

function copy() {
  const entry = current();
  if (!entry) return;
  const twin = { id: ++number, keys: { ...structuredClone(entry.keys), name: freeName() } };
  change(() => {
    entries.splice(entries.indexOf(entry) + 1, 0, twin);
    const [x, y, w, h] = frame(twin);
    place(twin, [x, y + h + h / 4, w, h]);
  });
  choose(twin.id, true);
}

const current = () => entries.find((one) => one.id === chosen);

// ---- the picture ----

const made = (name, attributes) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

let sheet = null; // the picture of a page: what lies on it is drawn anew, the picture itself is not

function sheetOf(wanted) {
  if (sheet?.page !== wanted) {
    const { width, height } = pages[wanted - 1], svg = made("svg", { viewBox: `0 0 ${width} ${height}` }), layer = made("g", {});
    svg.append(made("image", { href: `/pages/${wanted}.png`, width, height }), layer);
    sheet = { page: wanted, svg, layer };
    $("paper").replaceChildren(svg);
  }
  return sheet;
}

function draw() {
  const { width, height } = pages[page - 1], focused = document.activeElement?.dataset?.id, { svg, layer } = sheetOf(page);
  svg.setAttribute("width", Math.round(width * zoom));
  svg.setAttribute("height", Math.round(height * zoom));
  layer.replaceChildren(...entries.filter((one) => pageOf(one) === page).map((entry) => {
    const [x, y, w, h] = frame(entry), on = entry.id === chosen;
    const group = made("g", {
      class: on ? "field chosen" : "field", tabindex: 0, role: "button", "aria-pressed": on, "data-id": entry.id,
      "aria-label": `${entry.keys.name}, at ${x}, ${y}, ${w} wide, ${h} high`,
    });
    const size = on ? 12 / zoom : Math.min(12 / zoom, 0.8 * h); // within its own box, where a table's rows touch
    const label = made("text", { x: x + 3 / zoom, y: y + size, "font-size": size });
    label.textContent = entry.keys.name;
    group.append(made("rect", { class: "box", x, y, width: w, height: h }), made("path", { class: "part", d: lines(entry).join("") }), label);
    if (on) {
      const corners = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
      group.append(...corners.map(([cx, cy], corner) => made("circle", { class: "handle", cx, cy, r: 5 / zoom, "data-corner": corner })));
    }
    return group;
  }));
  if (focused) layer.querySelector(`[data-id="${focused}"]`)?.focus({ preventScroll: true });
}

function show() {
  draw();
  fill();
  $("list").replaceChildren(...entries.map((entry) => {
    const item = document.createElement("li"), button = document.createElement("button");
    button.textContent = entry.keys.name;
    button.setAttribute("aria-current", String(entry.id === chosen));
    button.onclick = () => choose(entry.id, true);
    item.append(button);
    return item;
  }));
  for (const button of $("pages").children) button.setAttribute("aria-pressed", String(Number(button.dataset.page) === page));
  $("save").disabled = shot() === clean;
  $("undo").disabled = !past.length;
}

function choose(id, focus = false) {
  chosen = id;
  const entry = current();
  if (entry) page = Math.min(pageOf(entry), pages.length);
  show();
  if (!focus || !entry) return;
  const group = $("paper").querySelector(`[data-id="${id}"]`);
  group?.focus({ preventScroll: true });
  group?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// ---- what the number may be ----

const whole = (id) => ($(id).value === "" ? null : Math.round(Number($(id).value)));
const listed = (value) => (Array.isArray(value) ? value.map((one) => one.name ?? one).join(", ") : value ?? "");
const parsed = (text) => (text.trim() === "" ? null : /^\d+$/.test(text.trim()) ? Number(text) : text.split(",").map((part) => part.trim()).filter(Boolean));
const put = (keys, key, value) => { if (value === null || value === "" || value === false) delete keys[key]; else keys[key] = value; };
const pair = (low, high) => (low === null && high === null ? null : [low ?? high, high ?? low]);

function fill() {
  const entry = current();
  $("inspector").hidden = !entry;
  if (!entry) return;
  const { keys } = entry, [x, y, w, h] = frame(entry), digits = [keys.digits ?? []].flat(), detailed = keys.columns?.some?.((one) => typeof one !== "string");
  $("chosen").textContent = keys.name;
  const values = {
    name: keys.name, x, y, w, h, cells: keys.cells ?? keys.boxes?.length ?? "", "digits-low": digits[0] ?? "", "digits-high": digits.at(-1) ?? "",
    "range-low": keys.range?.[0] ?? "", "range-high": keys.range?.[1] ?? "", pattern: keys.pattern ?? "", check: keys.check ?? "",
    rows: listed(keys.rows), columns: listed(keys.columns),
  };
  for (const [id, value] of Object.entries(values)) if (document.activeElement !== $(id) || $(id).dataset.for !== String(entry.id)) { $(id).value = value; $(id).dataset.for = entry.id; }
  $("empty").checked = keys.empty ?? false;
  $("cells").disabled = Boolean(keys.boxes); // each has its place already
  $("table").disabled = Boolean(keys.boxes);
  $("rows").disabled = Boolean(keys.down?.length);
  $("columns").disabled = Boolean(detailed || keys.across?.length); // columns that differ are for the file
}

const EDITS = {
  name: (keys) => { keys.name = $("name").value; },
  cells: (keys) => put(keys, "cells", whole("cells")),
  "digits-low": digitsGiven, "digits-high": digitsGiven, "range-low": rangeGiven, "range-high": rangeGiven,
  pattern: (keys) => put(keys, "pattern", $("pattern").value),
  check: (keys) => put(keys, "check", $("check").value),
  empty: (keys) => put(keys, "empty", $("empty").checked),
  rows: (keys) => put(keys, "rows", parsed($("rows").value)),
  columns: (keys) => put(keys, "columns", parsed($("columns").value)),
};
function digitsGiven(keys) { const both = pair(whole("digits-low"), whole("digits-high")); put(keys, "digits", both && both[0] === both[1] ? both[0] : both); }
function rangeGiven(keys) { put(keys, "range", pair(whole("range-low"), whole("range-high"))); }

for (const [id, edit] of Object.entries(EDITS)) $(id).addEventListener("input", () => { const entry = current(); if (entry) change(() => edit(entry.keys), `${id} ${entry.id}`); });
["x", "y", "w", "h"].forEach((id, axis) => $(id).addEventListener("change", () => {
  const entry = current();
  if (!entry || whole(id) === null) return;
  const to = frame(entry);
  to[axis] = whole(id);
  change(() => place(entry, to));
  $(id).value = frame(entry)[axis];
}));
$("inspector").addEventListener("submit", (event) => event.preventDefault());

// ---- pointer and keyboard ----

let drag = null;
const at = (event) => {
  const box = $("paper").querySelector("svg").getBoundingClientRect();
  return [(event.clientX - box.left) / zoom, (event.clientY - box.top) / zoom];
};

$("paper").addEventListener("pointerdown", (event) => {
  if (event.button) return;
  const group = event.target.closest(".field"), corner = event.target.dataset?.corner;
  if (!group) {
    if (event.pointerType !== "mouse" || !event.target.closest("svg")) { return; }
    drag = { kind: "new", from: at(event) };
  } else {
    const id = Number(group.dataset.id);
    if (id !== chosen) choose(id);
    $("paper").querySelector(`[data-id="${id}"]`).focus({ preventScroll: true });
    drag = { kind: corner === undefined ? "move" : "size", corner: Number(corner), from: at(event), frame: frame(current()), mark: `drag ${++number}` };
  }
  event.preventDefault();
  $("paper").setPointerCapture(event.pointerId);
});

$("paper").addEventListener("pointermove", (event) => {
  if (!drag) return;
  const [px, py] = at(event), dx = px - drag.from[0], dy = py - drag.from[1];
  if (drag.kind === "new") {
    drag.box = [Math.min(px, drag.from[0]), Math.min(py, drag.from[1]), Math.abs(dx), Math.abs(dy)];
    const svg = $("paper").querySelector("svg"), [x, y, width, height] = drag.box;
    svg.querySelector(".drawn")?.remove();
    svg.append(made("rect", { class: "drawn", x, y, width, height }));
    return;
  }
  const [x, y, w, h] = drag.frame, entry = current();
  if (drag.kind === "move") return change(() => place(entry, [x + dx, y + dy, w, h]), drag.mark);
  const left = drag.corner === 0 || drag.corner === 3, top = drag.corner < 2;
  const across = Math.max(LEAST, left ? w - dx : w + dx), down = Math.max(LEAST, top ? h - dy : h + dy);
  change(() => place(entry, [left ? x + w - across : x, top ? y + h - down : y, across, down]), drag.mark);
});

for (const kind of ["pointerup", "pointercancel"]) $("paper").addEventListener(kind, () => {
  const box = drag?.kind === "new" ? drag.box : null, clicked = drag?.kind === "new" && !box;
  drag = null;
  $("paper").querySelector(".drawn")?.remove();
  if (box && Math.min(box[2], box[3]) >= LEAST) add(box);
  else if (clicked) choose(null);
});

$("paper").addEventListener("focusin", (event) => {
  const id = Number(event.target.closest(".field")?.dataset.id);
  if (id && id !== chosen) choose(id, true);
});

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey, typing = event.target.matches("input, select");
  const group = event.target.closest?.(".field"), entry = current();
  if (command && event.key === "s") save();
  else if (command && event.key === "z" && !typing) undo();
  else if (command || !group || !entry) return;
  else if (STEPS[event.key]) {
    const [dx, dy] = STEPS[event.key].map((step) => step * (event.altKey ? 10 : 1)), [x, y, w, h] = frame(entry);
    change(() => place(entry, event.shiftKey ? [x, y, w + dx, h + dy] : [x + dx, y + dy, w, h]), `keys ${entry.id}`);
  } else if (event.key === "Delete" || event.key === "Backspace") remove();
  else if (event.key === "Enter" || event.key === " ") { $("name").focus(); $("name").select(); }
  else return;
  event.preventDefault();
});

function resize(factor) {
  const paper = $("paper"), middle = [paper.scrollLeft + paper.clientWidth / 2, paper.scrollTop + paper.clientHeight / 2];
  const before = zoom;
  zoom = Math.min(Math.max(zoom * factor, 0.1), 4);
  draw();
  paper.scrollTo(middle[0] * zoom / before - paper.clientWidth / 2, middle[1] * zoom / before - paper.clientHeight / 2);
}

Object.entries({ save, undo, remove, copy, smaller: () => resize(1 / 1.3), larger: () => resize(1.3), add: () => {
  const paper = $("paper"), x = (paper.scrollLeft + paper.clientWidth / 2) / zoom, y = (paper.scrollTop + paper.clientHeight / 2) / zoom;
  add([x - NEW[0] / 2, y - NEW[1] / 2, ...NEW]);
} }).forEach(([id, act]) => { $(id).onclick = act; });

window.addEventListener("beforeunload", (event) => { if (shot() !== clean) event.preventDefault(); });

// ---- the file ----

async function ask(body) {
  const answer = await fetch("/template", body ? { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {});
  const found = await answer.json();
  if (!answer.ok) throw new Error(typeof found.detail === "string" ? found.detail : "The fields were not understood.");
  return found;
}

async function save() {
  const sent = entries.map((entry) => ({ id: entry.id, keys: entry.keys })), state = shot();
  try {
    const found = await ask({ digest, entries: sent.map(({ id, keys }) => ({ keys, origin: saved.includes(id) ? saved.indexOf(id) : null })) });
    saved = sent.map((one) => one.id);
    digest = found.digest;
    clean = state;
    $("error").hidden = true;
    $("status").textContent = `Saved: ${found.fields} ${found.fields === 1 ? "field" : "fields"} in ${found.file}`;
    show();
  } catch (error) {
    $("status").textContent = "";
    $("error").hidden = false;
    $("error").textContent = `Not saved. ${error.message}`;
  }
}

async function start() {
  const found = await ask();
  ({ pages, digest, fields: count } = found);
  entries = found.entries.map((keys) => ({ id: ++number, keys }));
  saved = entries.map((one) => one.id);
  clean = shot();
  $("file").textContent = found.file;
  $("status").textContent = `${count} ${count === 1 ? "field" : "fields"}`;
  $("check").append(...found.checks.map((name) => new Option(name, name)));
  $("pages").hidden = pages.length < 2;
  $("pages").append(...pages.map((_, n) => {
    const button = document.createElement("button");
    button.textContent = `page ${n + 1}`;
    button.dataset.page = n + 1;
    button.onclick = () => { page = n + 1; chosen = null; show(); };
    return button;
  }));
  zoom = Math.min(1, ($("paper").clientWidth - 2) / pages[0].width);
  show();
}

start().catch((error) => { $("error").hidden = false; $("error").textContent = error.message; });
