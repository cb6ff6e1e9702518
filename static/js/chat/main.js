/* The chat in its frame: brings together who writes, the line to the desk, what waits and what is seen. */
import { dress } from "./color.js";
import { Composer } from "./composer.js";
import { Form } from "./form.js";
import { Host } from "./host.js";
import { Invitations } from "./invitations.js";
import { Line } from "./line.js";
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { Rating } from "./rating.js";
import { Sound } from "./sound.js";
import { Store } from "./store.js";
import { Transcript } from "./transcript.js";
import { Visitor } from "./visitor.js";
import { Waiting } from "./waiting.js";

const MARK_AFTER = 4_000;
const TYPING_STAYS = 9_000;
const TYPING_AGAIN = 4_000;
const ENDED = "chat.ended";

class Chat {
  #config = JSON.parse(document.getElementById("config").textContent);
  #words = this.#config.words;
  #store = new Store(this.#config.channel);
  #host = new Host(this.#config.channel, document.body.dataset.side);
  #line = new Line(this.#config, () => this.#visitor.renew());
  #visitor = new Visitor(this.#line, this.#store, this.#host);
  #outbox = new Outbox(this.#line, this.#store, () => this.#visitor.introduce());
  #composer = new Composer(this.#one("composer"));
  #form = new Form(this.#one("form"), this.#config);
  #log = new Log(this.#one("log"), this.#config, (file) => this.#line.request(`files/${file.id}/`, { as: "blob" }), (...said) => this.#act(...said));
  #sound = new Sound(this.#one("sound"), this.#words, this.#store);
  #rating = new Rating(this.#one("rating"), this.#config, this.#line, this.#store);
  #transcript = new Transcript(this.#one("transcript"), this.#one("mail"), this.#config, this.#line, this.#store);
  #invitations = new Invitations(this.#config.invitations, this.#store, (text) => this.#invite(text));
  #waiting = new Waiting(this.#one("waiting"), this.#words);
  #privacy = null;
  #isLeaving = false;
  #uploads = new Map();
  #state = "closed";
  #isVisitOpen = false;
  #newest = 0;
  #read = 0;
  #unread = new Set();
  #lostTimer = 0;
  #typingTimer = 0;
  #typedAt = 0;
  #acknowledging = 0;

  #one(id) {
    return document.getElementById(id);
  }

  start() {
    this.#one("data").addEventListener("click", () => this.#showPrivacy());
    dress(this.#config.accent);
    this.#listenToPage();
    this.#listenToLine();
    this.#listenToWriter();
    this.#host.addEventListener("ready", () => this.#invitations.look(this.#host.where.url));
    this.#host.addEventListener("open", () => this.#open());
    this.#host.addEventListener("full", (event) => document.body.toggleAttribute("data-full", event.detail));
    this.#host.start();
    this.#showOutbox();
    this.#visitor.addEventListener("known", () => this.#showMiddle());
    this.#rating.addEventListener("change", () => this.#showMiddle());
    this.#visitor.comeBack();
    this.#show(parent === window ? "open" : (sessionStorageGet("state") ?? "closed"));
  }

  /* --- What is said ----------------------------------------------------------------------------------------------- */

  #listenToLine() {
    this.#line.addEventListener("message", (event) => this.#take(event.detail));
    this.#line.addEventListener("progress", (event) => this.#progress(event.detail));
    this.#line.addEventListener("typing", () => this.#showTyping());
    this.#line.addEventListener("replaced", () => this.#log.clear());
    this.#line.addEventListener("reached", () => this.#setLost(false));
    this.#line.addEventListener("lost", (event) => event.detail.isPassing && this.#setLost(true));
  }

  #take(message) {
    this.#newest = message.sequence;
    this.#log.add(message);
    if (message.event) {
      this.#ended(message);
    } else if (message.sender === "customer") {
      this.#isVisitOpen = true;
      this.#rating.begin();
      this.#outbox.remove(message.client_message_id);
    } else {
      this.#arrived(message);
    }
    this.#showMiddle();
    this.#acknowledge();
  }

  /* What was filled in counts for one visit. */
  #ended(message) {
    if (message.event === ENDED && message.sequence > this.#store.get("ended", 0)) {
      this.#store.set("ended", message.sequence);
      this.#store.remove("answers");
    }
    if (message.event === ENDED) {
      this.#rating.end(message.sequence);
    }
    this.#isVisitOpen = message.event !== ENDED && this.#isVisitOpen;
  }

  #arrived(message) {
    this.#one("typing").hidden = true;
    this.#one("mail").hidden &&= !this.#config.sendsTranscripts || message.sender !== "agent";
    if (message.sequence > this.#read) {
      this.#unread.add(message.sequence);
      if (!this.#isLookedAt && Date.now() - Date.parse(message.created) < 60_000) {
        this.#sound.chime();
      }
    }
  }

  #progress({ delivered = 0, read = 0, seen = 0, chat }) {
    if (chat !== undefined) {
      this.#stand(chat);
    }
    this.#read = Math.max(this.#read, read);
    [...this.#unread].filter((sequence) => sequence <= this.#read).forEach((sequence) => this.#unread.delete(sequence));
    this.#log.see(seen);
    this.#showUnread();
    this.#acknowledge(delivered);
  }

  /* How the visit stands. Who was about to leave a message need not any more once somebody is there. */
  #stand(chat) {
    this.#waiting.show(chat);
    if (this.#isLeaving && chat?.state !== "waiting") {
      this.#leaveOrStay(false);
    }
  }

  get #isLookedAt() {
    return this.#state === "open" && document.visibilityState === "visible";
  }

  /* Says what has arrived and what is seen, once for all that came meanwhile. */
  #acknowledge(delivered = 0) {
    clearTimeout(this.#acknowledging);
    this.#acknowledging = setTimeout(() => {
      const upTo = this.#newest;
      const isNews = this.#isLookedAt ? upTo > this.#read : upTo > delivered && this.#unread.size > 0;
      if (upTo && isNews && this.#line.isOpen) {
        const said = this.#isLookedAt ? { read: upTo } : { delivered: upTo };
        this.#line.command("receipt", said, "receipts/").then((told) => this.#progress(told)).catch(() => null);
      }
    }, 150);
  }

  /* --- Writing ---------------------------------------------------------------------------------------------------- */

  #listenToWriter() {
    this.#composer.text = this.#store.get("draft", "");
    this.#composer.addEventListener("text", (event) => this.#write({ text: event.detail }));
    this.#composer.addEventListener("files", (event) => event.detail.forEach((file) => this.#attach(file)));
    this.#composer.addEventListener("typing", (event) => this.#typed(event.detail));
    this.#outbox.addEventListener("change", () => this.#showOutbox());
    this.#outbox.addEventListener("accepted", () => this.#line.ask());
    this.#outbox.addEventListener("incomplete", (event) => this.#askAgain(event.detail));
    this.#form.addEventListener("filled", (event) => this.#filled(event.detail));
  }

  #write(draft) {
    if (!draft.button) {
      this.#store.remove("draft"); // what was being written stays while one presses
    }
    this.#outbox.add({ ...draft, context: this.#isVisitOpen ? {} : this.#context() });
  }

  #context() {
    return { ...this.#host.context, ...this.#store.get("answers", {}) };
  }

  async #attach(file, id = crypto.randomUUID()) {
    const draft = { id, at: new Date().toISOString(), text: "", names: [file.name], file, isUploading: true, problem: "" };
    if (file.size > this.#config.fileBytes) {
      draft.problem = this.#words.fileTooLarge.replace("%(size)s", Math.floor(this.#config.fileBytes / 1024 / 1024));
    }
    this.#uploads.set(id, draft);
    this.#showOutbox();
    if (draft.problem) {
      return;
    }
    try {
      await this.#visitor.introduce();
      const headers = { "X-File-Name": encodeURIComponent(file.name), "Content-Type": "application/octet-stream" };
      const told = await this.#line.request("files/", { method: "POST", body: file, headers });
      this.#uploads.delete(id);
      this.#write({ text: "", attachments: [told.id], names: [file.name] });
    } catch (error) {
      draft.problem = error.message || this.#words.trouble;
      this.#showOutbox();
    }
  }

  #act(act, id, button) {
    if (act === "press") {
      const { card, press } = button.dataset;
      this.#write({ text: button.textContent, button: { sequence: Number(card), id: Number(press) } });
      this.#one("log").focus(); // what is pressed cannot be any more, and would take the focus along
      return;
    }
    const upload = this.#uploads.get(id);
    if (act === "retry") {
      upload ? this.#attach(upload.file, id) : this.#outbox.retry(id);
    } else if (upload) {
      this.#uploads.delete(id);
      this.#showOutbox();
    } else {
      this.#outbox.remove(id);
    }
  }

  #typed(text) {
    this.#store.set("draft", text);
    if (text && this.#isVisitOpen && this.#line.isOpen && Date.now() - this.#typedAt > TYPING_AGAIN) {
      this.#typedAt = Date.now();
      this.#line.command("typing", {}, `${this.#config.chat}typing/`).catch(() => null);
    }
  }

  /* The desk wants more than the form had, as when its hours ended meanwhile: nothing typed is lost. */
  #askAgain({ draft, errors }) {
    this.#store.remove("answers");
    this.#composer.text = [draft.text, this.#composer.text].filter(Boolean).join("\n");
    this.#store.set("draft", this.#composer.text);
    this.#show("open");
    this.#isLeaving = Boolean(draft.context?.leave);
    this.#showMiddle(true);
    this.#form.show(this.#visitor.isKnown, errors, this.#isLeaving);
  }

  #leaveOrStay(isLeaving) {
    this.#isLeaving = isLeaving;
    this.#form.lay(this.#visitor.isKnown, isLeaving);
    this.#showMiddle();
    isLeaving ? this.#form.show(this.#visitor.isKnown, [], true) : this.#composer.focus();
  }

  /* What was being written is the message that is left. */
  #leave(values) {
    const text = this.#composer.text.trim() || this.#words.leaveLine;
    this.#composer.text = "";
    this.#store.remove("draft");
    this.#outbox.add({ text, context: { ...values, leave: true } });
    this.#leaveOrStay(false);
  }

  #filled(values) {
    if (this.#isLeaving) {
      this.#leave(values);
      return;
    }
    this.#store.set("answers", values);
    this.#showMiddle();
    this.#composer.focus();
  }

  /* --- What is seen ----------------------------------------------------------------------------------------------- */

  #listenToPage() {
    this.#one("launcher").addEventListener("click", () => (this.#state === "open" ? this.#close() : this.#open()));
    document.addEventListener("click", (event) => this.#clicked(event.target.closest("[data-do]")?.dataset.do));
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("visibilitychange", () => this.#acknowledge());
  }

  #clicked(what) {
    const doings = {
      close: () => this.#close(),
      end: () => this.#end(),
      accept: () => this.#open(),
      leave: () => this.#leaveOrStay(true),
      stay: () => this.#leaveOrStay(false),
      dismiss: () => {
        this.#invitations.dismiss();
        this.#show("closed");
      },
    };
    doings[what]?.();
  }

  #key(event) {
    if (event.key === "Escape" && !event.isComposing && this.#state !== "closed") {
      this.#state === "invitation" ? this.#clicked("dismiss") : this.#close();
    } else if (event.key === "Tab" && document.body.hasAttribute("data-full")) {
      this.#keepFocus(event);
    }
  }

  /* While the chat covers the page, the page behind it is not there for the keyboard. */
  #keepFocus(event) {
    const all = [...this.#one("panel").querySelectorAll("button, a[href], input:not([type=file]), select, textarea, [tabindex='0']")];
    const reachable = all.filter((element) => element.offsetParent !== null && !element.disabled);
    const edge = event.shiftKey ? reachable[0] : reachable.at(-1);
    if (document.activeElement === edge) {
      event.preventDefault();
      (event.shiftKey ? reachable.at(-1) : reachable[0]).focus();
    }
  }

  #open() {
    this.#invitations.stop();
    this.#show("open");
    this.#log.toEnd();
    this.#one("composer").hidden ? this.#form.show(this.#visitor.isKnown, [], this.#isLeaving) : this.#composer.focus();
    this.#acknowledge();
  }

  /* Few look there, so it comes when somebody does. */
  async #showPrivacy() {
    const { Privacy } = await import("./privacy.js");
    this.#privacy ??= new Privacy(this.#one("privacy"), this.#one("data"), this.#config, this.#line);
    this.#privacy.toggle();
  }

  #close() {
    this.#show("closed");
    this.#one("launcher").focus();
  }

  #invite(text) {
    if (this.#state === "closed" && !this.#isVisitOpen) {
      this.#one("invitation-text").textContent = text;
      this.#show("invitation");
    }
  }

  async #end() {
    await this.#line.command("chat.end", {}, `${this.#config.chat}ending/`).catch(() => null);
    this.#line.ask();
  }

  #show(state) {
    this.#state = state;
    sessionStorageSet("state", state === "open" ? "open" : "closed");
    document.body.dataset.state = state;
    this.#one("panel").hidden = state !== "open";
    this.#one("invitation").hidden = state !== "invitation";
    const launcher = this.#one("launcher");
    launcher.setAttribute("aria-expanded", String(state === "open"));
    launcher.setAttribute("aria-label", state === "open" ? this.#words.close : this.#words.open);
    this.#line.watch(state === "open");
    this.#host.tell("state", { state });
    this.#showMiddle();
  }

  /* The form before the first line of a visit, or where one writes. */
  #showMiddle(isRefused = false) {
    const isFilled = Boolean(this.#store.get("answers")) || this.#outbox.drafts.length > 0;
    const needsForm = isRefused || this.#isLeaving || (!this.#isVisitOpen && !isFilled && this.#form.isNeeded(this.#visitor.isKnown));
    const isClosed = !this.#config.takesGuests && !this.#visitor.isKnown;
    this.#one("form").hidden = !needsForm || isClosed || this.#rating.isAsking;
    this.#one("composer").hidden = needsForm || isClosed;
    this.#one("sign-in").hidden = !isClosed;
    this.#one("away").hidden = !this.#config.isAway || this.#isVisitOpen;
    this.#one("end").hidden = !this.#isVisitOpen;
  }

  #showOutbox() {
    this.#log.wait([...this.#outbox.drafts, ...this.#uploads.values()]);
  }

  #showUnread() {
    const count = this.#unread.size;
    const badge = this.#one("unread");
    badge.hidden = count === 0;
    badge.textContent = count > 99 ? "99+" : count;
    badge.setAttribute("aria-label", this.#words.unread.replace("%(count)s", count));
    this.#host.tell("badge", { count: this.#isLookedAt ? 0 : count, word: this.#words.newMessage });
  }

  #showTyping() {
    this.#one("typing").hidden = false;
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => (this.#one("typing").hidden = true), TYPING_STAYS);
  }

  #setLost(isLost) {
    if (!isLost) {
      clearTimeout(this.#lostTimer);
      this.#lostTimer = 0;
      this.#one("lost").hidden = true;
    } else if (!this.#lostTimer) {
      this.#lostTimer = setTimeout(() => (this.#one("lost").hidden = false), MARK_AFTER);
    }
  }
}

/* Of this tab alone: whether the chat is open, so that it stays so from page to page. */
const sessionStorageGet = (name) => {
  try {
    return sessionStorage.getItem(`chat:${name}`);
  } catch {
    return null;
  }
};

const sessionStorageSet = (name, value) => {
  try {
    sessionStorage.setItem(`chat:${name}`, value);
  } catch {
    // Forbidden to frames of other sites.
  }
};

new Chat().start();
