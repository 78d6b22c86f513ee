// What the page and the playground share: tabs, one view at a time, and announcements.
//
//   const context = { models, announce: announcer() };
//   frame({ draw: load, inside: load }, context);      // load() promises a module with mount(root, context)
//
// mount may return { unmount, shown, hidden }, or promise it. A view is mounted when it is first shown, and keeps what
// it holds while another is. The address says which is shown: #draw, #inside/cnn/conv2:5:3:4.

import { failure } from "./failure.js";

/** Says a text to screen readers. The same text twice is said twice. */
export function announcer() {
  const live = document.getElementById("live");
  return (text) => {
    live.textContent = "";
    requestAnimationFrame(() => (live.textContent = text));
  };
}

/** A function that promises what `load` does, and loads it once; after a failure the next call tries again. */
export function once(load) {
  let promise = null;
  return () => (promise ??= load().catch((error) => {
    promise = null;
    throw error;
  })); // prettier-ignore
}

export function frame(views, context) {
  const tabs = Array.from(document.querySelectorAll("[role=tab]"));
  const mounts = Object.fromEntries(Object.keys(views).map((name) => [name, once(() => mount(name))]));
  const mounted = {};
  let current = null;

  async function mount(name) {
    const root = document.getElementById(name);
    const view = await views[name]();
    root.replaceChildren();
    mounted[name] = (await view.mount(root, context)) ?? {};
  }

  function show(name, { focus = false } = {}) {
    if (name === current) return;
    mounted[current]?.hidden?.();
    current = name;
    for (const tab of tabs) {
      const chosen = tab.dataset.view === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(tab.dataset.view).hidden = !chosen;
      if (!chosen) continue;
      document.title = `${tab.textContent} · digitscope`;
      tab.scrollIntoView({ block: "nearest", inline: "nearest" });
      if (focus) tab.focus();
    }
    open(name);
  }

  async function open(name) {
    try {
      await mounts[name]();
    } catch (error) {
      document.getElementById(name).replaceChildren(failure("This view", error, () => open(name)));
      return;
    }
    if (name === current) mounted[name].shown?.();
    else mounted[name].hidden?.(); // another was chosen meanwhile
  }

  /** Show a view and remember it; a plain change of the hash would take the focus from the tab. */
  function go(name, options) {
    if (name !== current) history.pushState(null, "", `#${name}`);
    show(name, options);
  }

  /** The view that the address names; where it names none that there is, the one that is shown. */
  function named() {
    const [first] = Object.keys(views);
    const name = location.hash.slice(1).split("/")[0] || first;
    return Object.hasOwn(views, name) ? name : (current ?? first);
  }

  for (const tab of tabs) tab.addEventListener("click", () => go(tab.dataset.view));
  document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
    const at = tabs.findIndex((tab) => tab.dataset.view === current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(tabs.at(to % tabs.length).dataset.view, { focus: true });
  });
  for (const kind of ["dragover", "drop"]) addEventListener(kind, stay);
  addEventListener("popstate", () => show(named()));
  show(named());
}

/** A file dropped where no view takes it would replace the page. */
function stay(event) {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}
