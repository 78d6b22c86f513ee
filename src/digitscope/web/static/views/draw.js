// Draw: paper to write on, both networks' answers with every stroke, the 28 × 28 pixels that they see, sliders that make
// it harder, and MNIST test images to start from.
//
//   const view = mount(root, { models, announce });      // models: { mlp: promise of a Network, cnn: ... }
//   view.hidden(); view.shown(); view.unmount();

import { paintGrey } from "./colours.js";
import { element } from "./dom.js";
import { drawing } from "./drawing.js";
import { failure } from "./failure.js";
import { live } from "./live.js";
import { pad } from "./pad.js";
import { SAMPLES } from "./samples.js";
import { seenImages, settings } from "./seen.js";
import { UNALTERED } from "./alterations.js";

const SLIDERS = [
  { key: "right", name: "Shift right", min: -10, max: 10, step: 1, unit: "pixels" },
  { key: "down", name: "Shift down", min: -10, max: 10, step: 1, unit: "pixels" },
  { key: "turn", name: "Turn", min: -90, max: 90, step: 1, unit: "°" },
  { key: "thicker", name: "Thicken", min: -1, max: 3, step: 0.1, unit: "pixels" },
  { key: "noise", name: "Noise", min: 0, max: 80, step: 1, unit: "%", scale: 100 },
];
const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;

export function mount(root, { models, announce }) {
  const paper = pad(drawing, { announce });
  const follow = live(update, announce);
  const { change } = follow;
  const cards = Object.keys(models).map((name) => answerCard(name, () => models[name], change));
  const pictures = picturesOfWhatIsSeen();
  const sliders = sliderPanel(change);
  const samples = sampleRow();
  root.append(
    element("h1", {}, "Draw a digit, and watch two networks read it"),
    element("div", { class: "draw" },
      element("section", { class: "draw-pad", "aria-label": "Your drawing" }, paper.root),
      element("section", { class: "answers", "aria-label": "The networks’ answers" }, cards.map((card) => card.root)),
      element("section", { class: "seen" },
        element("h2", {}, "What the networks see"),
        element("p", { class: "lead" },
          "28 × 28 pixels. MNIST’s digits are scaled into 20 × 20 and centred on their mass; networks that learned from them expect the same of yours. Switch it off and try a small 7 in a corner."),
        element("div", { class: "seen-row" }, pictures.root, switchOf(change)),
      ),
      element("section", { class: "sliders" },
        element("h2", {}, "Make it harder"),
        element("p", { class: "lead" }, "What happens to the image before both networks see it. Shift it by three pixels: the MLP knows each pixel by its place, the CNN looks for the same strokes everywhere."),
        sliders.root,
      ),
      samples.root,
    ),
  ); // prettier-ignore

  function update() {
    const images = seenImages();
    for (const card of cards) card.show(drawing.empty ? null : images.seen);
    pictures.show(images);
    samples.show();
    return () => cards.map((card) => card.sentence()).filter(Boolean).join(" ");
  }
  follow.now();
  return {
    shown() {
      follow.shown();
      sliders.show();
      for (const card of cards) card.load();
      change();
    },
    hidden: follow.hidden,
    unmount() {
      follow.unmount();
      paper.unmount();
      root.replaceChildren();
    },
  };
}

/** One network's answer: the digit, a bar for each class, and the time that the forward pass took. */
function answerCard(name, fetched, ready) {
  const digit = element("b", { class: "answer-digit" }, "–");
  const share = element("span", { class: "answer-share" });
  const title = element("h2", {}, name.toUpperCase());
  const list = element("ol", { class: "bars", "aria-label": `${name.toUpperCase()}’s probability of each digit` });
  const time = element("div", { class: "small answer-time" });
  const root = element("article", { class: "answer", "data-network": name }, title, element("p", { class: "answer-line" }, digit, share), list, time);
  const bars = Array.from({ length: 10 }, (_, i) => {
    const bar = { fill: element("span"), text: element("i"), row: null };
    bar.row = element("li", {}, element("b", {}, String(i)), element("span", { class: "track" }, bar.fill), bar.text);
    list.append(bar.row);
    return bar;
  });
  let network = null;
  let answer = null;
  let loading = false;

  /** Load the network, unless it is there or on its way. */
  async function load() {
    if (network || loading) return;
    loading = true;
    time.textContent = "loading …";
    try {
      network = await fetched();
      title.append(" ", element("small", {}, `${network.parameters.toLocaleString("en")} parameters`));
      ready();
    } catch (error) {
      time.replaceChildren(failure(`The ${name.toUpperCase()}`, error, load));
    }
    loading = false;
  }
  load();

  return {
    root,
    load,
    show(image) {
      let shares = null;
      if (network && image) {
        const start = performance.now();
        shares = network.forward(image);
        time.textContent = `answered in ${(performance.now() - start).toFixed(1)} ms`;
      } else if (network) time.textContent = "waits for a stroke";
      const best = shares ? shares.indexOf(Math.max(...shares)) : -1;
      answer = shares && { best, share: shares[best] };
      digit.textContent = shares ? best : "–";
      share.textContent = shares ? percent(shares[best]) : "";
      bars.forEach((bar, i) => {
        bar.fill.style.width = `${shares ? 100 * shares[i] : 0}%`;
        bar.text.textContent = shares ? percent(shares[i]) : "";
        bar.row.classList.toggle("best", i === best);
      });
    },
    sentence: () => answer && `${name.toUpperCase()}: ${answer.best}, ${(100 * answer.share).toFixed(0)} percent.`,
  };
}

/** The drawing made small, in MNIST's form, and what the networks see after the sliders. */
function picturesOfWhatIsSeen() {
  const [asDrawn, inForm, seen] = ["scaled down", "in MNIST’s form", "what they see"].map((caption) => ({
    canvas: element("canvas", { width: 28, height: 28, role: "img", "aria-label": `The drawing, ${caption}, 28 by 28 pixels` }),
    caption,
  }));
  const figures = [asDrawn, inForm, seen].map(({ canvas, caption }) => element("figure", {}, canvas, element("figcaption", {}, caption)));
  return {
    root: element("div", { class: "seen-images" }, figures),
    show(images) {
      paintGrey(asDrawn.canvas, 28, 28, images.asDrawn);
      paintGrey(inForm.canvas, 28, 28, images.inForm);
      paintGrey(seen.canvas, 28, 28, images.seen);
      figures[0].classList.toggle("used", !settings.normalized);
      figures[1].classList.toggle("used", settings.normalized);
    },
  };
}

function switchOf(change) {
  const input = element("input", {
    type: "checkbox", role: "switch", checked: settings.normalized,
    onchange: () => {
      settings.normalized = input.checked;
      change();
    },
  }); // prettier-ignore
  return element("label", { class: "switch" }, input, "Bring it into MNIST’s form");
}

function sliderPanel(change) {
  const rows = SLIDERS.map(({ key, name, min, max, step, unit, scale = 1 }) => {
    const output = element("output");
    const input = element("input", {
      type: "range", min, max, step, name: key,
      oninput: () => {
        settings.alterations[key] = Number(input.value) / scale;
        show();
        change();
      },
    }); // prettier-ignore
    const show = () => {
      input.value = settings.alterations[key] * scale;
      const text = `${input.value.replace("-", "−")}${unit === "pixels" ? " pixels" : unit === "°" ? "°" : " %"}`;
      output.textContent = text;
      input.setAttribute("aria-valuetext", text);
    };
    show();
    return { root: element("label", { class: "slider" }, element("span", {}, name), output, input), show };
  });
  const reset = element("button", {
    type: "button",
    onclick: () => {
      Object.assign(settings.alterations, UNALTERED);
      for (const row of rows) row.show();
      change();
    },
  }, "Reset"); // prettier-ignore
  const show = () => rows.forEach((row) => row.show());
  return { root: element("div", { class: "slider-panel" }, rows.map((row) => row.root), reset), show };
}

/** MNIST test images to start from; those that a network misreads say so. */
function sampleRow() {
  const buttons = SAMPLES.map((sample) => {
    const canvas = element("canvas", { width: 28, height: 28, "aria-hidden": "true" });
    paintGrey(canvas, 28, 28, sample.pixels);
    const wrong = ["mlp", "cnn"].filter((name) => sample[name] !== sample.label);
    const spoken = wrong.map((name) => `, the ${name.toUpperCase()} reads ${sample[name]}`).join("");
    const caption = wrong.length ? wrong.map((name) => `${name.toUpperCase()}: ${sample[name]}`).join(" ") : null;
    return element("button", {
      type: "button", class: wrong.length ? "sample misread" : "sample", "aria-pressed": "false",
      "aria-label": `Test image ${sample.index}, a ${sample.label}${spoken}`, onclick: () => drawing.load(sample),
    }, canvas, element("b", {}, String(sample.label)), caption && element("span", {}, caption)); // prettier-ignore
  });
  const [right, misread] = [false, true].map((wrong) => buttons.filter((button) => button.classList.contains("misread") === wrong));
  return {
    root: element("section", { class: "samples" },
      element("h2", {}, "Start from a test image"),
      element("p", { class: "lead" }, "From MNIST’s test set, which neither network has learned from. Draw on one to change it."),
      element("div", { class: "sample-row", role: "group", "aria-label": "Read right by both networks" }, right),
      element("h3", {}, "Misread"),
      element("div", { class: "sample-row", role: "group", "aria-label": "Misread by a network" }, misread),
      element("p", { class: "small" }, "MNIST: Yann LeCun, Corinna Cortes, Christopher J. C. Burges; CC BY-SA 3.0."),
    ), // prettier-ignore
    show() {
      SAMPLES.forEach((sample, i) => buttons[i].setAttribute("aria-pressed", String(drawing.sample === sample)));
    },
  };
}
