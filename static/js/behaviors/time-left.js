/* Tells the server that somebody is here as long as there are keys and clicks, and says so before the session ends. */
import { request } from "../lib/http.js";
import { gettext, ngettext, fill } from "../lib/i18n.js";

const WARN_BEFORE = 150_000;
const TELL_EVERY = 60_000;
const LOOK_EVERY = 15_000;
const SIGNS = ["keydown", "pointerdown"];

export class TimeLeft {
  #element;
  #text;
  #stay;
  #ends;
  #told = Date.now();
  #timer = 0;
  #here = () => Date.now() - this.#told >= TELL_EVERY && this.#tell();
  #tell = () => {
    this.#told = Date.now();
    this.#ask("POST");
  };

  constructor(element) {
    this.#element = element;
    this.#text = element.querySelector("[data-time-left-text]");
    this.#stay = element.querySelector("[data-time-left-stay]");
    this.#ends = Date.now() + Number(element.dataset.left) * 1_000;
  }

  connect() {
    SIGNS.forEach((name) => document.addEventListener(name, this.#here));
    this.#stay.addEventListener("click", this.#tell);
    this.#timer = setInterval(() => this.#isNear() && this.#ask("GET"), LOOK_EVERY);
  }

  disconnect() {
    SIGNS.forEach((name) => document.removeEventListener(name, this.#here));
    this.#stay.removeEventListener("click", this.#tell);
    clearInterval(this.#timer);
  }

  #isNear() {
    return this.#ends - Date.now() <= WARN_BEFORE;
  }

  /* Another tab may have kept the session meanwhile, so the server is asked before anybody is warned. */
  async #ask(method) {
    const answer = await request(this.#element.dataset.url, { method }).catch(() => null);
    if (answer !== null) {
      this.#ends = Date.now() + (answer.left ?? 0) * 1_000;
    }
    this.#show();
  }

  #show() {
    const minutes = Math.ceil((this.#ends - Date.now()) / 60_000);
    this.#element.hidden = !this.#isNear();
    this.#stay.hidden = minutes <= 0;
    this.#text.textContent =
      minutes > 0
        ? fill(
            ngettext(
              "You are signed out in %(count)s minute. What you write is kept.",
              "You are signed out in %(count)s minutes. What you write is kept.",
              minutes,
            ),
            { count: minutes },
          )
        : gettext("Your session has ended. Sign in again in another tab, then reload this page.");
  }
}
