/* Small things every behaviour needs. */
import { countDeadlines } from "./time.js";

export const on = (target, type, selector, handler) => {
  const listener = (event) => {
    const match = event.target instanceof Element ? event.target.closest(selector) : null;
    if (match && target.contains(match)) {
      handler(event, match);
    }
  };
  target.addEventListener(type, listener);
  return () => target.removeEventListener(type, listener);
};

export const debounce = (wait, run) => {
  let timer = 0;
  const later = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...values), wait);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
};

export const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
};

/* What the server last said about an element; comparing with the live DOM would see our own changes as news. */
const sources = new WeakMap();

const isBusy = (element) =>
  element.contains(document.activeElement) && element.matches(":has(:is(input, textarea, [contenteditable]):focus)");

/* htmx drops the answer to an element that is gone by then: what asks for something stays until it has it. */
const isAsking = (element) => element.matches(".htmx-request") || element.querySelector(".htmx-request") !== null;

const keepState = (old, fresh) => {
  for (const details of old.querySelectorAll("details[data-key]")) {
    const twin = fresh.querySelector(`details[data-key="${CSS.escape(details.dataset.key)}"]`);
    if (twin) {
      twin.open = details.open;
    }
  }
  if (old instanceof HTMLDetailsElement && fresh instanceof HTMLDetailsElement) {
    fresh.open = old.open;
  }
};

const replace = (old, fresh) => {
  const source = fresh.outerHTML;
  if (sources.get(old) === source || isBusy(old) || old.querySelector("[popover]:popover-open")) {
    return old;
  }
  keepState(old, fresh);
  old.replaceWith(fresh);
  sources.set(fresh, source);
  globalThis.htmx?.process(fresh);
  return fresh;
};

/* Brings the keyed children of a list to the state of a fresh copy; what did not change keeps its node. */
export const mergeList = (list, fresh) => {
  const old = new Map([...list.children].filter((child) => child.dataset.key).map((child) => [child.dataset.key, child]));
  let cursor = null;
  for (const node of [...fresh.children]) {
    const twin = old.get(node.dataset.key);
    old.delete(node.dataset.key);
    let placed;
    if (twin) {
      placed = replace(twin, node);
    } else {
      sources.set(node, node.outerHTML);
      placed = node;
    }
    const after = cursor ? cursor.nextElementSibling : list.firstElementChild;
    if (placed !== after) {
      list.insertBefore(placed, after);
    }
    if (!twin) {
      globalThis.htmx?.process(placed);
    }
    cursor = placed;
  }
  old.forEach((gone) => gone.remove());
};

/* Every part of a fresh page that has a `data-part` replaces its namesake here; `data-part-list` merges by key.
   Says whether all could be brought up to date: a part that waits for an answer is left for the next time. */
export const mergeParts = (root, fresh) => {
  let isWhole = true;
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const here = root.querySelector(`[data-part="${part.dataset.part}"]`);
    if (here && isAsking(here)) {
      isWhole = false;
    } else if (here?.hasAttribute("data-part-list")) {
      mergeList(here, part);
      for (const name of part.getAttributeNames().filter((each) => each.startsWith("data-"))) {
        here.setAttribute(name, part.getAttribute(name));
      }
    } else if (here) {
      replace(here, part);
    }
  }
  countDeadlines();
  return isWhole;
};
