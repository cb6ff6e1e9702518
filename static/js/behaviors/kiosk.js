/* Draws a number and shows its slip. Without connection the drawing is kept, with its own id and the time it was made,
   and sent again until the server has answered: the same id gives the same number, however often it was sent. */
import { parse } from "../lib/dom.js";

const AGAIN = 3_000;
const SLIP_STAYS = 25_000;
const KEPT = "kiosk.drawings";

export class Kiosk {
  #element;
  #timer = 0;
  #onSubmit = (event) => this.#submit(event);
  #onOnline = () => this.#send();

  constructor(element) {
    this.#element = element;
  }

  connect() {
    this.#element.addEventListener("submit", this.#onSubmit);
    addEventListener("online", this.#onOnline);
    if (this.#kept()) {
      this.#send();
    }
  }

  disconnect() {
    this.#element.removeEventListener("submit", this.#onSubmit);
    removeEventListener("online", this.#onOnline);
    clearTimeout(this.#timer);
  }

  #submit(event) {
    event.preventDefault();
    if (this.#kept()) {
      return;
    }
    const drawing = Object.fromEntries(new FormData(event.target, event.submitter));
    drawing.drawn_at = new Date().toISOString();
    localStorage.setItem(KEPT, JSON.stringify(drawing));
    this.#send();
  }

  #kept() {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null");
  }

  async #send() {
    const drawing = this.#kept();
    if (!drawing) {
      return;
    }
    clearTimeout(this.#timer);
    try {
      const answer = await fetch(this.#element.dataset.address, {
        method: "POST",
        headers: { "HX-Request": "true" },
        body: new URLSearchParams(drawing),
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.status >= 500) {
        throw new Error(`HTTP ${answer.status}`);
      }
      localStorage.removeItem(KEPT);
      this.#show(answer.ok, await answer.text());
    } catch {
      this.#part("wait").hidden = false;
      this.#element.querySelector("#kiosk").hidden = true;
      this.#timer = setTimeout(() => this.#send(), AGAIN);
    }
  }

  #show(isSlip, html) {
    this.#part("wait").hidden = true;
    if (!isSlip) {
      // Refused: the server's own page says why.
      const fresh = parse(html).querySelector("#kiosk");
      const here = this.#element.querySelector("#kiosk");
      here.replaceWith(fresh);
      fresh.hidden = false;
      return;
    }
    this.#element.querySelector("#kiosk").hidden = true;
    this.#part("slip").replaceChildren(parse(html));
    this.#timer = setTimeout(() => location.assign(this.#element.dataset.address), SLIP_STAYS);
  }

  #part(name) {
    return this.#element.querySelector(`[data-kiosk-${name}]`);
  }
}
