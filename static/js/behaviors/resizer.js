/* Drags the width of a pane; arrow keys do the same, a double click goes back. The browser remembers. */
import { remember } from "../lib/storage.js";

const STEP = 16;

export class Resizer {
  #element;
  #pane;
  #least;
  #most;
  #direction;

  constructor(element) {
    this.#element = element;
    this.#pane = element.dataset.pane;
    this.#least = Number(element.getAttribute("aria-valuemin"));
    this.#most = Number(element.getAttribute("aria-valuemax"));
    this.#direction = element.dataset.side === "end" ? -1 : 1;
  }

  connect() {
    this.#element.addEventListener("pointerdown", (event) => this.#drag(event));
    this.#element.addEventListener("keydown", (event) => this.#key(event));
    this.#element.addEventListener("dblclick", () => this.#forget());
    this.#element.setAttribute("aria-valuenow", String(Math.round(this.#width())));
  }

  #target() {
    return this.#direction < 0 ? this.#element.nextElementSibling : this.#element.previousElementSibling;
  }

  #width() {
    return this.#target()?.getBoundingClientRect().width ?? 0;
  }

  #set(width) {
    const bounded = Math.round(Math.max(this.#least, Math.min(this.#most, width)));
    document.documentElement.style.setProperty(`--${this.#pane}-width`, `${bounded}px`);
    this.#element.setAttribute("aria-valuenow", String(bounded));
    remember(`pane:${this.#pane}`, String(bounded));
  }

  #forget() {
    document.documentElement.style.removeProperty(`--${this.#pane}-width`);
    remember(`pane:${this.#pane}`, null);
  }

  #drag(start) {
    start.preventDefault();
    const from = this.#width();
    this.#element.setPointerCapture(start.pointerId);
    this.#element.dataset.dragging = "";
    const move = (event) => this.#set(from + (event.clientX - start.clientX) * this.#direction);
    const stop = () => {
      delete this.#element.dataset.dragging;
      this.#element.removeEventListener("pointermove", move);
    };
    this.#element.addEventListener("pointermove", move);
    this.#element.addEventListener("lostpointercapture", stop, { once: true });
  }

  #key(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (way) {
      event.preventDefault();
      this.#set(this.#width() + way * this.#direction * STEP);
    }
  }
}
