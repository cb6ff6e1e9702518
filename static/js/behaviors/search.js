/* "/" goes to the search field; Escape leaves it. */
import { bind, isComposing } from "../lib/keyboard.js";

export class Search {
  #input;
  #release;

  constructor(element) {
    this.#input = element.querySelector("input[type=search]");
  }

  connect() {
    this.#release = bind("/", () => {
      this.#input.focus();
      this.#input.select();
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !isComposing(event)) {
        this.#input.blur();
      }
    });
  }

  disconnect() {
    this.#release?.();
  }
}
