/* Who else is here, and who is typing. The socket only says that it changed; the names come from the view. */
import { request } from "../lib/http.js";
import { live } from "../lib/socket.js";

export class Presence {
  #element;
  #ticket;
  #url;
  #listener = (event) => this.#heard(event.detail);

  constructor(element) {
    this.#element = element;
    this.#ticket = Number(element.dataset.ticket);
    this.#url = element.dataset.url;
  }

  connect() {
    live.addEventListener("hint", this.#listener);
    live.say("view", { ticket: this.#ticket });
  }

  disconnect() {
    live.removeEventListener("hint", this.#listener);
    if (!document.querySelector(`[data-behavior~="presence"][data-ticket="${this.#ticket}"]`)) {
      live.say("view", null);
    }
  }

  async #heard(hint) {
    if (hint.kind !== "presence" || hint.id !== this.#ticket) {
      return;
    }
    const html = await request(this.#url).catch(() => null);
    if (html !== null && this.#element.isConnected) {
      this.#element.innerHTML = html;
    }
  }
}
