// The playground: Draw and Look inside in one file that works without a server. The networks stand in the page.
// What follows # chooses what is shown: #draw, #inside, #inside/cnn/conv2:5:3:4; ?embed leaves the heading out.

import { announcer, frame } from "./views/frame.js";
import { networkFrom } from "./views/network.js";
import { mount as mountDraw } from "./views/draw.js";
import { mount as mountInside } from "./views/inside.js";

const VIEWS = { draw: async () => ({ mount: mountDraw }), inside: async () => ({ mount: mountInside }) };
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

const models = Object.fromEntries(
  Object.entries(JSON.parse(document.getElementById("networks").textContent)).map(([name, { record, weights }]) => [
    name,
    Promise.resolve(networkFrom(record, bytes(weights).buffer)),
  ]),
);
document.body.classList.toggle("embedded", new URLSearchParams(location.search).has("embed"));
frame(VIEWS, { models, announce: announcer() });
