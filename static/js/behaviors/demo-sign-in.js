/* In the demo one click fills in a sign-in and sends it. */
import { on } from "../lib/dom.js";

export class DemoSignIn {
  #element;

  constructor(element) {
    this.#element = element;
  }

  connect() {
    on(this.#element, "click", "[data-username]", (_event, button) => {
      const form = document.querySelector("form[data-sign-in]");
      form.querySelector("[name=username]").value = button.dataset.username;
      form.querySelector("[name=password]").value = button.dataset.password;
      form.requestSubmit();
    });
  }
}
