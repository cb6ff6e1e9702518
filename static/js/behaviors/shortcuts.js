/* The sheet of keys, on "?". */
import { bind } from "../lib/keyboard.js";

export class ShortcutSheet {
  #element;
  #release;

  constructor(element) {
    this.#element = element;
  }

  connect() {
    this.#release = bind("?", () => this.#element.showModal());
  }

  disconnect() {
    this.#release?.();
  }
}
