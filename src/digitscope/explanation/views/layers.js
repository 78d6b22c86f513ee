// Every layer's maps, and beside them the inspector of the chosen unit: layersView(root, network, { kept }).
//
// `root` holds what page/layers.html makes. `kept(name, step)` is told which unit was chosen, for the address. The
// network's numbers may change: `refresh()` then draws them anew.

import { dark, paintValues } from "./colours.js";
import { element } from "./dom.js";
import { cellUnder, inspected, short, sizeOf } from "./inspector.js";
import { acrossOf, channelsOf, colsOf, fieldOf, isMap, nameOf, parse, rowsOf, strongest, valueOf } from "./units.js";

const PACE = 90; // milliseconds that the kernel stays in one place
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 960px)");

export function layersView(root, network, { kept: tell = () => {} } = {}) {
  const { layers } = network;
  const find = (selector) => root.querySelector(selector);
  const groups = Array.from(root.querySelectorAll(".layer"), (section) => section.querySelector(".maps"));
  const [inspector, sum, place, help, fold] = ["#inspector", "#sum", "#place", "#place-help", "#fold"].map(find);
  let chosen = null;
  let kept = false;

  // Choosing. With `keep`, pointing elsewhere changes nothing until another unit is clicked.

  function choose(u, { keep = false, scroll = false, step = false } = {}) {
    slide.stop();
    chosen = u;
    kept = keep;
    inspect();
    if (keep) {
      find("#spoken").textContent = `${nameOf(network, u)} is ${short(valueOf(network, u))}, sees ${sizeOf(fieldOf(network, u))} pixels`;
      tell(nameOf(network, u), step);
      setFolded(false);
    }
    if (scroll) mapElement(u).scrollIntoView({ block: "nearest" });
  }
  const follow = (u) => choose(u, { keep: true, scroll: true, step: true });

  function inspect(reached) {
    const nodes = inspected(network, chosen, { choose: (u) => (u.layer === chosen.layer ? choose(u, { keep: true }) : follow(u)), reached });
    sum.replaceChildren(...nodes);
    slide.label();
    if (document.activeElement !== place) place.value = nameOf(network, chosen);
    help.textContent = "";
    mark();
  }

  // The kernel on its way over the map: from the chosen unit on, or one place further where motion is unwelcome.

  const slide = {
    timer: 0,
    button: element("button", { type: "button", class: "slide", onclick: () => slide.toggle() }),
    label() {
      const layer = layers[chosen.layer];
      slide.button.hidden = !(layer.window && isMap(layer));
      slide.button.textContent = still.matches ? "Next place" : slide.timer ? "Stop" : `Slide the ${layer.kernel ? "kernel" : "window"}`;
    },
    toggle() {
      kept = true;
      if (slide.timer) {
        slide.stop();
        inspect();
      } else if (still.matches) {
        slide.next();
        inspect();
      } else {
        if (slide.atEnd()) chosen = { ...chosen, row: 0, col: 0 };
        slide.timer = setInterval(() => {
          if (slide.atEnd()) slide.stop();
          else slide.next();
          slide.show();
        }, PACE);
        slide.show();
      }
    },
    atEnd: () => chosen.row === rowsOf(layers[chosen.layer]) - 1 && chosen.col === colsOf(layers[chosen.layer]) - 1,
    next() {
      const [rows, cols] = [rowsOf(layers[chosen.layer]), colsOf(layers[chosen.layer])];
      const at = (chosen.row * cols + chosen.col + 1) % (rows * cols);
      chosen = { ...chosen, row: Math.floor(at / cols), col: at % cols };
    },
    show() {
      inspect(slide.timer ? chosen.row * colsOf(layers[chosen.layer]) + chosen.col + 1 : Infinity);
    },
    stop() {
      clearInterval(slide.timer);
      slide.timer = 0;
    },
  };

  // The layers' pictures: a canvas for each map. A vector is one picture, its units in rows of `across`.

  function build(number) {
    const layer = layers[number];
    const group = groups[number];
    const count = isMap(layer) ? channelsOf(layer) : 1;
    group.classList.toggle("row", !isMap(layer));
    group.classList.toggle("single", isMap(layer) && count === 1);
    group.classList.toggle("small", isMap(layer) && layer.shape[0] < 8);
    for (let channel = 0; channel < count; channel++) {
      const map = element("div", { class: "map" }, element("canvas"));
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
        choose(u, { keep: !(kept && chosen && nameOf(network, chosen) === nameOf(network, u)) });
      });
      group.append(map);
    }
    if (!isMap(layer)) group.style.maxWidth = `${acrossOf(layer) * (layer.activation === "softmax" ? 44 : layer.kind === "Input" ? 7 : 18)}px`;
    if (layer.activation === "softmax") {
      const names = Array.from({ length: channelsOf(layer) }, (_, i) => element("span", {}, i === 10 ? "none" : String(i)));
      group.append(element("div", { class: "digits", "aria-hidden": "true" }, names));
    }
    group.addEventListener("keydown", (event) => move(event, number));
    group.addEventListener("focus", () => {
      if (group.matches(":focus-visible") && (!chosen || chosen.layer !== number)) choose(strongest(network, number), { keep: true });
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
    layers.forEach((layer, number) => {
      layer.most = layer.output.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
      groups[number].querySelectorAll("canvas").forEach((canvas, channel) => {
        if (isMap(layer)) paintValues(canvas, layer.shape[0], layer.shape[1], layer.output, { most: layer.most, offset: channel, step: layer.shape[2] });
        else paintValues(canvas, Math.ceil(channelsOf(layer) / acrossOf(layer)), acrossOf(layer), layer.output, { most: layer.most });
      });
    });
    if (chosen && !slide.timer) inspect();
  }

  const mapElement = (u) => groups[u.layer].children[isMap(layers[u.layer]) ? u.channel : 0];
  function mark() {
    root.querySelectorAll(".map.chosen").forEach((map) => map.classList.remove("chosen"));
    root.querySelectorAll(".dot").forEach((dot) => dot.remove());
    const layer = layers[chosen.layer];
    const across = isMap(layer) ? layer.shape[1] : acrossOf(layer);
    const down = isMap(layer) ? layer.shape[0] : Math.ceil(channelsOf(layer) / across);
    const [row, col] = isMap(layer) ? [chosen.row, chosen.col] : [Math.floor(chosen.channel / across), chosen.channel % across];
    const side = (share, more) => `calc(${100 * share}% ${more})`;
    const style = { left: side(col / across, "- 2px"), top: side(row / down, "- 2px"), width: side(1 / across, "+ 4px"), height: side(1 / down, "+ 4px") };
    const map = mapElement(chosen);
    map.classList.add("chosen");
    map.append(element("span", { class: "dot", style }));
  }

  function move(event, number) {
    const layer = layers[number];
    const u = chosen && chosen.layer === number ? { ...chosen } : strongest(network, number);
    const step = STEPS[event.key];
    const limit = (x, n) => Math.max(0, Math.min(n - 1, x));
    if (step && isMap(layer)) {
      u.row = limit(u.row + step[0], layer.shape[0]);
      u.col = limit(u.col + step[1], layer.shape[1]);
    } else if (step) u.channel = limit(u.channel + step[0] * acrossOf(layer) + step[1], channelsOf(layer));
    else if (event.key === "PageUp") u.channel = limit(u.channel - 1, channelsOf(layer));
    else if (event.key === "PageDown") u.channel = limit(u.channel + 1, channelsOf(layer));
    else if (event.key === "Enter") return sum.focus();
    else return;
    event.preventDefault();
    choose(u, { keep: true, scroll: true });
  }

  function setFolded(folded) {
    inspector.classList.toggle("folded", folded);
    fold.textContent = folded ? "Show" : "Hide";
    fold.setAttribute("aria-expanded", String(!folded));
  }
  const release = (event) => {
    if (event.key === "Escape") kept = false;
  };

  layers.forEach((_, number) => build(number));
  find("#goto").addEventListener("submit", (event) => {
    event.preventDefault();
    const u = parse(network, place.value);
    if (typeof u === "string") help.textContent = u;
    else choose(u, { keep: true, scroll: true });
  });
  fold.addEventListener("click", () => setFolded(!inspector.classList.contains("folded")));
  sum.before(slide.button);
  // On a narrow screen the inspector covers the lower part, where layers are looked at and not where one draws.
  const inView = new IntersectionObserver(([entry]) => inspector.classList.toggle("away", !entry.isIntersecting), { rootMargin: "0px 0px -60% 0px" });
  inView.observe(find(".column"));
  document.addEventListener("keydown", release);
  dark.addEventListener("change", draw);
  draw();
  choose(strongest(network, 1));
  setFolded(narrow.matches);
  return {
    refresh: draw,
    /** Choose the unit of that name; returns "", or what is wrong with the name. */
    open(name, options = {}) {
      const u = parse(network, name);
      if (typeof u === "string") return u;
      choose(u, { keep: true, ...options });
      return "";
    },
    /** Stop the kernel on its way. */
    stop() {
      if (!slide.timer) return;
      slide.stop();
      inspect();
    },
    unmount() {
      slide.stop();
      inView.disconnect();
      document.removeEventListener("keydown", release);
      dark.removeEventListener("change", draw);
    },
  };
}

/** A part of the address without its %-codes; as it is where it has a % of its own. */
export function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
