/* What is kept of whoever writes: the notice, what they allow and take back, and what they ask for about their data. */
import { make } from "./rating.js";

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
      this.#call("privacy/", { purpose, is_allowed: to === "allow" });
    } else if (button?.dataset.ask) {
      this.#call("privacy/requests/", { kind: button.dataset.ask });
    }
  }

  async #call(path, said) {
    const focused = document.activeElement?.dataset;
    const [purpose, ask] = [focused?.purpose, focused?.ask];
    try {
      const options = said === undefined ? {} : { method: "POST", body: JSON.stringify(said) };
      const told = await this.#line.request(path, options);
      this.#show(told);
      this.#say(told.told ?? "", false);
    } catch (error) {
      this.#say(error.message || this.#words.trouble);
    }
    const again = purpose ? `[data-purpose="${purpose}"]` : ask && `[data-ask="${ask}"]`;
    again && this.#element.querySelector(again)?.focus();
  }

  #show({ choices, offered, requests }) {
    const rows = choices.length ? choices.map((choice) => this.#choice(choice)) : [make("p", "", this.#words.privacyNobody)];
    const asks = choices.length ? [this.#asks(offered), ...requests.map((row) => this.#request(row))] : [];
    this.#list.replaceChildren(...rows, ...asks);
  }

  #choice({ purpose, label, is_allowed, state_label, action_label }) {
    const row = make("p", "choice");
    const button = make("button", "link", action_label);
    Object.assign(button, { type: "button", ariaLabel: `${button.textContent}: ${label}` });
    Object.assign(button.dataset, { purpose, to: is_allowed ? "forbid" : "allow" });
    row.append(make("span", "", label), make("strong", "", state_label), button);
    return row;
  }

  #asks(offered) {
    const row = make("p", "actions");
    for (const { kind, label } of offered) {
      const button = make("button", "button quiet", label);
      button.type = "button";
      button.dataset.ask = kind;
      row.append(button);
    }
    return row;
  }

  #request({ label, state_label, due_label }) {
    return make("p", "", `${label}: ${state_label} · ${due_label}`);
  }

  #say(text, isWrong = Boolean(text)) {
    const place = this.#element.querySelector("[role=status]");
    place.textContent = text;
    place.classList.toggle("error", isWrong);
  }
}
