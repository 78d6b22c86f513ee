// Look inside: every layer of the CNN or the MLP, drawn anew with every stroke, and the arithmetic of the chosen unit.
//
//   const view = mount(root, { models, announce });      // models: { mlp: promise of a Network, cnn: ... }
//   view.hidden(); view.shown(); view.unmount();
//
// #inside/cnn/conv2:5:3:4 opens that unit.

import { paintGrey } from "./colours.js";
import { element } from "./dom.js";
import { drawing } from "./drawing.js";
import { failure } from "./failure.js";
import { decoded, layersView } from "./layers.js";
import { live } from "./live.js";
import { pad } from "./pad.js";
import { SAMPLES } from "./samples.js";
import { seenImages } from "./seen.js";

const FIRST = "cnn";
const SCALE = "All maps of a layer share one scale:";
const HELP =
  "Every small picture is one feature map, every cell in it one number. Point at a cell to see where its number comes from; click or tap to keep it selected. With the keyboard: Tab to a layer, arrow keys to move, Page Up and Page Down for the next map, Enter to go to the arithmetic.";

export function mount(root, { models, announce }) {
  const paper = pad(drawing, { announce });
  const seen = element("canvas", { width: 28, height: 28, role: "img", "aria-label": "What the network sees, 28 by 28 pixels" });
  const answer = element("div", { class: "inside-answer" }, "loading …");
  const note = element("p", { class: "note", role: "status", hidden: true });
  const inside = element("div", { class: "inside-root" });
  const radios = Object.keys(models).map((name) => element("input", { type: "radio", name: "network", value: name, onchange: () => open(name) }));
  root.append(
    element("h1", {}, "Look inside while it reads"),
    element("div", { class: "inside-head" },
      element("section", { "aria-label": "Your drawing" }, paper.root),
      element("section", { "aria-label": "The network and its answer" },
        element("fieldset", { class: "networks" }, element("legend", {}, "Network"),
          radios.map((radio) => element("label", {}, radio, radio.value.toUpperCase()))),
        element("div", { class: "inside-now" }, element("figure", {}, seen, element("figcaption", {}, "what it sees")), answer),
        samplePicker(),
      ),
    ),
    element("h2", {}, "Layer by layer"),
    element("p", {}, HELP, " ", SCALE, " ", element("span", { class: "scale" }, element("i", {}, "−"), element("span", { "aria-hidden": "true" }), element("i", {}, "+"))),
    note,
    inside,
  ); // prettier-ignore

  let network = null;
  let view = null;
  let wanted = null;
  const follow = live(update, announce);

  /** Show that network, with the unit that the address names; what there is not is said. */
  async function open(asked, unit = "") {
    const known = Object.hasOwn(models, asked);
    const name = known ? asked : (wanted ?? FIRST);
    wanted = name;
    for (const radio of radios) radio.checked = radio.value === name;
    try {
      const loaded = await models[name];
      if (wanted !== name) return;
      if (loaded !== network) {
        view?.unmount();
        network = loaded;
        network.forward(seenImages().seen);
        inside.innerHTML = network.html; // written by this package, from the model file's own layers
        view = layersView(inside, network, { kept: (place) => keep(`${name}/${place}`) });
      }
      say(known ? unit && view.open(unit, { scroll: true }) : `There is no network ${asked}. Expected one of: ${Object.keys(models).join(", ")}.`);
      follow.change();
    } catch (error) {
      if (wanted !== name) return;
      view?.unmount();
      network = view = null;
      inside.replaceChildren();
      answer.replaceChildren(failure(`The ${name.toUpperCase()}`, error, () => open(name, unit)));
    }
  }

  function keep(place) {
    history.replaceState(null, "", `#inside/${place}`);
    say("");
  }
  function say(problem) {
    note.textContent = problem;
    note.hidden = !problem;
  }
  function update() {
    if (!network) return null;
    const image = seenImages().seen;
    const shares = network.forward(image);
    const best = shares.indexOf(Math.max(...shares));
    const percent = `${(100 * shares[best]).toFixed(1)}\u00a0%`;
    answer.replaceChildren(element("b", {}, drawing.empty ? "–" : String(best)), drawing.empty ? "" : ` ${percent}`);
    paintGrey(seen, 28, 28, image);
    view.refresh();
    return () => `${network.name.toUpperCase()}: ${best}, ${percent}`;
  }
  function named() {
    const [, name, unit] = decoded(location.hash.slice(1)).split("/");
    return [name ?? wanted ?? FIRST, unit];
  }
  const followed = () => {
    if (follow.isShown() && location.hash.startsWith("#inside")) open(...named());
  };
  function shown() {
    follow.shown();
    if (drawing.empty) drawing.load(SAMPLES.find((sample) => sample.label === 7));
    open(...named());
  }
  addEventListener("hashchange", followed);
  shown();
  return {
    shown,
    hidden() {
      follow.hidden();
      view?.stop();
    },
    unmount() {
      follow.unmount();
      removeEventListener("hashchange", followed);
      view?.unmount();
      paper.unmount();
      root.replaceChildren();
    },
  };
}

/** MNIST's digits to start from, small. */
function samplePicker() {
  const buttons = SAMPLES.slice(0, 10).map((sample) => {
    const canvas = element("canvas", { width: 28, height: 28, "aria-hidden": "true" });
    paintGrey(canvas, 28, 28, sample.pixels);
    return element("button", { type: "button", class: "sample", "aria-label": `Test image ${sample.index}, a ${sample.label}`, onclick: () => drawing.load(sample) }, canvas);
  });
  return element("div", {}, element("div", { class: "sample-row small-samples", role: "group", "aria-label": "Start from a test image" }, buttons), element("p", { class: "small" }, "MNIST test images: CC BY-SA 3.0. All misread ones are in Draw."));
}
