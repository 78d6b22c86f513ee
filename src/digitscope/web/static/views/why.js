// Why: the experiment's table, the tests of why the CNN wins, how training goes, and the mistakes that are left.

import { element } from "./dom.js";
import { chart } from "./charts.js";
import { mistakes } from "./mistakes.js";
import { training } from "./training.js";

const VERDICTS = { fails: "does not hold as stated", open: "is open: these figures cannot tell" };
const MARKS = { holds: "✓", fails: "✗", open: "?" };

export async function mount(root, { announce }) {
  root.classList.add("why-view");
  const { table, claims } = await (await fetch("data/experiment.json")).json();
  root.append(element("h1", {}, "Why the CNN wins"),
    element("p", { class: "lead" }, "An MLP and a CNN learn the same 60,000 digits, five times over. The CNN reads more of the others right, with a quarter of the parameters."),
    summary(table));
  const shown = await training(announce, { record: await (await fetch("data/training.json")).json(), picture: (name) => `data/${name}` });
  root.append(shown.root,
    element("section", {}, element("h2", {}, "Six claims, tested"),
      element("p", {}, `Each claim predicts something that could come out otherwise. Points are means over ${claims[0].seeds.length} runs of each network, bands and bars 95 % intervals.`),
      ...claims.map((one, i) => claim(one, announce, i))), await mistakes(announce));
  return { hidden: shown.stop, unmount: shown.stop };
}

function summary({ models, seeds, test_images, conclusion }) {
  const share = ({ mean, low, high }) => [element("b", {}, `${(100 * mean).toFixed(2)} %`), element("small", {}, `${(100 * low).toFixed(2)} to ${(100 * high).toFixed(2)} %`)];
  const rows = [
    ["parameters", (m) => m.parameters.toLocaleString("en")],
    ["test accuracy", (m) => share(m.test)],
    ["the original's", (m) => `${(100 * m.reference.test).toFixed(1)} %`],
    ["train accuracy, running mean", (m) => share(m.train_running)],
    ["training", (m) => `${m.seconds.mean.toFixed(0)} s`],
    ["one image, ONNX Runtime", (m) => `${m.microseconds.toFixed(0)} µs`],
  ];
  return element("section", { class: "summary" }, element("table", {},
    element("thead", {}, element("tr", {}, element("td", {}), element("th", { scope: "col", class: "mlp" }, "MLP"), element("th", { scope: "col", class: "cnn" }, "CNN"))),
    element("tbody", {}, ...rows.map(([name, cell]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, cell(models.mlp)), element("td", {}, cell(models.cnn)))))),
    element("p", { class: "small" }, `Means over seeds ${seeds[0]} to ${seeds.at(-1)}, with their range; ${test_images.toLocaleString("en")} test images. ${conclusion}`));
}

function claim(one, announce, i) {
  return element("details", { class: "claim card", open: i < 2 },
    element("summary", {}, element("span", { class: `verdict ${one.verdict}` }, one.verdict), element("h3", {}, one.claim)),
    element("p", {}, element("b", {}, "Prediction. "), one.prediction),
    element("div", { class: "charts" }, ...one.charts.map((spec) => chart(spec, announce))),
    element("ul", { class: "checks" }, ...one.checks.map((check) => element("li", {}, element("span", { class: `mark ${check.outcome}`, role: "img", "aria-label": check.outcome }, MARKS[check.outcome]), element("span", {}, `${check.says}: `, element("b", {}, figure(check)))))),
    one.verdict !== "holds" && element("p", { class: "small" }, `The claim ${VERDICTS[one.verdict]}.`));
}

function figure({ figure: [mean, low, high], unit }) {
  const factor = unit === "" ? 1 : 100;
  const digits = unit === "" ? 3 : 2;
  const one = (value) => `${value < 0 ? "−" : unit === "percent" ? "" : "+"}${Math.abs(factor * value).toFixed(digits)}`;
  return `${one(mean)}${unit === "percent" ? " %" : unit === "points" ? " points" : ""} (${one(low)} to ${one(high)})`;
}
