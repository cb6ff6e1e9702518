/* Tells the site around the frame how high the page is. Nothing else leaves it. */
export class Embedded {
  #element;
  #observer;

  constructor(element) {
    this.#element = element;
  }

  connect() {
    this.#observer = new ResizeObserver(() => this.#tell());
    this.#observer.observe(this.#element);
  }

  disconnect() {
    this.#observer.disconnect();
  }

  #tell() {
    if (window.parent !== window) {
      window.parent.postMessage({ type: "contact-form-height", height: this.#element.scrollHeight }, "*");
    }
  }
}
