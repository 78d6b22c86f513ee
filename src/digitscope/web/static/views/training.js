// How training goes: one drags through the first steps and epochs, and sees the kernels and the mistakes change.
//
//   await training(announce, { record, picture })     // what benchmarks/why_page.py recorded; its pictures' addresses

import { element } from "./dom.js";
import { dark, tone } from "./colours.js";
import { sheet } from "./sprites.js";

const NAMES = { mlp: "MLP", cnn: "CNN" };
const PACE = 700; // milliseconds to a moment

/** As a view of its own, where what was recorded stands in the page. */
export async function mount(root, { announce, recorded }) {
  const shown = await training(announce, recorded);
  root.append(shown.root);
  return { hidden: shown.stop, unmount: shown.stop };
}

export async function training(announce, { record, picture }) {
  const cut = await sheet(picture("training.png"), record.across);
  const sides = await Promise.all(Object.keys(record.models).map((name) => side(name, record, cut, picture)));
  const moments = Object.values(record.models)[0].moments;
  const slider = element("input", { type: "range", id: "moment", min: 0, max: moments.length - 1, value: moments.length - 1, oninput: () => show(Number(slider.value), true) });
  const title = element("output", { for: "moment" });
  const play = element("button", { type: "button", class: "primary", onclick: () => (timer ? stop() : start()) }, "Play");
  let timer = 0;

  function show(at, say = false) {
    slider.value = at;
    title.textContent = moments[at].name === "step 0" ? "before the first step" : `after ${moments[at].name}`;
    slider.setAttribute("aria-valuetext", title.textContent);
    for (const one of sides) one.show(at);
    if (say) announce(`${title.textContent}: ${sides.map((one) => one.spoken(at)).join(", ")}`);
  }
  function start() {
    let at = Number(slider.value) === moments.length - 1 ? 0 : Number(slider.value);
    show(at);
    play.textContent = "Stop";
    timer = setInterval(() => (at < moments.length - 1 ? show(++at) : stop()), PACE);
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  }
  slider.addEventListener("pointerdown", stop);
  slider.addEventListener("keydown", stop);
  dark.addEventListener("change", () => show(Number(slider.value)));
  show(moments.length - 1);

  const made = element("section", {}, element("h2", {}, "How training goes"),
    element("p", {}, "One training of each network, kept after the first steps and after each epoch. Drag through time: the first layer's kernels take shape, and most of these test images come right. ",
      element("span", { class: "key adds" }, "Blue"), " weights add, ", element("span", { class: "key takes" }, "orange"), " ones take away."),
    element("div", { class: "row time" }, play, element("label", { for: "moment", class: "unseen" }, "Moment of the training"), slider, title),
    element("div", { class: "trainings" }, ...sides.map((one) => one.root)), element("p", { class: "small" }, record.license));
  return { root: made, stop };
}

/** One network: its accuracy, its kernels, and the answers to the images that stay wrong longest. */
async function side(name, record, cut, picture) {
  const { units, side: size, batch, moments } = record.models[name];
  const values = await grey(picture(`training-${name}.png`));
  const canvases = Array.from({ length: units }, (_, unit) => element("canvas", { width: size, height: size, class: "exact", role: "img", "aria-label": `Kernel ${unit} of the ${NAMES[name]}` }));
  const accuracy = element("span", { class: "big" });
  const seen = element("span", { class: "small" });
  const answers = record.images.map(([index, label], i) => ({ label, sign: element("span", {}), canvas: cut(i, `Test image ${index}, a ${label}`) }));
  const root = element("div", { class: `card ${name}` }, element("h3", {}, NAMES[name]), element("p", { class: "score" }, accuracy, " of the test images right ", seen),
    element("div", { class: `kernels ${name}`, role: "group", "aria-label": `Kernels of the ${NAMES[name]}'s first layer` }, ...canvases),
    element("ol", { class: "answers", "aria-label": `Answers of the ${NAMES[name]}` }, ...answers.map(({ canvas, sign }) => element("li", {}, canvas, sign))));

  function show(at) {
    const moment = moments[at];
    accuracy.textContent = `${(100 * moment.accuracy).toFixed(2)} %`;
    seen.textContent = `after ${moment.images.toLocaleString("en")} images, ${batch} to a step`;
    canvases.forEach((canvas, unit) => {
      const context = canvas.getContext("2d");
      const image = context.createImageData(size, size);
      for (let i = 0; i < size * size; i++) {
        const value = values.data[4 * ((at * size + Math.floor(i / size)) * values.width + unit * size + (i % size))];
        image.data.set([...tone((value - 127.5) / 127.5), 255], 4 * i);
      }
      context.putImageData(image, 0, 0);
    });
    answers.forEach(({ label, sign, canvas }, i) => {
      const given = Number(moment.answers[i]);
      sign.textContent = given;
      canvas.parentElement.className = given === label ? "right" : "wrong";
    });
  }
  return { root, show, spoken: (at) => `${NAMES[name]} ${(100 * moments[at].accuracy).toFixed(1)} %` };
}

async function grey(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = element("canvas", { width: image.width, height: image.height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}
