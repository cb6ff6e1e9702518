/* Copies what an element shows: the value of a field, or its text, line by line. Says that it did, on the button itself. */
import { gettext } from "../lib/i18n.js";

const SHOWN_FOR = 3_000;

export class Copy {
  #button;
  #timer = 0;
  #press = () => this.#copy();

  constructor(button) {
    this.#button = button;
  }

  connect() {
    this.#button.addEventListener("click", this.#press);
  }

  disconnect() {
    clearTimeout(this.#timer);
    this.#button.removeEventListener("click", this.#press);
  }

  async #copy() {
    const source = document.getElementById(this.#button.dataset.of);
    try {
      await navigator.clipboard.writeText(source.value ?? source.innerText);
      this.#say(gettext("Copied"));
    } catch {
      // Without HTTPS, or where the browser was told not to: it is marked, so that Ctrl+C copies it.
      this.#mark(source);
      this.#say(gettext("Press Ctrl+C"));
    }
  }

  #mark(source) {
    if (source.select) {
      source.select();
    } else {
      document.getSelection().selectAllChildren(source);
    }
  }

  #say(words) {
    const label = this.#button.querySelector("[data-label]");
    this.#button.dataset.words ??= label.textContent;
    label.textContent = words;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (label.textContent = this.#button.dataset.words), SHOWN_FOR);
  }
}
