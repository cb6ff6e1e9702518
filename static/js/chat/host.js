/* The page around the frame. It is told how large the frame shall be and how much is unread, and asked who is signed in. */
export class Host extends EventTarget {
  #channel;
  #side;
  #origin = "*";
  #asked = null;
  where = {};

  constructor(channel, side) {
    super();
    this.#channel = channel;
    this.#side = side;
  }

  start() {
    addEventListener("message", (event) => this.#hear(event));
    this.tell("hello", { side: this.#side });
  }

  tell(type, data = {}) {
    if (parent !== window) {
      parent.postMessage({ chat: this.#channel, type, ...data }, this.#origin);
    }
  }

  /* The token that the company signed for its visitor; "" for nobody. */
  identity() {
    if (parent === window) {
      return Promise.resolve("");
    }
    this.#asked ??= new Promise((resolve) => {
      const done = (event) => {
        clearTimeout(late);
        this.#asked = null;
        resolve(event.detail ?? "");
      };
      const late = setTimeout(() => done({}), 8_000);
      this.addEventListener("identity", done, { once: true });
      this.tell("identity");
    });
    return this.#asked;
  }

  #hear(event) {
    const data = event.data;
    if (event.source !== parent || data?.chat !== this.#channel) {
      return;
    }
    this.#origin = event.origin;
    if (data.where && String(data.where.url).startsWith(`${event.origin}/`)) {
      this.where = data.where;
    }
    for (const name of ["ready", "open", "identity", "full"]) {
      if (name in data) {
        this.dispatchEvent(new CustomEvent(name, { detail: data[name] }));
      }
    }
  }
}
