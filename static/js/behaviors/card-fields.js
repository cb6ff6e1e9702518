/* The title, the link and the buttons of a card, where the chosen channel carries cards. */
import { on } from "../lib/dom.js";

const MOST = 5;

export class CardFields {
  #box;
  #opener;
  #buttons;
  #changed;
  #isWanted;
  #isAble = false;

  /* `changed` hears of every change that a draft has to keep. */
  constructor(element, changed) {
    this.#box = element.querySelector("[data-card]");
    this.#opener = element.querySelector("[data-card-opener]");
    this.#buttons = element.querySelector("[data-card-buttons]");
    this.#changed = changed;
    this.#isWanted = this.#box !== null && !this.#box.disabled;
  }

  listen(element) {
    this.#box?.addEventListener("input", this.#changed);
    return [
      on(element, "click", "[data-action=card]", () => this.#toggle()),
      on(element, "click", "[data-action=add-card-button]", () => this.#add("", "")?.querySelector("input").focus()),
      on(element, "click", "[data-action=remove-card-button]", (_event, button) => this.#remove(button.closest("li"))),
    ];
  }

  get isFilled() {
    const isShown = this.#box !== null && !this.#box.disabled;
    return isShown && [...this.#box.querySelectorAll("input")].some((input) => input.value.trim());
  }

  show(isAble = this.#isAble) {
    if (this.#box) {
      this.#isAble = isAble;
      this.#opener.hidden = !isAble;
      this.#opener.setAttribute("aria-pressed", String(this.#isWanted));
      this.#box.hidden = !isAble || !this.#isWanted;
      this.#box.disabled = this.#box.hidden; // what a fieldset holds is then not sent either
    }
  }

  clear() {
    this.fill({});
  }

  /* With the fields of a card that was taken back. */
  fill({ card_title: [title = ""] = [], card_url: [url = ""] = [], button_label: labels = [], button_url: urls = [] }) {
    if (this.#box) {
      this.#box.querySelector("[name=card_title]").value = title;
      this.#box.querySelector("[name=card_url]").value = url;
      this.#buttons.replaceChildren();
      labels.forEach((label, place) => this.#add(label, urls[place] ?? ""));
      this.#isWanted = title !== "";
      this.show();
    }
  }

  #toggle() {
    this.#isWanted = !this.#isWanted;
    this.show();
    (this.#isWanted ? this.#box.querySelector("input") : this.#opener).focus();
    this.#changed();
  }

  #add(label, url) {
    if (this.#buttons.children.length >= MOST) {
      return null;
    }
    const line = this.#box.querySelector("template").content.firstElementChild.cloneNode(true);
    const [labelField, urlField] = line.querySelectorAll("input");
    [labelField.value, urlField.value] = [label, url];
    this.#buttons.append(line);
    return line;
  }

  #remove(line) {
    const next = line.nextElementSibling ?? line.previousElementSibling;
    line.remove();
    (next?.querySelector("input") ?? this.#box.querySelector("[data-action=add-card-button]")).focus();
    this.#changed();
  }
}
