/* The wallboard: asked again at every hint and every ten seconds, counting in between, and saying so when nobody answers. */
import { debounce, mergeParts, parse } from "../lib/dom.js";
import { asker } from "../lib/http.js";
import { fill, gettext } from "../lib/i18n.js";
import { bind } from "../lib/keyboard.js";
import { live } from "../lib/socket.js";
import { clock } from "../lib/time.js";

const EVERY = 10_000;
const TOGETHER = 1_000;
const STALE_AFTER = 25_000;
const NEWS = new Set(["agent", "alert", "offer", "ticket"]);

/* The same words as `core.words.clock_words`. */
const clockWords = (seconds) => {
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const rest = two(seconds % 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) {
    return fill(gettext("%(days)s d %(hours)s h"), { days: Math.floor(hours / 24), hours: hours % 24 });
  }
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${two(minutes % 60)}:${rest}`;
};

export class Wallboard {
  #element;
  #ask = asker();
  #counted = new WeakMap();
  #heard = { at: performance.now(), words: clock() };
  #timers = [];
  #release = [];
  #later = debounce(TOGETHER, () => this.#refresh());
  #hint = (event) => NEWS.has(event.detail.kind) && this.#later();
  #left = () => document.fullscreenElement || this.#show(false);
  #back = () => document.hidden || this.#refresh();

  constructor(element) {
    this.#element = element;
  }

  connect() {
    live.addEventListener("hint", this.#hint);
    document.addEventListener("wallboard:changed", this.#later);
    document.addEventListener("fullscreenchange", this.#left);
    document.addEventListener("visibilitychange", this.#back);
    this.#button.addEventListener("click", () => this.#turn());
    this.#release = [bind("f", () => this.#turn()), bind("Escape", () => this.#isFull && this.#turn())];
    this.#timers = [
      setInterval(() => document.hidden || this.#refresh(), EVERY),
      setInterval(() => this.#tick(), 1000),
    ];
    this.#tick();
  }

  disconnect() {
    live.removeEventListener("hint", this.#hint);
    document.removeEventListener("wallboard:changed", this.#later);
    document.removeEventListener("fullscreenchange", this.#left);
    document.removeEventListener("visibilitychange", this.#back);
    this.#release.forEach((release) => release());
    this.#timers.forEach(clearInterval);
    this.#later.cancel();
    this.#show(false);
  }

  get #button() {
    return this.#element.querySelector("[data-full]");
  }

  get #isFull() {
    return document.documentElement.hasAttribute("data-wall");
  }

  async #refresh() {
    const html = await this.#ask(this.#element.dataset.url);
    if (html !== null && this.#element.isConnected) {
      mergeParts(this.#element, parse(html));
      this.#heard = { at: performance.now(), words: clock() };
      this.#tick();
    }
  }

  /* The server's seconds count on from when they came; this computer's clock may be wrong. */
  #tick() {
    const now = performance.now();
    for (const element of this.#element.querySelectorAll("[data-seconds]")) {
      this.#counted.has(element) || this.#counted.set(element, now);
      const passed = (now - this.#counted.get(element)) / 1000;
      const seconds = Number(element.dataset.seconds) + (element.hasAttribute("data-down") ? -passed : passed);
      element.textContent = clockWords(Math.max(0, Math.floor(seconds)));
    }
    this.#element.querySelector("[data-clock]").textContent = clock();
    this.#tellAge(now - this.#heard.at > STALE_AFTER);
  }

  #tellAge(isStale) {
    const words = isStale ? fill(gettext("No answer since %(time)s"), { time: this.#heard.words }) : "";
    const mark = this.#element.querySelector("[data-stale]");
    if (mark.textContent !== words) {
      mark.textContent = words;
      this.#element.toggleAttribute("data-is-stale", isStale);
    }
  }

  /* The page is laid out for the wall whether or not the browser gives its whole screen. */
  #turn() {
    const isFull = !this.#isFull;
    this.#show(isFull);
    if (isFull) {
      document.documentElement.requestFullscreen?.().catch(() => {});
    } else if (document.fullscreenElement) {
      document.exitFullscreen();
    }
  }

  #show(isFull) {
    document.documentElement.toggleAttribute("data-wall", isFull);
    this.#button?.setAttribute("aria-pressed", String(isFull));
  }
}
