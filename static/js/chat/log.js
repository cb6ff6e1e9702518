import { cardOf, markCards } from "./cards.js";

/* The lines as they are seen. Text of people goes into the page as text alone. */
const ADDRESS = /https?:\/\/[^\s<>"'，。；！？）】」]+[^\s<>"'.,;:!?)，。；！？）】」]/g;

const make = (tag, className, text) => {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) {
    element.textContent = text;
  }
  return element;
};

const linked = (text) => {
  const body = make("p", "line-text");
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const link = make("a", "", match[0]);
    link.href = match[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    body.append(text.slice(from, match.index), link);
    from = match.index + match[0].length;
  }
  body.append(text.slice(from));
  return body;
};

export class Log {
  #element;
  #words;
  #load;
  #time;
  #lines = new Map();
  #drafts = new Map();
  #seen = 0;
  #waiting = [];

  /* `load` brings the bytes of a file, `act` hears of "retry" and "discard" of a draft, and of "press" of a button. */
  constructor(element, config, load, act) {
    this.#element = element;
    this.#words = config.words;
    this.#load = load;
    this.#time = new Intl.DateTimeFormat(config.language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act]");
      if (button) {
        act(button.dataset.act, button.closest("[data-draft]")?.dataset.draft, button);
      }
    });
  }

  add(message) {
    if (this.#lines.has(message.sequence)) {
      return;
    }
    this.#lines.set(message.sequence, message);
    this.#drop(message.client_message_id);
    const line = message.event ? make("p", "event", this.#told(message)) : this.#line(message);
    line.dataset.sequence = message.sequence;
    const next = this.#element.querySelector("[data-draft]");
    this.#keepingPlace(message.sender === "customer", () => this.#element.insertBefore(line, next));
    this.#mark();
    if (message.card || message.button) {
      this.#markCards();
    }
  }

  /* What nobody wrote. An event that is newer than this page says nothing here. */
  #told({ event, name, reason }) {
    const { events } = this.#words;
    const unnamed = name ? undefined : events[`${event}.somebody`];
    return (events[`${event}.${reason}`] ?? unnamed ?? events[event] ?? "").replace("%(name)s", name);
  }

  clear() {
    this.#element.querySelectorAll("[data-sequence]").forEach((line) => line.remove());
    this.#lines.clear();
    this.#seen = 0;
  }

  /* Up to where a person has read. */
  see(sequence) {
    this.#seen = Math.max(this.#seen, sequence);
    this.#mark();
  }

  /* What waits, in the order in which it was written. */
  wait(drafts) {
    const kept = new Set(drafts.map((draft) => draft.id));
    [...this.#drafts.keys()].filter((id) => !kept.has(id)).forEach((id) => this.#drop(id));
    const known = new Set([...this.#lines.values()].map((message) => message.client_message_id));
    for (const draft of drafts) {
      if (!known.has(draft.id)) {
        this.#draft(draft);
      }
    }
    this.#waiting = drafts;
    this.#markCards();
  }

  #markCards() {
    const pressed = new Map();
    for (const { sequence, card, button } of [...this.#lines.values(), ...this.#waiting]) {
      card?.pressed && pressed.set(sequence, card.pressed);
      button && pressed.set(button.sequence, button.id);
    }
    markCards(this.#element, pressed);
  }

  #draft(draft) {
    let line = this.#drafts.get(draft.id);
    if (!line) {
      line = this.#line({ sender: "customer", text: draft.text, created: draft.at, attachments: [], names: draft.names });
      line.dataset.draft = draft.id;
      this.#drafts.set(draft.id, line);
      this.#keepingPlace(true, () => this.#element.append(line));
    }
    line.toggleAttribute("data-failed", Boolean(draft.problem));
    const state = line.querySelector(".line-state");
    if (draft.problem) {
      state.replaceChildren(`${this.#words.failed}: ${draft.problem} `, this.#act("retry"), " ", this.#act("discard"));
    } else {
      state.textContent = draft.isUploading ? this.#words.uploading : this.#words.sending;
    }
  }

  #act(name) {
    const button = make("button", "link", this.#words[name]);
    button.type = "button";
    button.dataset.act = name;
    return button;
  }

  #drop(id) {
    this.#drafts.get(id)?.remove();
    this.#drafts.delete(id);
  }

  #line(message) {
    const line = make("div", "line");
    line.dataset.sender = message.sender;
    const name = message.sender === "customer" ? this.#words.you : message.name || (message.sender === "automatic" ? this.#words.automatic : "");
    const head = make("p", "line-head");
    const at = make("time", "", this.#time.format(new Date(message.created)));
    at.dateTime = message.created;
    head.append(make("span", message.sender === "customer" ? "visually-hidden" : "line-name", name), " ", at);
    line.append(head);
    const pictured = message.card && message.attachments.find((file) => file.id === message.card.picture);
    if (message.card) {
      line.append(cardOf(message, linked, pictured && this.#file(pictured)));
    } else if (message.text) {
      line.append(linked(message.text));
    }
    message.attachments.filter((file) => file !== pictured).forEach((file) => line.append(this.#file(file)));
    (message.names ?? []).forEach((each) => line.append(make("p", "line-text", each)));
    line.append(make("p", "line-state"));
    return line;
  }

  #file(file) {
    const link = make("a", "file", file.name);
    link.download = file.name;
    link.href = "#";
    const isPicture = file.content_type.startsWith("image/");
    const open = this.#load(file).then((blob) => {
      link.href = URL.createObjectURL(blob);
      if (isPicture) {
        const picture = make("img", "picture");
        picture.alt = this.#words.picture.replace("%(name)s", file.name);
        picture.src = link.href;
        picture.addEventListener("load", () => this.#keepingPlace(false, () => link.replaceChildren(picture)));
      }
      return link;
    });
    open.catch(() => link.setAttribute("aria-disabled", "true"));
    return link;
  }

  /* Below the last own line alone, as messengers do. */
  #mark() {
    const own = [...this.#lines.values()].filter((message) => message.sender === "customer" && !message.event);
    const last = own.reduce((newest, message) => Math.max(newest, message.sequence), 0);
    this.#element.querySelectorAll('[data-sequence][data-sender="customer"] .line-state').forEach((state) => {
      const sequence = Number(state.closest("[data-sequence]").dataset.sequence);
      state.textContent = sequence === last ? this.#words[sequence <= this.#seen ? "read" : "sent"] : "";
    });
  }

  #keepingPlace(isOwn, change) {
    const box = this.#element;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    change();
    if (isOwn || isAtEnd) {
      box.scrollTop = box.scrollHeight;
    }
  }

  toEnd() {
    this.#element.scrollTop = this.#element.scrollHeight;
  }
}
