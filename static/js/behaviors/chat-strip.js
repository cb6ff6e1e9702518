/* One's own chats side by side: a tab each. Changing the tab is opening the ticket, whose composer keeps what is typed. */
import { chime } from "../lib/chime.js";
import { debounce, mergeList, on, parse } from "../lib/dom.js";
import { asker } from "../lib/http.js";
import { fill, gettext } from "../lib/i18n.js";
import { isComposing } from "../lib/keyboard.js";
import { live } from "../lib/socket.js";
import { recall } from "../lib/storage.js";
import { countWaits } from "../lib/waits.js";
import { ALERTS } from "./own-state.js";

const EVERY = 30_000;
const TOGETHER = 300;
const OF_OTHERS = 2_000;
const HAS_KEYS = matchMedia("(pointer: fine)");

export class ChatStrip {
  #element;
  #list;
  #ask = asker();
  #known = null;
  #timer = 0;
  #waits;
  #releases = [];
  #soon = debounce(TOGETHER, () => this.#refresh());
  #later = debounce(OF_OTHERS, () => this.#refresh());
  #hint = (event) => this.#heard(event.detail);
  #again = () => this.#soon();
  #settled = () => this.#mark();
  #key = (event) => this.#pressed(event);

  constructor(element) {
    this.#element = element;
    this.#list = element.querySelector("[data-chat-tabs]");
  }

  connect() {
    live.addEventListener("hint", this.#hint);
    live.addEventListener("reset", this.#again);
    document.addEventListener("desk:changed", this.#again);
    document.addEventListener("htmx:afterSettle", this.#settled);
    document.addEventListener("keydown", this.#key);
    this.#waits = countWaits(this.#list);
    this.#timer = setInterval(() => document.hidden || this.#refresh(), EVERY);
    this.#releases = [on(this.#list, "click", "a.chat-tab", (event, tab) => this.#clicked(event, tab))];
    this.#refresh();
  }

  disconnect() {
    live.removeEventListener("hint", this.#hint);
    live.removeEventListener("reset", this.#again);
    document.removeEventListener("desk:changed", this.#again);
    document.removeEventListener("htmx:afterSettle", this.#settled);
    document.removeEventListener("keydown", this.#key);
    this.#releases.forEach((release) => release());
    this.#waits.stop();
    clearInterval(this.#timer);
    this.#soon.cancel();
    this.#later.cancel();
  }

  get #tabs() {
    return [...this.#list.querySelectorAll(".chat-tab")];
  }

  /* A ticket that is not among them may have become one's own. */
  #heard(hint) {
    if (hint.kind === "ticket") {
      this.#tabs.some((tab) => Number(tab.dataset.ticket) === hint.id) ? this.#soon() : this.#later();
    } else if (hint.kind === "offer") {
      this.#soon();
    }
  }

  async #refresh() {
    const html = await this.#ask(this.#element.dataset.url);
    if (html !== null && this.#element.isConnected) {
      const fresh = document.createElement("div");
      fresh.append(parse(html));
      mergeList(this.#list, fresh);
      this.#waits.look();
      this.#mark();
      this.#tell();
    }
  }

  #mark() {
    for (const tab of this.#tabs) {
      tab.toggleAttribute("data-current", new URL(tab.href).pathname === location.pathname);
      tab.ariaCurrent = tab.hasAttribute("data-current") ? "page" : null;
    }
  }

  /* What is new since the last look is told once: a chat, a whisper. */
  #tell() {
    const now = new Map(this.#tabs.map((tab) => [tab.dataset.ticket, Number(tab.dataset.whisper)]));
    for (const tab of this.#known === null ? [] : this.#tabs) {
      const name = tab.querySelector(".chat-tab-name").textContent;
      if (!this.#known.has(tab.dataset.ticket)) {
        this.#alert(fill(gettext("New chat: %(name)s"), { name }));
      } else if (now.get(tab.dataset.ticket) > this.#known.get(tab.dataset.ticket)) {
        this.#alert(fill(gettext("Whisper in the chat with %(name)s"), { name }));
      }
    }
    this.#known = now;
  }

  #alert(words) {
    this.#element.querySelector("[data-chats-said]").textContent = words;
    if (recall(ALERTS) !== "on") {
      return;
    }
    chime();
    if (document.hidden && "Notification" in window && Notification.permission === "granted") {
      const shown = new Notification(words, { tag: words });
      shown.addEventListener("click", () => window.focus());
    }
  }

  #clicked(event, tab) {
    if (!event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      this.#open(tab);
    }
  }

  /* A chat is opened to be answered, but on a screen where that brings up a keyboard. From tab to tab is no step: Back
     leads to the list. */
  #open(tab) {
    const desk = document.querySelector('[data-behavior~="desk"]');
    const writes = HAS_KEYS.matches || Boolean(document.activeElement?.closest(".composer"));
    desk.dispatchEvent(new CustomEvent("desk:open", { detail: { url: tab.href, replaces: true, writes } }));
    this.#mark();
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /* Also while one writes: that is when one changes to the next customer. A select keeps its own use of these keys. */
  #pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const others = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!step || !event.altKey || others || isComposing(event) || event.target.closest?.("select, dialog[open]")) {
      return;
    }
    const tabs = this.#tabs;
    if (tabs.length > 0) {
      event.preventDefault();
      const at = tabs.findIndex((tab) => tab.hasAttribute("data-current"));
      this.#open(at < 0 ? tabs.at(step > 0 ? 0 : -1) : tabs.at((at + step) % tabs.length));
    }
  }
}
