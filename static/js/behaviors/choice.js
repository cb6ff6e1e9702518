/* Theme and density: one of several, remembered by this browser and applied to the whole document at once. */
import { on } from "../lib/dom.js";
import { recall, remember } from "../lib/storage.js";

const DEFAULTS = { theme: "auto", density: "default" };

export class Choice {
  #element;
  #name;

  constructor(element) {
    this.#element = element;
    this.#name = element.dataset.behavior.includes("theme") ? "theme" : "density";
  }

  connect() {
    this.#mark(recall(this.#name) ?? DEFAULTS[this.#name]);
    on(this.#element, "click", `[data-${this.#name}-choice]`, (_event, button) =>
      this.#choose(button.dataset[`${this.#name}Choice`]),
    );
  }

  #choose(value) {
    const isDefault = value === DEFAULTS[this.#name];
    remember(this.#name, isDefault ? null : value);
    if (isDefault) {
      delete document.documentElement.dataset[this.#name];
    } else {
      document.documentElement.dataset[this.#name] = value;
    }
    this.#mark(value);
  }

  #mark(value) {
    for (const button of this.#element.querySelectorAll("[role=radio]")) {
      button.setAttribute("aria-checked", String(button.dataset[`${this.#name}Choice`] === value));
    }
  }
}
