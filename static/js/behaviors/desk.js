/* The desk's panes: opens a ticket beside the list without loading the page, and makes Back go back. */
import { on } from "../lib/dom.js";
import { drafts, request } from "../lib/http.js";
import { bind, isComposing } from "../lib/keyboard.js";
import { live } from "../lib/socket.js";

const NARROW = matchMedia("(width < 50rem)");

export class Desk {
  #element;
  #area;
  #opening = null;
  #releases = [];
  #key = (event) => this.#pressed(event);
  #pop = () => this.#went();
  #unread = () => this.close();

  constructor(element) {
    this.#element = element;
    this.#area = element.querySelector("#ticket-area");
  }

  connect() {
    const { socket, since, position } = this.#element.dataset;
    live.start({ url: socket, since, position: position === "" ? "" : Number(position) });
    this.#showViews();
    history.replaceState({ desk: true, depth: this.#isOpen ? null : 0 }, "");
    addEventListener("popstate", this.#pop);
    document.addEventListener("keydown", this.#key, { capture: true });
    document.addEventListener("desk:unread", this.#unread);
    this.#releases = [
      on(this.#element, "click", "a[data-opens-ticket]", (event, link) => this.#clicked(event, link)),
      on(this.#element, "click", "[data-action=close-ticket]", (event) => {
        event.preventDefault();
        this.close();
      }),
      on(this.#element, "click", "[data-action=toggle-panel]", () => this.#area.toggleAttribute("data-panel")),
      on(this.#element, "click", "[data-action=show-views]", (event) => {
        event.preventDefault();
        this.#element.dataset.pane = "views";
        delete this.#element.dataset.open;
      }),
      bind("Escape", () => this.#escape()),
      bind("c", () => this.#press("[data-shortcut=new-ticket]")),
    ];
    this.#element.addEventListener("desk:open", ({ detail }) =>
      this.open(detail.url, { replaces: this.#isOpen && detail.replaces, writes: detail.writes }),
    );
  }

  disconnect() {
    removeEventListener("popstate", this.#pop);
    document.removeEventListener("keydown", this.#key, { capture: true });
    document.removeEventListener("desk:unread", this.#unread);
    this.#releases.forEach((release) => release());
  }

  /* A ticket's own page comes without the views; they follow at once. */
  async #showViews() {
    const views = this.#element.querySelector("[data-views][data-waits]");
    if (views) {
      const url = new URL(views.dataset.views, location.href);
      url.searchParams.set("nav", views.dataset.waits);
      const html = await request(url.href).catch(() => null);
      if (html !== null) {
        delete views.dataset.waits;
        views.querySelector("[data-views-nav]").innerHTML = html;
      }
    }
  }

  get #isOpen() {
    return this.#element.hasAttribute("data-open");
  }

  /* The ticket that one leaves takes nothing any more from the moment that another is asked for: what is typed then is
     meant for the other customer. */
  async open(url, { push = true, replaces = false, writes = false } = {}) {
    if (push && new URL(url, location.href).href !== location.href) {
      this.#remember(url, replaces);
    }
    this.#element.dataset.open = "";
    this.#mark(url);
    const { pathname } = new URL(url, location.href);
    if (this.#opening?.pathname === pathname) {
      this.#opening.writes ||= writes;
    } else if (this.#opening === null && this.#shown === pathname) {
      this.#goOn({ writes, held: "" });
    } else {
      await this.#load(url, { pathname, writes, held: "" });
    }
  }

  async #load(url, opening) {
    this.#opening = opening;
    this.#area.inert = true;
    try {
      await drafts(); // of the ticket that one comes back to
      await globalThis.htmx.ajax("GET", url, { target: this.#area, swap: "innerHTML" });
    } finally {
      if (this.#opening === opening) {
        this.#opening = null;
        this.#area.inert = false;
        this.#goOn(opening);
      }
    }
  }

  #goOn({ writes, held }) {
    if (!writes) {
      this.#area.querySelector("[data-ticket-title]")?.focus({ preventScroll: true });
      return;
    }
    this.#area.querySelector(".ticket")?.dispatchEvent(new CustomEvent("ticket:write"));
    if (held) {
      document.execCommand("insertText", false, held); // as if typed now, for whoever listens to the editor
    }
  }

  /* Who changes the chat and writes on need not wait for it: letters are kept for it, and are no shortcuts meanwhile. */
  #pressed(event) {
    const isElsewhere = event.target.closest?.("input, textarea, select, dialog, [contenteditable=true]");
    if (!this.#opening?.writes || isElsewhere || event.ctrlKey || event.metaKey || event.altKey || isComposing(event)) {
      return;
    }
    if (event.key.length === 1) {
      event.preventDefault();
      event.stopPropagation();
      this.#opening.held += event.key;
    }
  }

  get #shown() {
    const address = this.#area.querySelector(".ticket")?.dataset.url;
    return address ? new URL(address, location.href).pathname : null;
  }

  /* `depth` counts the steps from the list to here; null where the page began with a ticket. */
  #remember(url, replaces) {
    const depth = history.state?.depth ?? null;
    if (replaces) {
      history.replaceState({ desk: true, depth }, "", url);
    } else {
      history.pushState({ desk: true, depth: depth === null ? null : depth + 1 }, "", url);
    }
  }

  /* Closing is real: it takes back the steps that led here, and only without any it goes to the list's address. */
  close() {
    const depth = history.state?.depth;
    if (depth) {
      history.go(-depth);
    } else {
      history.replaceState({ desk: true, depth: 0 }, "", this.#element.dataset.list);
      this.#shut();
    }
  }

  #shut() {
    delete this.#element.dataset.open;
    const last = this.#element.querySelector(".ticket-row[aria-current=true]");
    this.#area.replaceChildren();
    this.#mark("");
    last?.focus();
    document.title = this.#element.dataset.title;
  }

  #clicked(event, link) {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) {
      return;
    }
    event.preventDefault();
    // From row to row is no step: Back leads to the list, however many tickets one walked through.
    this.open(link.href, { replaces: this.#isOpen && link.matches(".ticket-row") });
  }

  #went() {
    const path = location.pathname;
    if (path === new URL(this.#element.dataset.list, location.href).pathname) {
      this.#shut();
    } else if (/\/tickets\/\d+\/$/.test(path)) {
      this.open(location.href, { push: false });
    } else {
      location.reload();
    }
  }

  #mark(url) {
    const path = url && new URL(url, location.href).pathname;
    for (const row of this.#element.querySelectorAll(".ticket-row")) {
      if (path && new URL(row.href).pathname === path) {
        row.setAttribute("aria-current", "true");
        row.removeAttribute("data-unread");
      } else {
        row.removeAttribute("aria-current");
      }
    }
  }

  #escape() {
    if (this.#area.hasAttribute("data-panel")) {
      this.#area.removeAttribute("data-panel");
      return true;
    }
    if (this.#isOpen) {
      this.close();
      return true;
    }
    return false;
  }

  #press(selector) {
    const button = this.#element.querySelector(selector);
    button?.click();
    return Boolean(button);
  }

  static get isNarrow() {
    return NARROW.matches;
  }
}
