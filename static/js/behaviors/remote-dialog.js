/* An empty dialog that htmx fills (new ticket, wrap-up, merge, forward): it opens when it has content. */
export class RemoteDialog {
  #element;
  #filled = () => this.#open();
  #done = () => this.#element.close();

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

  #open() {
    if (this.#element.childElementCount && !this.#element.open) {
      this.#element.showModal();
    }
    const title = this.#element.querySelector(".dialog-title");
    if (title) {
      title.id ||= "remote-dialog-title";
      this.#element.setAttribute("aria-labelledby", title.id);
    }
    this.#element.querySelector("[aria-invalid=true], [autofocus]")?.focus();
  }
}
