/* What was typed and is not known to have arrived. It is kept before the first attempt, under the id by which the desk
   knows a repetition; all tabs of a visitor share it, and whichever sends it first, it stands once. */
const LONGEST_WAIT = 30_000;

export class Outbox extends EventTarget {
  #line;
  #store;
  #ready;
  #tries = 0;
  #timer = 0;
  #isBusy = false;

  /* `ready` makes sure that there is somebody to write as. */
  constructor(line, store, ready) {
    super();
    this.#line = line;
    this.#store = store;
    this.#ready = ready;
    store.addEventListener("change", (event) => event.detail === "outbox" && this.#changed());
    line.addEventListener("reached", () => this.#soon(0));
    addEventListener("online", () => this.#soon(0));
  }

  get drafts() {
    return this.#store.get("outbox", []);
  }

  add(draft) {
    this.#write([...this.drafts, { id: crypto.randomUUID(), at: new Date().toISOString(), ...draft }]);
    this.#tries = 0;
    this.#soon(0);
  }

  retry(id) {
    this.#write(this.drafts.map((draft) => (draft.id === id ? { ...draft, problem: "" } : draft)));
    this.#soon(0);
  }

  remove(id) {
    this.#write(this.drafts.filter((draft) => draft.id !== id));
  }

  #write(drafts) {
    this.#store.set("outbox", drafts);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }

  #soon(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), wait);
  }

  /* One after the other, so that lines keep their order. */
  async #send() {
    const draft = this.drafts.find((each) => !each.problem);
    if (!draft || this.#isBusy) {
      return;
    }
    this.#isBusy = true;
    try {
      await this.#ready();
      const said = draft.button ? { button: draft.button } : { text: draft.text ?? "", attachments: draft.attachments ?? [] };
      const body = { client_message_id: draft.id, ...said, context: draft.context };
      await this.#line.command("message.create", body, "messages/");
      this.#tries = 0;
      this.dispatchEvent(new CustomEvent("accepted", { detail: draft }));
      this.#later(0);
    } catch (error) {
      this.#failed(draft, error);
    } finally {
      this.#isBusy = false;
    }
  }

  #failed(draft, error) {
    if (error.status === undefined) {
      throw error;
    }
    if (error.isPassing || error.status === 401) {
      this.#tries += 1;
      const wait = Math.min(LONGEST_WAIT, 1_000 * 2 ** (this.#tries - 1));
      this.#later(Math.max(error.retryAfter * 1_000, wait / 2 + (Math.random() * wait) / 2));
    } else if (error.code === "channels.button_used") {
      this.remove(draft.id); // another device was faster
      this.#later(0);
    } else if (error.code === "livechat.form_incomplete") {
      this.remove(draft.id);
      this.dispatchEvent(new CustomEvent("incomplete", { detail: { draft, errors: error.errors } }));
    } else {
      this.#write(this.drafts.map((each) => (each.id === draft.id ? { ...each, problem: error.message || "?" } : each)));
      this.#later(0);
    }
  }

  #later(wait) {
    setTimeout(() => this.#soon(wait));
  }
}
