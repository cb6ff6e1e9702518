/* The list: j/k/Enter, rows that change in place, and new work that waits until nobody is reading. */
import { debounce, mergeList, parse } from "../lib/dom.js";
import { asker, request } from "../lib/http.js";
import { fill, ngettext } from "../lib/i18n.js";
import { bind } from "../lib/keyboard.js";
import { live } from "../lib/socket.js";

const ROWS = ".ticket-list[data-rows]";
const GATHER = 350;
const COUNT_EVERY = 1_500;
const TRY_AGAIN = 5_000;

export class TicketList {
  #element;
  #rows;
  #bar;
  #askRows = asker();
  #askCounts = asker();
  #changed = new Set();
  /* The last question that each ticket was part of: the answer to an earlier one would bring back what was. */
  #asked = new Map();
  #waiting = new Map();
  #releases = [];
  #update = debounce(GATHER, () => this.#fetch());
  #count = debounce(COUNT_EVERY, () => this.#counts());
  /* What could not be asked is asked again: no second hint comes for it. */
  #fetchAgain = debounce(TRY_AGAIN, () => this.#fetch());
  #reloadAgain = debounce(TRY_AGAIN, () => this.#reload());
  #hint = (event) => this.#heard(event.detail);
  #reset = () => this.#reload();
  #own = (event) => this.#did(event.detail?.ticket);
  #unread = (event) => this.#did(event.detail.ticket);
  /* What one did oneself since the rows were last asked for. */
  #mine = new Set();
  /* Where the open ticket stood before its row left, so that j and k go on from there. */
  #gap = -1;

  constructor(element) {
    this.#element = element;
    this.#rows = element.querySelector(ROWS);
    this.#bar = element.querySelector("[data-new-rows]");
  }

  connect() {
    live.addEventListener("hint", this.#hint);
    live.addEventListener("reset", this.#reset);
    document.addEventListener("desk:changed", this.#own);
    document.addEventListener("desk:unread", this.#unread);
    this.#markOpen();
    this.#bar?.querySelector("button").addEventListener("click", () => this.#reload());
    this.#element.addEventListener("pointerleave", () => this.#settle());
    this.#releases = [
      bind("j", () => this.#step(1)),
      bind("k", () => this.#step(-1)),
      bind("Enter", (event) => this.#enter(event)),
    ];
  }

  disconnect() {
    live.removeEventListener("hint", this.#hint);
    live.removeEventListener("reset", this.#reset);
    document.removeEventListener("desk:changed", this.#own);
    document.removeEventListener("desk:unread", this.#unread);
    this.#releases.forEach((release) => release());
    this.#update.cancel();
    this.#count.cancel();
    this.#fetchAgain.cancel();
    this.#reloadAgain.cancel();
  }

  /* A list that comes after its ticket, as on the ticket's own page, does not know which one is open. */
  #markOpen() {
    const row = this.#all().find((each) => new URL(each.href).pathname === location.pathname);
    row?.setAttribute("aria-current", "true");
    row?.removeAttribute("data-unread");
  }

  #all() {
    return [...this.#rows.querySelectorAll(".ticket-row")];
  }

  /* With a ticket open, j and k move through tickets; otherwise they move the focus. */
  #step(way) {
    const rows = this.#all();
    if (rows.length === 0) {
      return false;
    }
    const at = rows.findIndex((row) => row === document.activeElement);
    const current = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
    const from = at >= 0 ? at : current;
    const to = from < 0 && this.#gap >= 0 ? this.#gap + Math.min(way, 0) : from + way;
    const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    if (this.#element.closest("[data-open]") && next.getAttribute("aria-current") !== "true") {
      next.click();
    }
    return true;
  }

  #enter(event) {
    if (event.target instanceof Element && event.target.closest("a, button, summary")) {
      return false;
    }
    const first = this.#all()[0];
    first?.click();
    return Boolean(first);
  }

  /* One's own change shows at once; nothing of it comes as a surprise to whoever reads the list. */
  #did(ticket) {
    if (!ticket) {
      this.#reload();
      return;
    }
    this.#mine.add(String(ticket));
    this.#changed.add(ticket);
    this.#fetch();
    this.#count();
  }

  #heard(hint) {
    if (hint.kind !== "ticket") {
      return;
    }
    this.#changed.add(hint.id);
    this.#update();
    this.#count();
  }

  #isRead() {
    return (
      this.#element.matches(":hover") ||
      this.#element.contains(document.activeElement) ||
      this.#element.querySelector("[data-scroll]")?.scrollTop > 4
    );
  }

  async #fetch() {
    const ids = [...this.#changed].slice(0, 100);
    ids.forEach((id) => this.#changed.delete(id));
    if (ids.length === 0) {
      return;
    }
    const url = new URL(this.#element.dataset.rows, location.href);
    url.searchParams.set("ids", ids.join(","));
    ids.forEach((id) => this.#asked.set(id, url));
    const html = await request(url.href).catch(() => null);
    if (!this.#element.isConnected) {
      return;
    }
    const mine = ids.filter((id) => this.#asked.get(id) === url);
    mine.forEach((id) => this.#asked.delete(id));
    if (html === null) {
      mine.forEach((id) => this.#changed.add(id));
      this.#fetchAgain();
      return;
    }
    this.#apply(mine, parse(html));
    if (this.#changed.size > 0) {
      this.#update();
    }
  }

  #apply(ids, fresh) {
    const rows = new Map([...fresh.querySelectorAll(".ticket-row")].map((row) => [row.dataset.key, row]));
    let isBack = false;
    for (const id of ids.map(String)) {
      const here = this.#rows.querySelector(`.ticket-row[data-key="${id}"]`);
      const row = rows.get(id);
      if (here && row) {
        this.#exchange(here, row);
      } else if (here && this.#mine.has(id)) {
        this.#leave(here);
      } else if (here) {
        here.dataset.gone = "";
      } else if (row && this.#mine.has(id)) {
        isBack = true;
      } else if (row) {
        this.#waiting.set(id, row);
      }
      this.#mine.delete(id);
    }
    if (isBack) {
      this.#reload();
    } else {
      this.#settle();
    }
  }

  /* The row goes; the focus, if it was there, goes to the row that takes its place. */
  #leave(row) {
    const rows = this.#all();
    const at = rows.indexOf(row);
    if (row.getAttribute("aria-current") === "true") {
      this.#gap = at;
    }
    if (row === document.activeElement) {
      (rows[at + 1] ?? rows[at - 1])?.focus({ preventScroll: true });
    }
    row.remove();
  }

  #exchange(here, row) {
    const current = here.getAttribute("aria-current");
    if (current) {
      row.setAttribute("aria-current", current);
      row.removeAttribute("data-unread");
    }
    const focused = here === document.activeElement;
    here.replaceWith(row);
    if (focused) {
      row.focus({ preventScroll: true });
    }
  }

  #settle() {
    const moved = this.#rows.querySelector("[data-gone]") !== null || this.#waiting.size > 0;
    // Nobody reads an empty list, wherever the pointer rests.
    if (moved && (this.#all().length === 0 || !this.#isRead())) {
      this.#reload();
      return;
    }
    if (this.#bar) {
      const text = ngettext("%(count)d new", "%(count)d new", this.#waiting.size);
      this.#bar.querySelector("[data-new-count]").textContent = fill(text, { count: this.#waiting.size });
      this.#bar.hidden = this.#waiting.size === 0;
    }
  }

  async #reload() {
    const html = await this.#askRows(this.#element.dataset.url);
    if (!this.#element.isConnected) {
      return;
    }
    if (html === null) {
      this.#reloadAgain();
      return;
    }
    this.#waiting.clear();
    const open = this.#rows.querySelector("[aria-current=true]")?.dataset.key;
    const fresh = parse(html).querySelector(ROWS);
    if (fresh) {
      mergeList(this.#rows, fresh);
    }
    const row = open && this.#rows.querySelector(`[data-key="${open}"]`);
    if (row) {
      row.setAttribute("aria-current", "true");
      row.removeAttribute("data-unread");
    } else {
      this.#markOpen();
    }
    this.#bar.hidden = true;
    this.#count();
  }

  async #counts() {
    const views = document.querySelector("[data-views]");
    if (!views) {
      return;
    }
    const html = await this.#askCounts(views.dataset.views);
    const fresh = html && parse(html);
    for (const count of fresh?.querySelectorAll("[data-count]") ?? []) {
      const here = views.querySelector(`[data-count="${CSS.escape(count.dataset.count)}"]`);
      here?.replaceChildren(...count.childNodes);
    }
  }
}
