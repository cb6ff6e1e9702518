/* What just happened, in a line, with Undo where it can be undone. Errors stay until they are read. */
import { request } from "../lib/http.js";
import { gettext } from "../lib/i18n.js";

const STAYS = { success: 5_000, info: 5_000, undo: 9_000, error: 0 };
const MOST = 3;

export class Toasts {
  #element;
  #template;
  #listener = (event) => this.show(event.detail);

  constructor(element) {
    this.#element = element;
    this.#template = element.querySelector("[data-toast-template]");
  }

  connect() {
    document.addEventListener("toast", this.#listener);
    for (const waiting of this.#element.querySelectorAll("template[data-toast]")) {
      const { level, undo } = waiting.dataset;
      this.show({ level, undo, message: waiting.content.textContent });
    }
  }

  disconnect() {
    document.removeEventListener("toast", this.#listener);
  }

  show({ level = "info", message, undo = "" }) {
    const toast = this.#template.content.firstElementChild.cloneNode(true);
    toast.dataset.level = level;
    toast.querySelector(".toast-text").textContent = message;
    const mark = toast.querySelector(`[data-toast-icon="${level === "error" || level === "warning" ? "error" : "success"}"]`);
    mark.hidden = level === "info";
    if (undo) {
      this.#offerUndo(toast, undo);
    }
    toast.querySelector(".toast-close").addEventListener("click", () => this.#remove(toast));
    while (this.#element.querySelectorAll(":scope > .toast").length >= MOST) {
      this.#element.querySelector(":scope > .toast").remove();
    }
    this.#element.append(toast);
    if (!this.#element.matches(":popover-open")) {
      this.#element.showPopover();
    }
    this.#expire(toast, STAYS[undo ? "undo" : level] ?? STAYS.info);
  }

  #offerUndo(toast, url) {
    const button = toast.querySelector(".toast-action");
    button.hidden = false;
    button.addEventListener("click", async () => {
      this.#remove(toast);
      try {
        await request(url, { method: "POST" });
      } catch (error) {
        if (!error.isTold) {
          this.show({ level: "error", message: gettext("This did not work. Reload the page and try again.") });
        }
      }
    });
  }

  #expire(toast, after) {
    if (!after) {
      return;
    }
    let timer = setTimeout(() => this.#remove(toast), after);
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => {
      timer = setTimeout(() => this.#remove(toast), after / 2);
    });
  }

  #remove(toast) {
    toast.remove();
    if (!this.#element.querySelector(":scope > .toast") && this.#element.matches(":popover-open")) {
      this.#element.hidePopover();
    }
  }
}
