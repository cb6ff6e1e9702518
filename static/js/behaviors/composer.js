/* Where people write. Reply and note keep a draft each, on the server; an input method is never interrupted; what
   is sent is sent once, whatever the network does. */
import DOMPurify from "../../vendor/dompurify/purify.js";
import Squire from "../../vendor/squire/squire.js";
import { debounce, on } from "../lib/dom.js";
import { announce, form, request, saveDraft } from "../lib/http.js";
import { fill, gettext, ngettext } from "../lib/i18n.js";
import { isSendKey } from "../lib/keyboard.js";
import { live } from "../lib/socket.js";
import { segments } from "../lib/segments.js";
import { clock } from "../lib/time.js";
import { CardFields } from "./card-fields.js";
import { Formats } from "./formats.js";
import { Pictures, pictureIds } from "./pictures.js";
import { TriggerMenu } from "./trigger-menu.js";
import { Uploads } from "./uploads.js";

const SAVE_AFTER = 800;
const COUNT_AFTER = 150;
const TYPING_EVERY = 3_000;
const EMPTY = /^(\s|<br\s*\/?>|<\/?(div|p)>|&nbsp;)*$/;

/* The editor keeps a line below a paragraph or a list, to go on in; nobody wrote it. */
const LAST_LINES = /(<div><br><\/div>)+$/;

const clean = (html) =>
  DOMPurify.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    FORBID_TAGS: ["style", "form", "input", "button", "svg", "math", "iframe"],
    FORBID_ATTR: ["style", "class", "id"],
    ADD_ATTR: ["data-user"],
  });

const WIDEST = 640;

/* What a draft keeps beside its text. */
const CARD = ["card_title", "card_url", "button_label", "button_url"];
const KEPT = ["to", "cc", "bcc", "channel", "subject", "customer", "queue", "priority", "assignee", ...CARD];

const newKey = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.replace(".", "");

export class Composer {
  #element;
  #editor;
  #surface;
  #formats;
  #pictures;
  #uploads;
  #card;
  #menu;
  #mode;
  #way;
  #held = { reply: "", note: "" };
  #keys = { reply: newKey(), note: newKey() };
  #sending = false;
  #warnedThen = "";
  #warnedHtml = "";
  #typedAt = 0;
  #count = debounce(COUNT_AFTER, () => this.#showCount());
  #releases = [];
  #save = debounce(SAVE_AFTER, () => this.#saveDraft());
  #leave = () => this.#saveNow();
  #restore = (event) => this.#putBack(event.detail);

  constructor(element) {
    this.#element = element;
    this.#surface = element.querySelector("[data-editor]");
    this.#pictures = new Pictures(element.dataset.pictureUrl);
    this.#mode = element.dataset.mode || "reply";
    this.#way = { channel: this.#route.value, kind: this.#route.dataset.kind };
  }

  connect() {
    if (this.#element.hasAttribute("data-composing")) {
      // Taking the text over now would end the word that an input method is making.
      this.#surface.addEventListener("compositionend", () => setTimeout(() => this.#connectLate()), { once: true });
      return;
    }
    const early = this.#takeEarly();
    this.#readHeld(early);
    this.#editor = new Squire(this.#surface, {
      blockTag: "DIV",
      sanitizeToDOMFragment: clean,
      didError: (error) => console.error(error),
    });
    this.#formats = new Formats(this.#element, this.#editor);
    this.#uploads = new Uploads(this.#element, () => this.#mode, (id, file) => this.#place(id, file));
    this.#card = new CardFields(this.#element, () => this.#save());
    Object.values(this.#held).forEach((html) => pictureIds(html).forEach((id) => this.#uploads.forget(id)));
    this.#menu = new TriggerMenu(this.#editor, this.#surface, this.#element.dataset, () => this.#mode);
    this.#load();
    this.#listen();
    this.#showMode();
    this.#choose(this.#element.querySelector("template[data-route]")?.dataset.route);
    this.#element.dataset.ready = "";
    if (early !== null || !EMPTY.test(this.#held[this.#mode]) || this.#card.isFilled) {
      this.#open(this.#mode, { focus: early !== null });
    }
    if (early) {
      this.#written();
      this.#menu.look();
    }
    if (this.#element.hasAttribute("data-sends")) {
      delete this.#element.dataset.sends;
      this.#send("");
    }
  }

  #connectLate() {
    if (this.#element.isConnected && !this.#editor) {
      this.connect();
    }
  }

  /* What was typed before the editor arrived (see ticket-pane.js); null when nobody asked for it yet. */
  #takeEarly() {
    if (!this.#element.hasAttribute("data-early")) {
      return null;
    }
    delete this.#element.dataset.early;
    // The editor only knows of a focus that it saw coming; it gets it again when it stands.
    this.#surface.blur();
    return this.#surface.innerHTML;
  }

  disconnect() {
    if (!this.#editor) {
      return;
    }
    this.#saveNow();
    this.#releases.forEach((release) => release());
    removeEventListener("pagehide", this.#leave);
    document.removeEventListener("composer-restore", this.#restore);
    this.#menu.close();
    this.#formats.disconnect();
    this.#editor.destroy();
  }

  #listen() {
    const element = this.#element;
    element.addEventListener("composer:open", (event) => this.#open(event.detail.mode));
    element.addEventListener("submit", (event) => this.#submit(event));
    element.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    element.addEventListener("change", (event) => this.#changed(event.target));
    this.#editor.addEventListener("input", () => this.#written());
    this.#editor.addEventListener("willPaste", (event) => this.#pictures.keepAddresses(event.detail.fragment));
    this.#surface.addEventListener("blur", () => this.#save());
    addEventListener("pagehide", this.#leave);
    document.addEventListener("composer-restore", this.#restore);
    this.#releases = [
      ...this.#card.listen(element),
      on(element, "click", "[data-mode-tab]", (_event, tab) => this.#open(tab.dataset.modeTab)),
      on(element, "click", "[data-action=collapse]", () => this.#collapse()),
      on(element, "click", "[data-action=send-anyway]", () => this.#send(this.#warnedThen, true)),
      on(element, "click", "[data-action=discard]", () => this.#discard()),
      on(element, "click", "[data-action=show-copies]", (_event, button) => this.#showCopies(button)),
      on(element, "click", "[data-action=reply-all]", (_event, button) => this.#replyAll(button)),
      on(element, "click", "[data-action=snippets]", () => this.#menu.openBy("/")),
      on(element, "click", "[data-then]", (_event, item) => this.#send(item.dataset.then)),
    ];
  }

  #changed(target) {
    if (target.closest("[data-recipients]")) {
      this.#save();
    }
    if (target.name === "channel") {
      this.#warn(""); // what was asked was asked of the other way
      this.#showRoute();
      this.#changeWay(target);
    }
  }

  /* What one writes first has a draft for each kind of channel: what is written stays with the kind it was written
     for, and the dialog shows what is kept for the other. */
  async #changeWay(select) {
    const chosen = select.selectedOptions[0];
    const [from, to] = [this.#way, { channel: select.value, kind: chosen.dataset.kind }];
    this.#way = to;
    if (!to.kind || to.kind === from.kind || (!this.#html() && !chosen.hasAttribute("data-written"))) {
      return;
    }
    this.#save.cancel();
    if (await this.#saveDraft(from.channel)) {
      select.dispatchEvent(new CustomEvent("composer:other-draft"));
    }
  }

  #readHeld(early) {
    for (const source of this.#element.querySelectorAll("template[data-draft]")) {
      this.#held[source.dataset.draft] = source.content.textContent.trim();
    }
    this.#held[this.#mode] += early ?? "";
  }

  #load() {
    this.#editor.setHTML(this.#pictures.shown(this.#held[this.#mode]));
    this.#editor.moveCursorToEnd();
    this.#markEmpty();
  }

  #html() {
    const html = this.#pictures.kept(this.#editor.getHTML()).replace(LAST_LINES, "");
    return EMPTY.test(html) && !/<img/i.test(html) ? "" : html;
  }

  async #place(id, file) {
    const size = await createImageBitmap(file).catch(() => null);
    const attributes = { alt: file.name };
    if (size?.width > WIDEST) {
      attributes.width = String(WIDEST);
    }
    this.#editor.insertImage(this.#pictures.place(id), attributes);
    this.#written();
  }

  #markEmpty() {
    this.#surface.toggleAttribute("data-empty", this.#html() === "");
  }

  #written() {
    // The editor tells of changes late, and of its own ones too.
    if (this.#html() !== this.#warnedHtml) {
      this.#warn("");
    }
    this.#markEmpty();
    this.#save();
    this.#count();
    // The editor also tells of what it was given to begin with; only who is in it types.
    const isTyping = this.#surface.contains(document.activeElement);
    if (isTyping && Date.now() - this.#typedAt > TYPING_EVERY && this.#element.dataset.ticket) {
      this.#typedAt = Date.now();
      live.once("typing", { ticket: Number(this.#element.dataset.ticket), mode: this.#mode });
    }
  }

  #open(mode, { focus = true } = {}) {
    if (mode === "reply" && this.#element.hasAttribute("data-no-reply")) {
      mode = "note";
    }
    if (mode !== this.#mode) {
      this.#saveNow();
      this.#held[this.#mode] = this.#html();
      this.#mode = mode;
      this.#load();
    }
    this.#element.removeAttribute("data-collapsed");
    this.#showMode();
    if (focus) {
      this.#editor.focus();
    }
  }

  #collapse() {
    this.#saveNow();
    if (this.#element.hasAttribute("data-standing")) {
      this.#element.closest("dialog")?.close();
      return;
    }
    this.#element.setAttribute("data-collapsed", "");
    this.#element.querySelector(`[data-mode-tab="${this.#mode}"]`)?.focus();
  }

  #showMode() {
    const { dataset } = this.#element;
    dataset.mode = this.#mode;
    for (const tab of this.#element.querySelectorAll("[data-mode-tab]")) {
      const isChosen = tab.dataset.modeTab === this.#mode;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    for (const part of this.#element.querySelectorAll("[data-only]")) {
      part.hidden = part.dataset.only !== this.#mode;
    }
    this.#uploads.show();
    this.#showRoute();
  }

  /* What the chosen channel carries decides what there is to fill in; a note carries everything. */
  get #route() {
    return this.#element.querySelector("select[name=channel]")?.selectedOptions[0] ?? this.#element;
  }

  #carries(what) {
    return this.#mode === "note" || (this.#route.dataset.carries ?? "").split(" ").includes(what);
  }

  /* The way that the words were meant for, while it is open: what was said to one must not come back for everybody. */
  #choose(route) {
    const select = this.#element.querySelector("select[name=channel]");
    const option = [...(select?.options ?? [])].find((each) => each.value === route && !each.disabled);
    if (option && !option.selected) {
      select.value = route;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  #showPlaceholder() {
    const { notePlaceholder, publicPlaceholder, replyPlaceholder } = this.#element.dataset;
    const isPublic = this.#element.hasAttribute("data-public");
    const told = this.#mode === "note" ? notePlaceholder : isPublic ? publicPlaceholder : replyPlaceholder;
    this.#surface.dataset.placeholder = told;
    this.#surface.setAttribute("aria-label", told);
  }

  #showRoute() {
    if (this.#route !== this.#element) {
      this.#element.toggleAttribute("data-public", this.#route.hasAttribute("data-public"));
    }
    this.#showPlaceholder();
    for (const part of this.#element.querySelectorAll("[data-carried]")) {
      part.hidden = !this.#carries(part.dataset.carried);
      part.disabled = part.hidden; // what a fieldset holds is then not sent either
    }
    this.#element.toggleAttribute("data-pictures", this.#carries("html"));
    this.#card.show(this.#mode === "reply" && this.#carries("card"));
    this.#showCount();
  }

  /* The signature is part of what is sent, and so of what is counted. */
  #showCount() {
    const place = this.#element.querySelector("[data-count]");
    const limit = Number(this.#route.dataset.maxLength ?? 0);
    // Where the server shows what becomes of the text, it tells the length as well.
    const isTold = this.#element.querySelector("[data-behavior~=preview]") !== null;
    const isCounted = !isTold && this.#mode === "reply" && (limit > 0 || this.#carries("segments"));
    place.hidden = !isCounted;
    if (!isCounted) {
      return;
    }
    const written = this.#surface.innerText.trim();
    const text = [written, this.#element.dataset.signature].filter(Boolean).join("\n\n");
    const length = [...text].length;
    const parts = [limit ? fill(gettext("%(length)s of %(limit)s characters"), { length, limit }) : ""];
    if (this.#carries("segments")) {
      const count = segments(text);
      parts.push(fill(ngettext("%(count)s text message", "%(count)s text messages", count), { count }));
    }
    place.textContent = parts.filter(Boolean).join(" · ");
    place.dataset.tone = limit > 0 && length > limit ? "danger" : "";
  }

  #showCopies(button) {
    this.#element.querySelectorAll("[data-copies]").forEach((line) => {
      line.hidden = false;
    });
    button.hidden = true;
    this.#element.querySelector("[data-copies] input:not([type=hidden])")?.focus();
  }

  /* Whom to add is known to the server; here they are only moved into the field, as chips with their tokens. */
  #replyAll(button) {
    const line = this.#element.querySelector(".token-field[data-name=cc]");
    for (const person of this.#element.querySelector("template[data-everybody]").content.children) {
      line.dispatchEvent(
        new CustomEvent("token:add", { detail: { value: person.dataset.value, label: person.dataset.label } }),
      );
    }
    button.hidden = true;
    this.#element.querySelector("[data-action=show-copies]")?.click();
    this.#editor.focus();
  }

  #key(event) {
    if (isSendKey(event) && !event.target.closest("[data-link-line]")) {
      event.preventDefault();
      event.stopPropagation();
      this.#send("");
    } else if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault(); // a browser would send the form from any of its lines
    } else if (event.key === "Escape" && this.#mayCollapse(event)) {
      event.preventDefault();
      event.stopPropagation();
      this.#collapse();
    }
  }

  /* Escape closes what lies on top first: a menu, the snippets, the word that is being composed. */
  #mayCollapse(event) {
    const isOpen = !this.#element.hasAttribute("data-collapsed") && !this.#element.hasAttribute("data-standing");
    return isOpen && !event.isComposing && !this.#menu.isOpen && !document.querySelector("[popover].menu:popover-open");
  }

  #draft(channel) {
    const data = form({ kind: this.#mode, html: this.#html() });
    if (this.#mode === "reply") {
      const values = new FormData(this.#element);
      for (const name of KEPT) {
        values.getAll(name).forEach((value) => data.append(name, value));
      }
      if (channel) {
        data.set("channel", channel);
      }
    }
    return data;
  }

  /* Whether the server has what is written. `channel` is the one it was written for, where that is not the chosen one. */
  async #saveDraft(channel = "") {
    const { draftUrl } = this.#element.dataset;
    if (!draftUrl || this.#sending) {
      return false;
    }
    const html = this.#html();
    if (html === this.#held[this.#mode] && !html && !this.#card.isFilled) {
      return true;
    }
    const saved = this.#element.querySelector("[data-saved]");
    try {
      await saveDraft(draftUrl, { data: this.#draft(channel), keepalive: html.length < 30_000 });
      this.#held[this.#mode] = html;
      saved.textContent = fill(gettext("Draft saved %(time)s"), { time: clock() });
      return true;
    } catch {
      saved.textContent = gettext("Draft not saved yet");
      return false;
    }
  }

  #saveNow() {
    this.#save.cancel();
    if (this.#html() !== this.#held[this.#mode]) {
      this.#saveDraft();
    }
  }

  #submit(event) {
    event.preventDefault();
    this.#send(event.submitter?.value ?? "");
  }

  /* What the channel's rule asks to be confirmed stands above the buttons until something else is written. */
  #warn(text) {
    const place = this.#element.querySelector("[data-warning]");
    place.querySelector("[data-warning-text]").textContent = text;
    place.hidden = text === "";
  }

  async #send(then, isConfirmed = false) {
    if (this.#sending) {
      return;
    }
    if (this.#uploads.isBusy) {
      announce({ level: "info", message: gettext("A file is still being uploaded.") });
      return;
    }
    const html = this.#html();
    if (!html && this.#uploads.isEmpty && !this.#card.isFilled) {
      announce({ level: "info", message: gettext("There is nothing to send yet.") });
      this.#editor.focus();
      return;
    }
    this.#save.cancel();
    this.#sending = true;
    this.#showSending(true);
    try {
      this.#warnedThen = then;
      this.#warnedHtml = html;
      await this.#post(html, then, isConfirmed);
      this.#giveUp(html);
      this.#sent(then);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#sending = false;
      this.#showSending(false);
    }
  }

  #post(html, then, isConfirmed) {
    const { replyUrl, noteUrl } = this.#element.dataset;
    const data = new FormData(this.#element);
    data.set("html", html);
    data.set("client_id", this.#keys[this.#mode]);
    data.set("then", then);
    if (isConfirmed) {
      data.set("confirmed", "1");
    }
    [...this.#uploads.ids, ...pictureIds(html)].forEach((id) => data.append("files", id));
    if (this.#mode === "note") {
      for (const mention of this.#surface.querySelectorAll("[data-user]")) {
        data.append("mentions", mention.dataset.user);
      }
    }
    return request(this.#mode === "note" ? noteUrl : replyUrl, { method: "POST", data });
  }

  /* Pictures that were taken out of the text before it was sent. */
  #giveUp(html) {
    const elsewhere = Object.entries(this.#held).filter(([mode]) => mode !== this.#mode);
    const texts = [html, ...elsewhere.map(([, text]) => text)];
    this.#pictures.takeUnused(texts).forEach((id) => this.#uploads.discard(id));
  }

  #sent(then) {
    this.#warn("");
    this.#keys[this.#mode] = newKey();
    this.#held[this.#mode] = "";
    this.#editor.setHTML("");
    this.#uploads.clear();
    this.#clearCard();
    this.#markEmpty();
    this.#element.querySelector("[data-saved]").textContent = "";
    if (this.#element.hasAttribute("data-standing")) {
      return; // the answer leads to the new ticket
    }
    this.#element.dispatchEvent(new CustomEvent("ticket:changed", { bubbles: true }));
    if (this.#goesOn && !then) {
      this.#editor.focus();
      return;
    }
    this.#element.setAttribute("data-collapsed", "");
    document.querySelector("[data-timeline-scroll]")?.focus({ preventScroll: true });
  }

  /* Who talks writes the next line at once. */
  get #goesOn() {
    return this.#mode === "reply" && this.#element.hasAttribute("data-live");
  }

  /* A note has none, and leaves that of the answer alone. */
  #clearCard() {
    if (this.#mode === "reply") {
      this.#card.clear();
    }
  }

  #refused(error) {
    this.#editor.focus();
    if (error.body?.confirm) {
      this.#warn(error.body.confirm);
      return;
    }
    if (error.isTold) {
      return;
    }
    const message =
      error.status >= 400 && error.status < 500
        ? error.message
        : gettext("Not sent. Your text is kept; send it again when the connection is back.");
    announce({ level: "error", message });
  }

  #showSending(isSending) {
    for (const button of this.#element.querySelectorAll("[data-send]")) {
      button.toggleAttribute("data-busy", isSending);
    }
  }

  async #discard() {
    const { draftUrl } = this.#element.dataset;
    const before = this.#html();
    this.#save.cancel();
    this.#editor.setHTML("");
    this.#uploads.clear();
    this.#clearCard();
    this.#held[this.#mode] = "";
    this.#markEmpty();
    await request(`${draftUrl}?kind=${this.#mode}&channel=${this.#way.channel ?? ""}`, { method: "DELETE" }).catch(() => null);
    if (before) {
      announce({ level: "info", message: gettext("Draft discarded") });
    }
    this.#collapse();
  }

  /* An answer taken back before it left comes home into the composer. */
  #putBack({ mode, html, route, card = {} }) {
    this.#held[mode] = html;
    if (mode === this.#mode) {
      this.#load();
    }
    this.#open(mode);
    this.#choose(route);
    this.#card.fill(card);
  }
}
