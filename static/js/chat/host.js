/* The page around the frame. It is told how large the frame shall be and how much is unread, and asked who is signed in. */
const CAMPAIGN = /^utm_(source|medium|campaign|term|content)$/;

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

  /* On which page a visit begins, without anything in its address that may be somebody's secret. */
  get context() {
    const { url = "", title = "", referrer = "" } = this.where;
    const found = { url: url.split(/[?#]/)[0], title, referrer: referrer.split(/[?#]/)[0] };
    const query = url.includes("?") ? new URL(url).searchParams : [];
    for (const [name, value] of query) {
      if (CAMPAIGN.test(name)) {
        found[name] = value.slice(0, 100);
      }
    }
    const short = Object.entries(found).map(([name, value]) => [name, value.slice(0, 500)]);
    return Object.fromEntries(short.filter(([, value]) => value));
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
