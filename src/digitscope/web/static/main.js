// The page: its views, its networks, and requests to the service with errors that a person can read.

import { announcer, frame, once } from "./views/frame.js";

const VIEWS = {
  draw: () => import("./views/draw.js"),
  inside: () => import("./views/inside.js"),
  photo: () => import("./views/photo.js"),
  why: () => import("./views/why.js"),
};
const NETWORKS = ["mlp", "cnn"];

/**
 * fetch, with the token of the address that `digitscope serve` printed; a problem becomes an Error with its text and
 * its kind.
 */
async function request(path, options = {}) {
  const token = sessionStorage.getItem("token");
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch {
    throw new Error("The service does not answer. Is `digitscope serve` still running?");
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401) throw new Error("This service asks for a token. Open the address that `digitscope serve` printed.");
  const error = new Error(problem.detail ?? `The service answered ${answer.status}.`);
  throw Object.assign(error, { kind: problem.type?.split(":").at(-1) });
}

function takeToken() {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (!parts.has("token")) return;
  sessionStorage.setItem("token", parts.get("token"));
  history.replaceState(null, "", location.pathname);
}

const models = {};
for (const name of NETWORKS) {
  const get = once(async () => (await import("./views/network.js")).fetchNetwork(`models/${name}`));
  Object.defineProperty(models, name, { enumerable: true, get });
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // what follows # names a view
  document.getElementById("main").focus();
});
takeToken();
addEventListener("popstate", takeToken);
frame(VIEWS, { models, announce: announcer(), request });
