/* What is asked before the first line of a visit. The desk checks it again. */
const EMAIL = /^\S+@\S+\.\S+$/;
const HANDLES = ["email", "phone"];

export class Form extends EventTarget {
  #element;
  #config;
  #isKnown = false;
  #isLeaving = false;
  #needsContact = false;

  constructor(element, config) {
    super();
    this.#element = element;
    this.#config = config;
    element.addEventListener("submit", (event) => this.#submit(event));
  }

  show(isKnown, errors = [], isLeaving = false) {
    this.lay(isKnown, isLeaving, errors.some(({ field }) => HANDLES.includes(field)));
    errors.forEach(({ field, detail }) => this.#complain(field, detail));
    const wrong = this.#element.querySelector("[aria-invalid=true]");
    (wrong ?? [...this.#element.elements].find((each) => each.offsetParent))?.focus();
  }

  /* Who is signed in need not say who they are; who leaves a message instead of waiting only says how to be reached. */
  lay(isKnown, isLeaving = false, needsContact = false) {
    this.#isKnown = isKnown;
    this.#isLeaving = isLeaving;
    this.#needsContact = !isKnown && (isLeaving || needsContact || this.#config.isAway);
    this.#config.fields.forEach((field) => (this.#part(field.name).hidden = !this.#isShown(field)));
    this.#element.querySelectorAll("[data-leaving]").forEach((part) => (part.hidden = !isLeaving));
    this.#element.querySelector("[type=submit]").textContent = this.#config.words[isLeaving ? "leave" : "start"];
    if (this.#config.consent) {
      this.#part("consent").hidden = isLeaving;
    }
  }

  isNeeded(isKnown) {
    const asked = this.#config.fields.filter((field) => !field.isSpare && !(isKnown && field.isContact));
    return asked.length > 0 || Boolean(this.#config.consent);
  }

  #part(name) {
    return this.#element.querySelector(`[data-field="${CSS.escape(name)}"]`);
  }

  #isShown(field) {
    if (this.#isKnown && field.isContact) {
      return false;
    }
    return this.#isLeaving ? HANDLES.includes(field.name) : !field.isSpare || this.#needsContact;
  }

  #submit(event) {
    event.preventDefault();
    const values = {};
    for (const input of this.#element.elements) {
      if (input.name && !input.closest("[hidden]")) {
        values[input.name] = input.type === "checkbox" ? input.checked : input.value.trim();
      }
    }
    if (this.#check(values)) {
      this.dispatchEvent(new CustomEvent("filled", { detail: values }));
    }
  }

  #check(values) {
    const words = this.#config.words;
    this.#element.querySelectorAll("[aria-invalid]").forEach((input) => this.#complain(input.name, ""));
    for (const field of this.#config.fields) {
      if (field.name in values && field.required && !this.#isLeaving && !values[field.name]) {
        this.#complain(field.name, words.required);
      }
    }
    if (values.email && !EMAIL.test(values.email)) {
      this.#complain("email", words.required);
    }
    if (this.#needsContact && !values.email && !values.phone) {
      this.#complain(HANDLES.find((name) => name in values), words.contactNeeded);
    }
    if (values.consent === false) {
      this.#complain("consent", words.consentNeeded);
    }
    const wrong = this.#element.querySelector("[aria-invalid=true]");
    wrong?.focus();
    return !wrong;
  }

  #complain(name, text) {
    const input = this.#element.elements[name];
    const place = this.#element.querySelector(`[data-error="${CSS.escape(name)}"]`);
    if (input && place) {
      text ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
      place.textContent = text;
    }
  }
}
