/* A value that is shown for a while: then it leaves the page by itself, and at once when the page is left. */
import { fill, gettext } from "../lib/i18n.js";

export class Revealed {
  #element;
  #ends;
  #timer = 0;
  #leave = () => this.#mask();

  constructor(element) {
    this.#element = element;
    this.#ends = performance.now() + Number(element.dataset.seconds) * 1_000;
  }

  connect() {
    this.#timer = setInterval(() => this.#tick(), 250);
    globalThis.addEventListener("pagehide", this.#leave);
  }

  disconnect() {
    clearInterval(this.#timer);
    globalThis.removeEventListener("pagehide", this.#leave);
  }

  #tick() {
    const left = Math.ceil((this.#ends - performance.now()) / 1_000);
    if (left <= 0) {
      this.#mask();
      return;
    }
    const words = fill(gettext("Masked again in %(seconds)s s"), { seconds: left });
    const place = this.#element.querySelector("[data-revealed-left]");
    if (place.textContent !== words) {
      place.textContent = words;
    }
  }

  #mask() {
    clearInterval(this.#timer);
    this.#element.querySelector("[data-revealed-value]")?.replaceChildren();
    document.dispatchEvent(new CustomEvent("dialog:close"));
  }
}
