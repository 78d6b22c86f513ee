// The gallery of mistakes: the test images that the shipped MLP or CNN gets wrong, by true digit and by answer.

import { element } from "./dom.js";
import { sheet } from "./sprites.js";

const WHO = { any: "either network", mlp: "the MLP", cnn: "the CNN", both: "both" };

export async function mistakes(announce) {
  const { fields, across, images, license } = await (await fetch("data/mistakes.json")).json();
  const cut = await sheet("data/mistakes.png", across);
  const rows = images.map((values, i) => ({ i, ...Object.fromEntries(fields.map((field, k) => [field, values[k]])) }));
  const who = select("wrong-by", Object.entries(WHO));
  const label = select("wrong-label", [["", "any digit"], ...digits()]);
  const answer = select("wrong-answer", [["", "any digit"], ...digits()]);
  const count = element("p", { class: "small", "aria-live": "polite" });
  const list = element("ol", { class: "gallery", tabindex: 0, "aria-label": "Mistakes" });

  function show() {
    const wrong = (row, model) => row[model] !== row.label && (answer.value === "" || row[model] === Number(answer.value));
    const chosen = rows.filter((row) => {
      if (label.value !== "" && row.label !== Number(label.value)) return false;
      const [mlp, cnn] = [wrong(row, "mlp"), wrong(row, "cnn")];
      return { any: mlp || cnn, mlp, cnn, both: mlp && cnn }[who.value];
    });
    count.textContent = `${chosen.length} of 10,000 test images`;
    list.replaceChildren(...chosen.map((row) => element("li", {}, element("figure", {},
      cut(row.i, `Test image ${row.index}, a ${row.label}`),
      element("figcaption", {}, element("b", {}, row.label), answered("MLP", row.mlp, row.mlp_probability, row.label), answered("CNN", row.cnn, row.cnn_probability, row.label))))));
  }
  function answered(name, value, probability, truth) {
    return element("span", { class: value === truth ? "" : "takes", title: `${name}: ${value}, ${(100 * probability).toFixed(0)} %` }, `${name} ${value}`);
  }

  for (const control of [who, label, answer]) control.addEventListener("change", show);
  show();
  return element("section", {}, element("h2", {}, "Their mistakes"),
    element("p", {}, "The test images that a shipped network gets wrong: first what the image is, then both answers."),
    element("div", { class: "row filters" }, named(who, "Wrong by"), named(label, "It is"), named(answer, "Read as"), count), list, element("p", { class: "small" }, license));
}

const digits = () => Array.from({ length: 10 }, (_, digit) => [digit, digit]);
function select(id, options) {
  return element("select", { id }, ...options.map(([value, text]) => element("option", { value }, text)));
}
function named(control, text) {
  return element("label", { for: control.id }, `${text} `, control);
}
