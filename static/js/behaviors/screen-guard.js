/* Keeps the watermark's clock, and long selections out of the clipboard. It deters; who can read can also write down. */
import { gettext } from "../lib/i18n.js";

const EVERY = 60_000;

export class ScreenGuard {
  #element;
  #mark;
  #timer = 0;
  #copy = (event) => this.#guard(event);

  constructor(element) {
    this.#element = element;
    this.#mark = element.querySelector("[data-watermark]");
  }

  connect() {
    if (this.#mark) {
      const address = this.#mark.getAttribute("src");
      this.#timer = setInterval(() => document.hidden || (this.#mark.src = `${address}?at=${Date.now()}`), EVERY);
    }
    if ("mostCopied" in this.#element.dataset) {
      ["copy", "cut", "dragstart"].forEach((name) => document.addEventListener(name, this.#copy));
    }
  }

  disconnect() {
    clearInterval(this.#timer);
    ["copy", "cut", "dragstart"].forEach((name) => document.removeEventListener(name, this.#copy));
  }

  /* What somebody types themselves stays theirs. */
  #guard(event) {
    const place = event.target instanceof Element ? event.target : event.target?.parentElement;
    if (place?.closest("input, textarea, [contenteditable=true]")) {
      return;
    }
    if (String(document.getSelection()).length > Number(this.#element.dataset.mostCopied)) {
      event.preventDefault();
      const detail = { level: "info", message: gettext("Your role may not copy this much text.") };
      document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail }));
    }
  }
}
