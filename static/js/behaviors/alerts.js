/* Alerts of the floor, and news of reveals, on every page of whom they concern: a hint of `data-kind` says that there is
   something, the answer brings the toast. */
import { debounce } from "../lib/dom.js";
import { asker } from "../lib/http.js";
import { live } from "../lib/socket.js";

const EVERY = 60_000;
const TOGETHER = 400;

export class Alerts {
  #element;
  #ask = asker();
  #after;
  #isAsking = false;
  #timer = 0;
  #later = debounce(TOGETHER, () => this.#look());
  #hint = (event) => event.detail.kind === this.#element.dataset.kind && this.#later();
  #state = (event) => event.detail === "live" && this.#later();

  constructor(element) {
    this.#element = element;
    this.#after = Number(element.dataset.after);
  }

  connect() {
    const { socket, since } = this.#element.dataset;
    live.start({ url: socket, since, position: "" });
    live.addEventListener("hint", this.#hint);
    live.addEventListener("state", this.#state);
    this.#timer = setInterval(() => document.hidden || this.#look(), EVERY);
  }

  disconnect() {
    live.removeEventListener("hint", this.#hint);
    live.removeEventListener("state", this.#state);
    clearInterval(this.#timer);
    this.#later.cancel();
  }

  /* One question at a time: two of the same moment would show the same toast twice. */
  async #look() {
    if (this.#isAsking) {
      this.#later();
      return;
    }
    this.#isAsking = true;
    const news = await this.#ask(`${this.#element.dataset.url}?after=${this.#after}`);
    this.#isAsking = false;
    this.#after = Math.max(this.#after, news?.after ?? 0);
  }
}
