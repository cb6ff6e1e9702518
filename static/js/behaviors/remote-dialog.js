/* An empty dialog that htmx fills (new ticket, wrap-up, merge, forward): it opens when it has content. */
export class RemoteDialog {
  #element;
  #filled = () => this.#open();
  #done = () => this.#finish();

  constructor(element) {
    this.#element = element;
  }

  connect() {
    this.#element.addEventListener("htmx:afterSwap", this.#filled);
    this.#element.addEventListener("close", () => this.#element.replaceChildren());
    document.addEventListener("dialog:close", this.#done);
  }

  disconnect() {
    document.removeEventListener("dialog:close", this.#done);
  }

  /* Emptied at once: htmx says that it has swapped after this, and what is empty does not open again. */
  #finish() {
    this.#element.replaceChildren();
    this.#element.close();
  }

  #open() {
    if (this.#element.childElementCount && !this.#element.open) {
      this.#element.showModal();
    }
    const title = this.#element.querySelector(".dialog-title");
    if (title) {
      title.id ||= "remote-dialog-title";
      this.#element.setAttribute("aria-labelledby", title.id);
    }
    this.#first()?.focus();
  }

  /* What is wrong, else what the dialog names, else the first field: never the button that closes it. */
  #first() {
    const wanted = ["[aria-invalid=true]", "[autofocus]", ".dialog-body :is(input:not([type=hidden]), select, textarea)"];
    return wanted.map((selector) => this.#element.querySelector(selector)).find(Boolean);
  }
}
