/* What is kept of whoever writes: the notice, what they allow and take back, and what they ask for about their data. */
import { make } from "./rating.js";

const ASKED = ["access", "correction", "erasure", "restriction"];

export class Privacy {
  #element;
  #opener;
  #words;
  #line;

  constructor(element, opener, config, line) {
    this.#element = element;
    this.#opener = opener;
    this.#words = config.words;
    this.#line = line;
    element.addEventListener("click", (event) => this.#clicked(event.target.closest("button")));
  }

  get #list() {
    return this.#element.querySelector("[data-choices]");
  }

  toggle(isOpen = this.#element.hidden) {
    this.#element.hidden = !isOpen;
    this.#opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      this.#say("");
      this.#list.replaceChildren();
      this.#element.querySelector("h2").focus();
      this.#load();
    } else {
      this.#opener.focus();
    }
  }

  /* Who has not written yet is nobody so far. */
  async #load() {
    if (!this.#line.isOpen) {
      this.#show({ choices: [], requests: [] });
      return;
    }
    await this.#call("privacy/", undefined);
  }

  #clicked(button) {
    if (button?.dataset.to === "close") {
      this.toggle(false);
    } else if (button?.dataset.purpose) {
      const { purpose, to } = button.dataset;
      this.#call("privacy/", { purpose, is_allowed: to === "allow" }, this.#words.privacyChanged);
    } else if (button?.dataset.ask) {
      this.#call("privacy/requests/", { kind: button.dataset.ask }, this.#words.privacyAsked);
    }
  }

  async #call(path, said, done = "") {
    const focused = document.activeElement?.dataset;
    const [purpose, ask] = [focused?.purpose, focused?.ask];
    try {
      const options = said === undefined ? {} : { method: "POST", body: JSON.stringify(said) };
      this.#show(await this.#line.request(path, options));
      this.#say(done, false);
    } catch (error) {
      this.#say(error.message || this.#words.trouble);
    }
    const again = purpose ? `[data-purpose="${purpose}"]` : ask && `[data-ask="${ask}"]`;
    again && this.#element.querySelector(again)?.focus();
  }

  #show({ choices, requests }) {
    const rows = choices.length ? choices.map((choice) => this.#choice(choice)) : [make("p", "", this.#words.privacyNobody)];
    const asks = choices.length ? [make("h3", "", this.#words.privacyData), this.#asks(), ...requests.map((row) => this.#request(row))] : [];
    this.#list.replaceChildren(...rows, ...asks);
  }

  #choice({ purpose, label, is_allowed }) {
    const row = make("p", "choice");
    const button = make("button", "link", is_allowed ? this.#words.privacyForbid : this.#words.privacyAllow);
    Object.assign(button, { type: "button", ariaLabel: `${button.textContent}: ${label}` });
    Object.assign(button.dataset, { purpose, to: is_allowed ? "forbid" : "allow" });
    row.append(make("span", "", label), make("strong", "", is_allowed ? this.#words.privacyIs : this.#words.privacyIsNot), button);
    return row;
  }

  #asks() {
    const row = make("p", "actions");
    for (const kind of ASKED) {
      const button = make("button", "button quiet", this.#words.privacyAsk[kind]);
      button.type = "button";
      button.dataset.ask = kind;
      row.append(button);
    }
    return row;
  }

  #request({ label, state_label, due_at }) {
    const day = new Date(due_at).toLocaleDateString(document.documentElement.lang);
    return make("p", "", `${label}: ${state_label} · ${this.#words.privacyDue.replace("%(day)s", day)}`);
  }

  #say(text, isWrong = Boolean(text)) {
    const place = this.#element.querySelector("[role=status]");
    place.textContent = text;
    place.classList.toggle("error", isWrong);
  }
}
