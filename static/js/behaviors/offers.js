/* Offers of work: calm cards that count down. They never take the focus; one key answers while nobody is writing. */
import { mergeList, parse } from "../lib/dom.js";
import { chime } from "../lib/chime.js";
import { asker } from "../lib/http.js";
import { fill, gettext } from "../lib/i18n.js";
import { bind } from "../lib/keyboard.js";
import { live } from "../lib/socket.js";
import { recall } from "../lib/storage.js";
import { ALERTS } from "./own-state.js";

const ASK_EVERY = 30_000;
const SOUND_IS_HEARD = 3_000;
const SWEPT_BY_THEN = 1_500;

export class Offers {
  #element;
  #list;
  #ask = asker();
  #ends = new Map();
  #clock = 0;
  #asking = 0;
  #release = null;
  #hint = (event) => this.#concerns(event.detail) && this.#refresh();
  #state = (event) => event.detail === "live" && this.#refresh();
  #settled = () => this.#look();

  constructor(element) {
    this.#element = element;
    this.#list = element.querySelector("[data-offers]");
  }

  connect() {
    const { socket, since } = this.#element.dataset;
    live.start({ url: socket, since, position: "" });
    live.addEventListener("hint", this.#hint);
    live.addEventListener("state", this.#state);
    this.#list.addEventListener("htmx:afterSettle", this.#settled);
    this.#release = bind("y", () => this.#accept());
    this.#asking = setInterval(() => this.#askWithoutSocket(), ASK_EVERY);
  }

  disconnect() {
    live.removeEventListener("hint", this.#hint);
    live.removeEventListener("state", this.#state);
    this.#list.removeEventListener("htmx:afterSettle", this.#settled);
    this.#release?.();
    clearInterval(this.#clock);
    clearInterval(this.#asking);
  }

  /* Who was set to away because offers ran out is told so where those were. */
  #concerns({ kind, id }) {
    return kind === "offer" || (kind === "agent" && id === Number(this.#element.dataset.user));
  }

  #askWithoutSocket() {
    if (live.state !== "live" && !document.hidden) {
      this.#refresh();
    }
  }

  async #refresh() {
    const html = await this.#ask(this.#element.dataset.url);
    if (html !== null && this.#element.isConnected) {
      const fresh = document.createElement("div");
      fresh.append(parse(html));
      mergeList(this.#list, fresh);
      this.#look();
    }
  }

  /* What is new here is told once; what is gone is forgotten. The server's seconds count, not this computer's clock. */
  #look() {
    const cards = [...this.#list.querySelectorAll("[data-offer]")];
    const shown = new Set(cards.map((card) => card.dataset.offer));
    for (const known of [...this.#ends.keys()].filter((id) => !shown.has(id))) {
      this.#ends.delete(known);
    }
    for (const card of cards.filter((each) => !this.#ends.has(each.dataset.offer))) {
      this.#ends.set(card.dataset.offer, performance.now() + Number(card.dataset.seconds) * 1000);
      this.#tell(card);
    }
    clearInterval(this.#clock);
    if (cards.length > 0) {
      this.#count();
      this.#clock = setInterval(() => this.#count(), 1000);
    }
  }

  #count() {
    for (const card of this.#list.querySelectorAll("[data-offer]")) {
      const left = Math.ceil((this.#ends.get(card.dataset.offer) - performance.now()) / 1000);
      card.querySelector("[data-clock]").textContent = fill(gettext("%(count)s s"), { count: Math.max(0, left) });
      card.toggleAttribute("data-urgent", left <= 5);
      if (left === 0) {
        setTimeout(() => this.#refresh(), SWEPT_BY_THEN);
      }
    }
  }

  #accept() {
    const button = this.#list.querySelector("[data-accept]");
    button?.click();
    return Boolean(button);
  }

  #tell(card) {
    const title = card.querySelector(".offer-title").textContent.trim();
    const words = fill(gettext("New offer: %(title)s"), { title });
    this.#element.querySelector("[data-offers-said]").textContent = words;
    if (recall(ALERTS) === "on") {
      this.#alert(card.dataset.offer, words);
    }
  }

  /* Of several tabs the first one to hold the lock sounds; the notification's tag keeps it to one as well. */
  #alert(id, words) {
    navigator.locks?.request(`offer-${id}`, { ifAvailable: true }, async (lock) => {
      if (lock) {
        chime();
        this.#notify(id, words);
        await new Promise((done) => setTimeout(done, SOUND_IS_HEARD));
      }
    });
  }

  #notify(id, words) {
    if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") {
      return;
    }
    const shown = new Notification(gettext("New offer"), { tag: `offer-${id}`, body: words });
    shown.addEventListener("click", () => window.focus());
  }
}
