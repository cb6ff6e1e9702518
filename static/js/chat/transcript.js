/* What was said, as a mail to whoever asks for it. */
export class Transcript {
  #element;
  #opener;
  #words;
  #address;
  #line;
  #store;

  constructor(element, opener, config, line, store) {
    this.#element = element;
    this.#opener = opener;
    this.#words = config.words;
    this.#address = `${config.chat}transcript/`;
    this.#line = line;
    this.#store = store;
    opener.addEventListener("click", () => this.#toggle(element.hidden));
    element.addEventListener("submit", (event) => this.#submit(event));
    element.querySelector("[type=button]").addEventListener("click", () => this.#toggle(false));
  }

  get #email() {
    return this.#element.elements.email;
  }

  #toggle(isOpen) {
    this.#element.hidden = !isOpen;
    this.#opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      this.#say("");
      this.#email.value ||= this.#store.get("transcript") ?? this.#store.get("answers", {}).email ?? "";
      this.#email.focus();
    } else {
      this.#opener.focus();
    }
  }

  async #submit(event) {
    event.preventDefault();
    const [email, button] = [this.#email.value.trim(), this.#element.querySelector("[type=submit]")];
    button.disabled = true;
    try {
      await this.#line.command("chat.transcript", { email }, this.#address);
      this.#store.set("transcript", email);
      this.#say(this.#words.transcriptSent.replace("%(email)s", email), false);
    } catch (error) {
      const wrong = error.errors?.map((each) => each.detail).join(" ");
      this.#say(wrong || error.message || this.#words.trouble);
    } finally {
      button.disabled = false;
    }
  }

  #say(text, isWrong = Boolean(text)) {
    const place = this.#element.querySelector("[role=status]");
    place.textContent = text;
    place.classList.toggle("error", isWrong);
    isWrong ? this.#email.setAttribute("aria-invalid", "true") : this.#email.removeAttribute("aria-invalid");
  }
}
