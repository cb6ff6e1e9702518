/* Has a security key or passkey answer the server's challenge, and sends the answer with the form it stands on. */
import { request } from "../lib/http.js";
import { gettext } from "../lib/i18n.js";

const bytes = (text) => {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
};

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const opened = (descriptors = []) => descriptors.map((each) => ({ ...each, id: bytes(each.id) }));

const CEREMONIES = {
  create: async ({ publicKey }) =>
    navigator.credentials.create({
      publicKey: {
        ...publicKey,
        challenge: bytes(publicKey.challenge),
        user: { ...publicKey.user, id: bytes(publicKey.user.id) },
        excludeCredentials: opened(publicKey.excludeCredentials),
      },
    }),
  get: async ({ publicKey }) =>
    navigator.credentials.get({
      publicKey: {
        ...publicKey,
        challenge: bytes(publicKey.challenge),
        allowCredentials: opened(publicKey.allowCredentials),
      },
    }),
};

const PARTS = ["attestationObject", "clientDataJSON", "authenticatorData", "signature", "userHandle"];

const written = ({ id, rawId, type, response }) => {
  const parts = PARTS.filter((name) => response[name]).map((name) => [name, text(response[name])]);
  return JSON.stringify({ id, rawId: text(rawId), type, response: Object.fromEntries(parts) });
};

const words = (error) => {
  switch (error.name) {
    case "NotAllowedError":
      return gettext("Nothing was signed: it was cancelled or took too long. Try again.");
    case "InvalidStateError":
      return gettext("This key is registered already. Use another one.");
    case "SecurityError":
      return gettext("Security keys do not work at this address.");
    case "NotSupportedError":
    case "ConstraintError":
      return gettext("This key cannot ask for a PIN or a finger. Use another one.");
    default:
      return error.body?.detail ?? gettext("This did not work. Reload the page and try again.");
  }
};

export class SecurityKey {
  #form;
  #error;
  #onSubmit = (event) => this.#submit(event);

  constructor(form) {
    this.#form = form;
    this.#error = form.querySelector("[data-key-error]");
  }

  connect() {
    this.#form.addEventListener("submit", this.#onSubmit);
    if (!globalThis.PublicKeyCredential || !navigator.credentials) {
      this.#tell(gettext("This browser cannot use security keys. Choose another way, or another browser."));
      this.#form.querySelector("[type=submit]").disabled = true;
    }
  }

  disconnect() {
    this.#form.removeEventListener("submit", this.#onSubmit);
  }

  #submit(event) {
    const { name } = this.#form.elements;
    if (name instanceof HTMLInputElement && name.value.trim() === "") {
      return; // the server says in its own words that a name is missing
    }
    event.preventDefault();
    if (!this.#form.hasAttribute("aria-busy")) {
      this.#ask();
    }
  }

  async #ask() {
    this.#form.setAttribute("aria-busy", "true");
    this.#tell("");
    try {
      const { keyMode, keyUrl } = this.#form.dataset;
      const challenge = await request(keyUrl, { method: "POST" });
      this.#form.elements.answer.value = written(await CEREMONIES[keyMode](challenge));
      this.#form.submit();
    } catch (error) {
      this.#form.removeAttribute("aria-busy");
      this.#tell(words(error));
    }
  }

  #tell(message) {
    this.#error.hidden = message === "";
    this.#error.textContent = message;
  }
}
