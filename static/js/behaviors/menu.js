/* A native popover that opens beside its button and is walked with the arrow keys. */
import { on } from "../lib/dom.js";
import { isComposing } from "../lib/keyboard.js";

const GAP = 4;
const EDGE = 8;

export const place = (floating, anchor, side = "bottom") => {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = floating;
  let left = side === "end" ? box.right + GAP : box.left;
  let top = side === "end" ? box.top : box.bottom + GAP;
  if (side === "bottom-end") {
    left = box.right - width;
  }
  if (top + height > innerHeight - EDGE) {
    top = side === "end" ? innerHeight - EDGE - height : box.top - GAP - height;
  }
  left = Math.max(EDGE, Math.min(left, innerWidth - width - EDGE));
  floating.style.left = `${left}px`;
  floating.style.top = `${Math.max(EDGE, top)}px`;
};

export class Menu {
  #element;
  #opener = null;

  constructor(element) {
    this.#element = element;
  }

  connect() {
    this.#element.addEventListener("beforetoggle", (event) => this.#before(event));
    this.#element.addEventListener("toggle", (event) => this.#toggled(event));
    this.#element.addEventListener("keydown", (event) => this.#walk(event));
    this.#element.addEventListener("input", (event) => this.#filter(event));
    this.#element.addEventListener("htmx:afterSettle", () => this.#arrived());
    on(this.#element, "click", ".menu-item", (_event, item) => {
      if (!item.closest("[data-keep-open]") && item.getAttribute("role") !== "menuitemcheckbox") {
        this.#element.hidePopover();
      }
    });
    addEventListener("resize", this.#close);
  }

  disconnect() {
    removeEventListener("resize", this.#close);
  }

  #close = () => this.#element.matches(":popover-open") && innerWidth > 800 && this.#element.hidePopover();

  #before(event) {
    if (event.newState === "open") {
      this.#opener = event.source ?? document.querySelector(`[popovertarget="${CSS.escape(this.#element.id)}"]`);
    }
  }

  #toggled(event) {
    const open = event.newState === "open";
    this.#opener?.setAttribute("aria-expanded", String(open));
    if (!open) {
      return;
    }
    if (this.#opener) {
      place(this.#element, this.#opener, this.#element.dataset.menuSide);
    }
    const search = this.#element.querySelector(".menu-search input");
    if (search) {
      search.value = "";
      this.#filter();
      search.focus();
    } else if (this.#opener?.matches(":focus-visible")) {
      this.#items()[0]?.focus();
    }
  }

  /* What the menu offers came after it opened: it has its final size now, and a field to type in. */
  #arrived() {
    if (this.#element.matches(":popover-open")) {
      if (this.#opener) {
        place(this.#element, this.#opener, this.#element.dataset.menuSide);
      }
      this.#element.querySelector(".menu-search input")?.focus();
    }
  }

  #items() {
    return [...this.#element.querySelectorAll(".menu-item:not(:disabled)")].filter((item) => item.checkVisibility());
  }

  #walk(event) {
    if (isComposing(event)) {
      return;
    }
    const items = this.#items();
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined && items.length > 0) {
      event.preventDefault();
      items.at(to % items.length)?.focus();
    } else if (event.key === "Enter" && event.target.matches(".menu-search input")) {
      event.preventDefault();
      items[0]?.click();
    } else if (event.key === "Tab") {
      this.#element.hidePopover();
    }
  }

  #filter() {
    const search = this.#element.querySelector(".menu-search input");
    if (!search) {
      return;
    }
    const wanted = search.value.trim().toLocaleLowerCase();
    let shown = 0;
    for (const item of this.#element.querySelectorAll(".menu-item")) {
      const fits = item.textContent.toLocaleLowerCase().includes(wanted);
      item.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    const empty = this.#element.querySelector(".menu-empty");
    if (empty) {
      empty.hidden = shown > 0;
    }
  }
}
