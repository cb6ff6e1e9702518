/* Keeps a form from being sent twice by a double click. The server would store it once anyway. */
export class SendOnce {
  #form;
  #onSubmit = (event) => this.#guard(event);
  #onShow = () => this.#release();

  constructor(form) {
    this.#form = form;
  }

  connect() {
    this.#form.addEventListener("submit", this.#onSubmit);
    window.addEventListener("pageshow", this.#onShow);
  }

  disconnect() {
    this.#form.removeEventListener("submit", this.#onSubmit);
    window.removeEventListener("pageshow", this.#onShow);
  }

  #guard(event) {
    if (this.#form.hasAttribute("aria-busy")) {
      event.preventDefault();
    } else {
      this.#form.setAttribute("aria-busy", "true");
    }
  }

  #release() {
    this.#form.removeAttribute("aria-busy");
  }
}
