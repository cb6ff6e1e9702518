/* Presses the button, or opens the fold, that stands under `data-key`. Not while somebody writes or composes. */
import { bind } from "../lib/keyboard.js";

export class KeyButtons {
  #element;
  #releases = [];

  constructor(element) {
    this.#element = element;
  }

  connect() {
    for (const { dataset } of this.#element.querySelectorAll("[data-key]")) {
      this.#releases.push(bind(dataset.key, () => this.#press(dataset.key)));
    }
  }

  disconnect() {
    this.#releases.forEach((release) => release());
  }

  #press(key) {
    const target = this.#element.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) {
      return false;
    }
    target.click();
    return true;
  }
}
