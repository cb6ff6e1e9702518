/* Below what one writes: what would become of it on the chosen channel, as the server that sends it says. Beside the
   channel: how long it still takes an answer, to the second in the last hour. */
import { debounce, parse } from "../lib/dom.js";
import { form, request } from "../lib/http.js";

const ASK_AFTER = 600;
const TICK = 1_000;
const SECOND = 1_000;
const HOUR = 3_600_000;

const two = (number) => String(number).padStart(2, "0");

export class Preview {
  #element;
  #composer;
  #asking = null;
  #timer = 0;
  #ask = debounce(ASK_AFTER, () => this.#show());
  #onInput = () => this.#ask();
  #onChange = () => this.#choose();
  #onRefresh = () => {
    this.#showRoute();
    this.#count();
  };

  constructor(element) {
    this.#element = element;
    this.#composer = element.closest("form");
  }

  connect() {
    this.#composer.addEventListener("input", this.#onInput);
    this.#composer.addEventListener("change", this.#onChange);
    this.#composer.addEventListener("composer:refreshed", this.#onRefresh);
    this.#timer = setInterval(() => this.#count(), TICK);
    this.#choose();
    this.#count();
  }

  disconnect() {
    this.#composer.removeEventListener("input", this.#onInput);
    this.#composer.removeEventListener("change", this.#onChange);
    this.#composer.removeEventListener("composer:refreshed", this.#onRefresh);
    clearInterval(this.#timer);
    this.#ask.cancel();
    this.#asking?.abort();
  }

  get #channel() {
    return this.#composer.querySelector("select[name=channel]")?.value ?? "";
  }

  #choose() {
    this.#showRoute();
    this.#ask();
  }

  #showRoute() {
    const chosen = this.#channel;
    for (const route of chosen ? this.#composer.querySelectorAll("[data-route]") : []) {
      route.hidden = route.dataset.route !== chosen;
    }
  }

  #count() {
    for (const place of this.#composer.querySelectorAll("[data-ends]")) {
      const left = new Date(place.dataset.ends) - Date.now();
      const chip = place.querySelector(".time-chip");
      if (left >= HOUR || !chip) {
        continue;
      }
      const seconds = Math.max(0, Math.floor(left / SECOND));
      chip.dataset.tone = seconds > 0 ? "warning" : "danger";
      chip.lastChild.textContent = `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
    }
  }

  get #html() {
    const surface = this.#composer.querySelector("[data-editor]");
    return surface.innerText.trim() || surface.querySelector("img") ? surface.innerHTML : "";
  }

  async #show() {
    const html = this.#html;
    const files = [...this.#composer.querySelectorAll('[data-file][data-mode="reply"]')].map((file) => file.dataset.file);
    this.#asking?.abort();
    if ((!html && files.length === 0) || this.#composer.dataset.mode !== "reply") {
      this.#element.replaceChildren();
      return;
    }
    this.#asking = new AbortController();
    try {
      const data = form({ html, files, channel: this.#channel });
      const answer = await request(this.#element.dataset.url, { method: "POST", data, signal: this.#asking.signal });
      this.#element.replaceChildren(parse(answer));
    } catch (error) {
      // A preview that does not come is no reason to disturb who writes: sending tells what is wrong.
      if (error.name !== "AbortError") {
        this.#element.replaceChildren();
      }
    }
  }
}
