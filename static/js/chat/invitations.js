/* Speaks to a visitor first, where a rule of the company's fits the page. Who sends it away is left alone. */
const fits = (pattern, path) => {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return !pattern || new RegExp(`^${parts.join(".*")}$`).test(path);
};

export class Invitations {
  #rules;
  #store;
  #show;
  #path = null;
  #timer = 0;

  constructor(rules, store, show) {
    this.#rules = rules;
    this.#store = store;
    this.#show = show;
    this.isReturning = store.get("visited", false);
    store.set("visited", true);
  }

  /* The page changed, or is looked at for the first time. */
  look(url) {
    let path;
    try {
      path = new URL(url).pathname;
    } catch {
      return;
    }
    if (path === this.#path || this.#store.get("dismissed", false)) {
      return;
    }
    this.#path = path;
    clearTimeout(this.#timer);
    const rule = this.#rules.find((each) => fits(each.pages, path) && this.#isFor(each.visitors));
    if (rule) {
      this.#timer = setTimeout(() => this.#show(rule.text), rule.seconds * 1_000);
    }
  }

  stop() {
    clearTimeout(this.#timer);
  }

  dismiss() {
    this.#store.set("dismissed", true);
    this.stop();
  }

  #isFor(visitors) {
    return visitors === "all" || (visitors === "returning") === this.isReturning;
  }
}
