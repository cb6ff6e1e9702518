/* Offline, reconnecting, signed out: one quiet bar, and nothing is blocked. */
import { gettext } from "../lib/i18n.js";
import { live } from "../lib/socket.js";

const GRACE = 2_500;

export class Connection {
  #bar;
  #text;
  #timer = 0;
  #listener = (event) => this.#show(event.detail);

  constructor(element) {
    this.#bar = element.querySelector("[data-connection-bar]");
    this.#text = element.querySelector("[data-connection-text]");
  }

  connect() {
    live.addEventListener("state", this.#listener);
  }

  disconnect() {
    live.removeEventListener("state", this.#listener);
  }

  #show(state) {
    clearTimeout(this.#timer);
    const words = {
      offline: gettext("You are offline. What you write is kept here; it is sent when you send it again online."),
      reconnecting: gettext("Reconnecting. The page may be a little behind."),
      "signed-out": gettext("Your session has ended. Sign in again in another tab, then reload this page."),
    };
    if (state in words) {
      this.#timer = setTimeout(
        () => {
          this.#text.textContent = words[state];
          this.#bar.hidden = false;
        },
        state === "reconnecting" ? GRACE : 0,
      );
    } else {
      this.#bar.hidden = true;
    }
  }
}
