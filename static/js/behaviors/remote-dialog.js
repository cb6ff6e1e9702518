/* An empty dialog that htmx fills (new ticket, wrap-up, merge, forward): it opens when it has content. */
export class RemoteDialog {
  #element;
  #finished = null;
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

  /* htmx still tells of a swap after this, and sends its other events from the form: what is done stays in place until
     the dialog has closed, but does not open again. */
  #finish() {
    this.#finished = this.#element.firstElementChild;
    this.#element.close();
  }

  #open() {
    const content = this.#element.firstElementChild;
    if (content && content === this.#finished) {
      return;
    }
    if (content && !this.#element.open) {
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
