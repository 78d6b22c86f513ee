// The playground: Draw and Look inside in one file that works without a server. The networks stand in the page.
// What follows # chooses what is shown: #draw, #inside, #inside/cnn/conv2:5:3:4; ?embed leaves the heading out.

import { networkFrom } from "./views/network.js";
import { mount as mountDraw } from "./views/draw.js";
import { mount as mountInside } from "./views/inside.js";

const VIEWS = { draw: mountDraw, inside: mountInside };
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const byId = (id) => document.getElementById(id);

const models = Object.fromEntries(
  Object.entries(JSON.parse(byId("networks").textContent)).map(([name, { record, weights }]) => [
    name,
    Promise.resolve(networkFrom(record, bytes(weights).buffer)),
  ]),
);
const context = { models, announce: (text) => (byId("live").textContent = text) };
const tabs = Array.from(document.querySelectorAll("[role=tab]"));
const mounted = {};
let current = null;

function show(name) {
  if (name === current) return;
  mounted[current]?.hidden();
  current = name;
  for (const tab of tabs) {
    const chosen = tab.dataset.view === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.dataset.view).hidden = !chosen;
  }
  if (mounted[name]) mounted[name].shown();
  else mounted[name] = VIEWS[name](byId(name), context);
}
for (const tab of tabs) {
  tab.addEventListener("click", () => (location.hash = tab.dataset.view));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
}
function wanted() {
  const name = location.hash.slice(1).split("/")[0];
  return name in VIEWS ? name : "draw";
}
addEventListener("hashchange", () => show(wanted()));
document.body.classList.toggle("embedded", new URLSearchParams(location.search).has("embed"));
show(wanted());
