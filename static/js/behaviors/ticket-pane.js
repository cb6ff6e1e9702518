/* The open ticket: its keys, and the one way its parts follow what anybody does to it: ask the view again. */
import { debounce, mergeParts, parse } from "../lib/dom.js";
import { asker } from "../lib/http.js";
import { bind, isSendKey } from "../lib/keyboard.js";
import { live } from "../lib/socket.js";

const NEAR_END = 120;

export class TicketPane {
  #element;
  #scroll;
  #ticket;
  #releases = [];
  #ask = asker();
  #refresh = debounce(150, () => this.#fetch());
  #hint = (event) => this.#heard(event.detail);
  #changed = () => this.#refresh();

  constructor(element) {
    this.#element = element;
    this.#scroll = element.querySelector("[data-timeline-scroll]");
    this.#ticket = Number(element.dataset.ticket);
  }

  connect() {
    document.title = this.#element.dataset.title;
    live.addEventListener("hint", this.#hint);
    live.addEventListener("reset", this.#changed);
    document.addEventListener("desk:changed", this.#changed);
    this.#element.addEventListener("ticket:changed", this.#changed);
    this.#element.addEventListener("ticket:write", () => this.#compose("reply"));
    this.#releases = [
      this.#bind("r", () => this.#compose("reply")),
      this.#bind("n", () => this.#compose("note")),
      this.#bind("e", () => this.#press("resolve")),
      this.#bind("a", () => this.#press("assign")),
      this.#bind("u", () => this.#pressInMenu("unread")),
      this.#bind("t", () => this.#pressInMenu("transfer")),
    ];
    this.#toEnd();
  }

  disconnect() {
    live.removeEventListener("hint", this.#hint);
    live.removeEventListener("reset", this.#changed);
    document.removeEventListener("desk:changed", this.#changed);
    this.#releases.forEach((release) => release());
    this.#refresh.cancel();
  }

  /* Not for a ticket that is being left: the key is meant for the one that comes. */
  #bind(key, run) {
    return bind(key, () => this.#element.closest("[inert]") !== null || run());
  }

  #compose(mode) {
    const composer = this.#element.querySelector(".composer");
    if (composer?.hasAttribute("data-ready")) {
      composer.dispatchEvent(new CustomEvent("composer:open", { detail: { mode } }));
    } else if (composer) {
      this.#composeEarly(composer, mode);
    }
    return Boolean(composer);
  }

  /* The editor is still on its way. What is typed meanwhile must be text, and never the next shortcut. */
  #composeEarly(composer, mode) {
    const surface = composer.querySelector("[data-editor]");
    if (!composer.hasAttribute("data-early")) {
      this.#noticeEarly(composer, surface);
    }
    composer.dataset.mode = mode === "reply" && composer.hasAttribute("data-no-reply") ? "note" : mode;
    composer.dataset.early = "";
    composer.removeAttribute("data-collapsed");
    surface.contentEditable = "true";
    surface.focus();
  }

  /* An input method at work, and the wish to send, are left for the editor to find. */
  #noticeEarly(composer, surface) {
    surface.addEventListener("compositionstart", () => (composer.dataset.composing = ""));
    surface.addEventListener("compositionend", () => delete composer.dataset.composing);
    surface.addEventListener("keydown", (event) => {
      if (isSendKey(event) && !composer.hasAttribute("data-ready")) {
        event.preventDefault();
        composer.dataset.sends = "";
      }
    });
  }

  #press(name) {
    const button = [...this.#element.querySelectorAll(`[data-shortcut="${name}"]`)].find((each) => each.checkVisibility());
    button?.click();
    return Boolean(button);
  }

  /* Its button lies in a menu that is closed. */
  #pressInMenu(name) {
    const button = this.#element.querySelector(`[data-shortcut="${name}"]`);
    button?.click();
    return Boolean(button);
  }

  #heard(hint) {
    if (hint.kind === "ticket" && hint.id === this.#ticket) {
      this.#refresh();
    }
  }

  async #fetch() {
    const html = await this.#ask(this.#element.dataset.url);
    if (html === null || !this.#element.isConnected) {
      return;
    }
    const stays = this.#isAtEnd();
    const isWhole = mergeParts(this.#element.closest("#ticket-area") ?? this.#element, parse(html));
    if (!isWhole) {
      this.#refresh();
    }
    this.#element.querySelector(".composer")?.dispatchEvent(new CustomEvent("composer:refreshed"));
    if (stays) {
      this.#scroll?.scrollTo({ top: this.#scroll.scrollHeight, behavior: "smooth" });
    }
  }

  #isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll ?? {};
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  #toEnd() {
    const unread = this.#scroll?.querySelector(".timeline-unread");
    if (unread) {
      unread.scrollIntoView({ block: "start" });
    } else if (this.#scroll) {
      this.#scroll.scrollTop = this.#scroll.scrollHeight;
    }
  }
}
