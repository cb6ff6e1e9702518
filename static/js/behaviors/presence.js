/* Who else is here, and who is typing. The socket only says that it changed; the names come from the view. */
import { asker } from "../lib/http.js";
import { live } from "../lib/socket.js";

const STILL_HERE = 20_000;
const TYPING_ENDS = 8_500;

export class Presence {
  #element;
  #ticket;
  #url;
  #ask = asker();
  #beat = 0;
  #later = 0;
  #listener = (event) => this.#heard(event.detail);

  constructor(element) {
    this.#element = element;
    this.#ticket = Number(element.dataset.ticket);
    this.#url = element.dataset.url;
  }

  /* Who only watches hears what happens, and is shown to nobody. */
  get #view() {
    return { ticket: this.#ticket, ...(this.#element.hasAttribute("data-quiet") ? { quiet: true } : {}) };
  }

  connect() {
    live.addEventListener("hint", this.#listener);
    live.say("view", this.#view);
    this.#beat = setInterval(() => this.#stay(), STILL_HERE);
    this.#show();
  }

  disconnect() {
    live.removeEventListener("hint", this.#listener);
    clearInterval(this.#beat);
    clearTimeout(this.#later);
    // The next ticket says so itself, and perhaps has done so already.
    if (!document.querySelector('[data-behavior~="presence"]')) {
      live.say("view", null);
    }
  }

  #stay() {
    if (document.hidden) {
      return;
    }
    live.once("view", this.#view);
    if (this.#element.childElementCount) {
      this.#show();
    }
  }

  #heard(hint) {
    if (hint.kind === "presence" && hint.id === this.#ticket) {
      this.#show();
    }
  }

  async #show() {
    const html = await this.#ask(this.#url);
    if (html === null || !this.#element.isConnected) {
      return;
    }
    this.#element.innerHTML = html;
    clearTimeout(this.#later);
    if (this.#element.querySelector("[data-typing]")) {
      this.#later = setTimeout(() => this.#show(), TYPING_ENDS);
    }
  }
}
