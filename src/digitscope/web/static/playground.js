// The playground: Draw, Look inside and Training in one file that works without a server. All data stand in the page.
// What follows # chooses what is shown: #draw, #inside, #inside/cnn/conv2:5:3:4, #training; ?embed leaves the heading out.

import { announcer, frame } from "./views/frame.js";
import { networkFrom } from "./views/network.js";
import { mount as mountDraw } from "./views/draw.js";
import { mount as mountInside } from "./views/inside.js";
import { mount as mountTraining } from "./views/training.js";

const VIEWS = {
  draw: async () => ({ mount: mountDraw }),
  inside: async () => ({ mount: mountInside }),
  training: async () => ({ mount: mountTraining }),
};
const held = (id) => JSON.parse(document.getElementById(id).textContent);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

const models = Object.fromEntries(
  Object.entries(held("networks")).map(([name, { record, weights }]) => [
    name,
    Promise.resolve(networkFrom(record, bytes(weights).buffer)),
  ]),
);
const { record, pictures } = held("recorded");
document.body.classList.toggle("embedded", new URLSearchParams(location.search).has("embed"));
frame(VIEWS, { models, recorded: { record, picture: (name) => pictures[name] }, announce: announcer() });
