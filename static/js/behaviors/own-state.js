/* The agent's own state in the rail. Every tab and browser of theirs hears of a change and asks how it is now. */
import { parse } from "../lib/dom.js";
import { announce, asker } from "../lib/http.js";
import { gettext } from "../lib/i18n.js";
import { live } from "../lib/socket.js";
import { recall, remember } from "../lib/storage.js";

export const ALERTS = "offer-alerts";

export class OwnState {
  #element;
  #user;
  #ask = asker();
  #hint = (event) => this.#heard(event.detail);
  #state = (event) => this.#reconnected(event.detail);
  #wasAway = false;

  constructor(element) {
    this.#element = element;
    this.#user = Number(element.dataset.user);
  }

  connect() {
    live.addEventListener("hint", this.#hint);
    live.addEventListener("state", this.#state);
    this.#element.querySelector("[data-alerts]").addEventListener("click", () => this.#toggleAlerts());
    this.#showAlerts();
  }

  disconnect() {
    live.removeEventListener("hint", this.#hint);
    live.removeEventListener("state", this.#state);
  }

  /* The page came with the state; only what happened while nobody could tell it has to be asked for. */
  #reconnected(state) {
    if (state === "live" && this.#wasAway) {
      this.#refresh();
    }
    this.#wasAway = state !== "live";
  }

  #heard(hint) {
    if (hint.kind === "agent" && hint.id === this.#user) {
      this.#refresh();
    }
  }

  /* An open menu is somebody's choice in the making and stays; it is looked at again when it has closed. */
  async #refresh() {
    const menu = this.#element.querySelector("[popover]");
    if (menu.matches(":popover-open")) {
      menu.addEventListener("toggle", () => this.#refresh(), { once: true });
      return;
    }
    const html = await this.#ask(this.#element.dataset.url);
    if (html === null || !this.#element.isConnected) {
      return;
    }
    const fresh = parse(html).firstElementChild;
    if (fresh.innerHTML === this.#element.innerHTML) {
      return;
    }
    const hadFocus = this.#element.contains(document.activeElement);
    this.#element.replaceWith(fresh);
    globalThis.htmx?.process(fresh);
    if (hadFocus) {
      fresh.querySelector("button")?.focus({ preventScroll: true });
    }
  }

  #showAlerts() {
    this.#element.querySelector("[data-alerts]").setAttribute("aria-checked", String(recall(ALERTS) === "on"));
  }

  /* The browser is asked by this very click and at no other time. Without its permission there is still the sound. */
  async #toggleAlerts() {
    const isOn = recall(ALERTS) !== "on";
    remember(ALERTS, isOn ? "on" : null);
    this.#showAlerts();
    if (isOn && "Notification" in window && Notification.permission === "default") {
      await Notification.requestPermission();
    }
    if (isOn && "Notification" in window && Notification.permission === "denied") {
      announce({ level: "info", message: gettext("This browser does not allow notifications here; you will hear a sound.") });
    }
  }
}
