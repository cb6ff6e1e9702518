/* Who writes: a guest by a secret of ours, or whoever is signed in on the company's pages. */
export class Visitor extends EventTarget {
  #line;
  #store;
  #host;
  #joining = null;
  isKnown = false;

  constructor(line, store, host) {
    super();
    this.#line = line;
    this.#store = store;
    this.#host = host;
    // Who becomes a guest in one tab is that guest in all of them.
    store.addEventListener("change", (event) => event.detail === "guest" && !line.isOpen && this.comeBack());
  }

  /* Who was here before is heard at once; nobody else costs the desk anything until they write. */
  async comeBack() {
    const token = await this.#host.identity();
    const guest = this.#store.get("guest", "");
    if (token) {
      await this.#join(token, guest);
    } else if (guest) {
      this.#line.open(guest);
    }
  }

  /* Before something is sent. */
  async introduce() {
    if (this.#line.isOpen) {
      return;
    }
    this.#joining ??= this.#welcome().finally(() => (this.#joining = null));
    await this.#joining;
  }

  /* The proof counts no more: a newer one of the company's, or a new guest at the next line. */
  async renew() {
    const token = await this.#host.identity();
    if (token) {
      this.#line.open(token);
    } else {
      this.#store.remove("guest");
    }
  }

  async #welcome() {
    const token = await this.#host.identity();
    if (token) {
      await this.#join(token, "");
      return;
    }
    const known = this.#store.get("guest", "");
    const session = known ? { guest_token: known } : await this.#line.request("session/", { method: "POST", body: "{}", isSigned: false });
    this.#store.set("guest", session.guest_token);
    this.#line.open(session.guest_token, session.conversation?.id);
  }

  /* Signed in on the company's pages. What was written before as a guest comes along. */
  async #join(token, guest) {
    const headers = { Authorization: `Bearer ${token}` };
    const body = JSON.stringify(guest ? { guest_token: guest } : {});
    const session = await this.#line
      .request("session/", { method: "POST", body, headers, isSigned: false })
      .catch(() => guest && this.#line.request("session/", { method: "POST", body: "{}", headers, isSigned: false }))
      .catch(() => null);
    if (session) {
      this.isKnown = true;
      this.#store.remove("guest");
      this.#line.open(token, session.conversation.id);
      this.dispatchEvent(new CustomEvent("known"));
    }
  }
}
