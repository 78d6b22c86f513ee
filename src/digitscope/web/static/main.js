// The page's frame: tabs, the context that each view is given, and errors that a person can read.
//
// A view is a module with mount(root, context); it may return { unmount, shown, hidden }. It is mounted when it is first
// shown, and keeps what it holds while another is.

const VIEWS = {
  draw: () => import("./views/draw.js"),
  inside: () => import("./views/inside.js"),
  photo: () => import("./views/photo.js"),
  why: () => import("./views/why.js"),
};
const NETWORKS = ["mlp", "cnn"];

const tabs = [...document.querySelectorAll("[role=tab]")];
const live = document.getElementById("live");
const mounted = {};
let current = null;

/** Say `text` to who listens to the page. The same text twice is said twice. */
function announce(text) {
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}

/** fetch, with the token of the address that `digitscope serve` printed; a problem becomes an Error with its text. */
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
  throw new Error(problem.detail ?? `The service answered ${answer.status}.`);
}

const models = {};
for (const name of NETWORKS) {
  let promise;
  Object.defineProperty(models, name, {
    enumerable: true,
    get: () => (promise ??= import("./views/network.js").then((module) => module.fetchNetwork(`models/${name}`))),
  });
}
const context = { models, announce, request, theme: { dark: matchMedia("(prefers-color-scheme: dark)") } };

async function show(name, { focus = false } = {}) {
  if (current === name) return;
  mounted[current]?.hidden?.();
  current = name;
  for (const tab of tabs) {
    const chosen = tab.dataset.view === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    document.getElementById(tab.dataset.view).hidden = !chosen;
    if (chosen) {
      document.title = `${tab.textContent} · digitscope`;
      tab.scrollIntoView({ block: "nearest", inline: "nearest" });
      if (focus) tab.focus();
    }
  }
  const root = document.getElementById(name);
  try {
    mounted[name] ??= (await (await VIEWS[name]()).mount(root, context)) ?? {};
    if (current === name) mounted[name].shown?.();
  } catch (error) {
    root.innerHTML = `<p class="note" role="alert"></p>`;
    root.firstChild.textContent = `This view cannot be shown: ${error.message}`;
    throw error;
  }
}

/** Show a view and remember it; a plain change of the hash would take the focus from the tab. */
function go(name, options) {
  if (name !== current) history.pushState(null, "", `#${name}`);
  show(name, options);
}

function named() {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (parts.has("token")) {
    sessionStorage.setItem("token", parts.get("token"));
    history.replaceState(null, "", location.pathname);
  }
  const name = location.hash.slice(1).split("/")[0];
  return name in VIEWS ? name : "draw";
}

for (const tab of tabs) tab.addEventListener("click", () => go(tab.dataset.view));
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const at = tabs.findIndex((tab) => tab.dataset.view === current);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const name = tabs.at(to % tabs.length).dataset.view;
  go(name, { focus: true });
});
addEventListener("popstate", () => show(named()));
show(named());
