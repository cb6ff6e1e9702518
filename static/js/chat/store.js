/* What a visitor's browser keeps, in our frame's own origin, where no script of the page can read it. Where a browser
   lets no frame keep anything, it is kept for as long as the page is open. */
export class Store extends EventTarget {
  #prefix;
  #memory = new Map();

  constructor(channel) {
    super();
    this.#prefix = `chat:${channel}:`;
    addEventListener("storage", (event) => {
      if (event.key?.startsWith(this.#prefix)) {
        this.dispatchEvent(new CustomEvent("change", { detail: event.key.slice(this.#prefix.length) }));
      }
    });
  }

  get(name, fallback = null) {
    try {
      const kept = localStorage.getItem(this.#prefix + name);
      return kept === null ? (this.#memory.get(name) ?? fallback) : JSON.parse(kept);
    } catch {
      return this.#memory.get(name) ?? fallback;
    }
  }

  set(name, value) {
    this.#memory.set(name, value);
    try {
      localStorage.setItem(this.#prefix + name, JSON.stringify(value));
    } catch {
      // Full, or forbidden to frames of other sites.
    }
  }

  remove(name) {
    this.#memory.delete(name);
    try {
      localStorage.removeItem(this.#prefix + name);
    } catch {
      // Forbidden to frames of other sites.
    }
  }
}
