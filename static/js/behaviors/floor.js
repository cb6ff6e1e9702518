/* The people of the floor: whoever changes is shown within the second, whatever holds them within half a minute. */
import { debounce, mergeList } from "../lib/dom.js";
import { asker } from "../lib/http.js";
import { live } from "../lib/socket.js";

const EVERY = 30_000;
const TOGETHER = 300;

export class Floor {
  #element;
  #ask = asker();
  #timer = 0;
  #later = debounce(TOGETHER, () => this.#refresh());
  #hint = (event) => event.detail.kind === "agent" && this.#later();

  constructor(element) {
    this.#element = element;
  }

  connect() {
    live.addEventListener("hint", this.#hint);
    document.addEventListener("floor:changed", this.#later);
    this.#timer = setInterval(() => document.hidden || this.#refresh(), EVERY);
  }

  disconnect() {
    live.removeEventListener("hint", this.#hint);
    document.removeEventListener("floor:changed", this.#later);
    clearInterval(this.#timer);
    this.#later.cancel();
  }

  async #refresh() {
    const html = await this.#ask(this.#element.dataset.url);
    if (html !== null && this.#element.isConnected) {
      const fresh = document.createElement("tbody");
      fresh.innerHTML = html;
      mergeList(this.#element, fresh);
    }
  }
}
