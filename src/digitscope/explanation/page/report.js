// Draws what the page holds: the image, the maps of the occlusion, and the layers with the arithmetic of each unit.

import { paint, paintGrey } from "./views/colours.js";
import { decoded, layersView } from "./views/layers.js";

const data = JSON.parse(document.getElementById("data").textContent);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const floats = (text) => text && new Float32Array(bytes(text).buffer);
const byId = (id) => document.getElementById(id);

const image = bytes(data.image);
const layers = data.layers.map((layer) => ({
  ...layer,
  output: floats(layer.output),
  kernel: floats(layer.kernel),
  bias: floats(layer.bias),
}));

function overlay(canvas, lost, sign) {
  const most = lost.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
  paint(canvas, 28, 28, (i) => {
    const share = (sign * lost[i]) / most;
    const strength = Math.abs(share) ** 0.7 * 0.85;
    const heat = share < 0 ? [255, 130, 30] : [60, 130, 255];
    return heat.map((c) => Math.round((0.75 * image[i] + 18) * (1 - strength) + c * strength));
  });
}

function outlinePatches(canvas) {
  const context = canvas.getContext("2d");
  context.strokeStyle = "#ffb000";
  context.lineWidth = 3;
  for (const patch of data.patches) {
    context.setLineDash(patch.fill ? [] : [7, 5]);
    context.strokeRect(patch.col * 10 + 1.5, patch.row * 10 + 1.5, patch.size * 10 - 3, patch.size * 10 - 3);
  }
}

paintGrey(byId("subject"), 28, 28, image);
overlay(byId("erased"), floats(data.erased), 1);
overlay(byId("inked"), floats(data.inked), -1);
if (byId("patches")) outlinePatches(byId("patches"));

if (layers.length) {
  const network = { image, temperature: data.temperature, layers };
  const kept = (name, step) => history[step ? "pushState" : "replaceState"](null, "", `#${name}`);
  const view = layersView(byId("layers"), network, { kept });
  const linked = (options) => location.hash && view.open(decoded(location.hash.slice(1)), options);
  linked();
  addEventListener("popstate", () => linked({ scroll: true }));
}
