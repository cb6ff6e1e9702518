/* Running chats of a floor. Whatever happens to a ticket may be a line of one of them. */
import { debounce, mergeList } from "../lib/dom.js";
import { asker } from "../lib/http.js";
import { live } from "../lib/socket.js";
import { countWaits } from "../lib/waits.js";

const EVERY = 15_000;
const TOGETHER = 1_000;

export class FloorChats {
  #element;
  #ask = asker();
  #timer = 0;
  #waits;
  #later = debounce(TOGETHER, () => this.#refresh());
  #hint = (event) => event.detail.kind === "ticket" && this.#later();

  constructor(element) {
    this.#element = element;
  }

  connect() {
    const { socket, since } = this.#element.dataset;
    live.start({ url: socket, since, position: "" });
    live.addEventListener("hint", this.#hint);
    this.#waits = countWaits(this.#element);
    this.#waits.look();
    this.#timer = setInterval(() => document.hidden || this.#refresh(), EVERY);
  }

  disconnect() {
    live.removeEventListener("hint", this.#hint);
    clearInterval(this.#timer);
    this.#waits.stop();
    this.#later.cancel();
  }

  async #refresh() {
    const html = await this.#ask(this.#element.dataset.url);
    if (html !== null && this.#element.isConnected) {
      const fresh = document.createElement("tbody");
      fresh.innerHTML = html;
      mergeList(this.#element, fresh);
      this.#waits.look();
    }
  }
}
