/* What is asked before the first line of a visit. The desk checks it again. */
const EMAIL = /^\S+@\S+\.\S+$/;

export class Form extends EventTarget {
  #element;
  #config;
  #isKnown = false;

  constructor(element, config) {
    super();
    this.#element = element;
    this.#config = config;
    element.addEventListener("submit", (event) => this.#submit(event));
  }

  /* Who is signed in need not say who they are. */
  show(isKnown, errors = []) {
    this.#isKnown = isKnown;
    this.#element.querySelectorAll("[data-contact]").forEach((field) => (field.hidden = isKnown));
    errors.forEach(({ field, detail }) => this.#complain(field, detail));
    const wrong = this.#element.querySelector("[aria-invalid=true]");
    (wrong ?? this.#element.querySelector("input:not([hidden]), select, button"))?.focus();
  }

  isNeeded(isKnown) {
    const asked = this.#config.fields.filter((field) => !(isKnown && field.isContact));
    return asked.length > 0 || Boolean(this.#config.consent);
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
      if (field.name in values && field.required && !values[field.name]) {
        this.#complain(field.name, words.required);
      }
    }
    if (values.email && !EMAIL.test(values.email)) {
      this.#complain("email", words.required);
    }
    if (this.#config.isAway && !this.#isKnown && !values.email && !values.phone) {
      this.#complain("email", words.contactNeeded);
    }
    if (this.#config.consent && !values.consent) {
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
