/* Several recipients or tags in one box. Each chip carries a hidden input, so that the form posts without us. */
import { debounce, on, parse } from "../lib/dom.js";
import { request } from "../lib/http.js";
import { fill, gettext } from "../lib/i18n.js";
import { isComposing } from "../lib/keyboard.js";
import { place } from "./menu.js";

const LOOKS_WHOLE = /^\S+@\S+\.\S+$/;

export class TokenField {
  #element;
  #input;
  #menu = null;
  #suggest = debounce(180, () => this.#ask());

  constructor(element) {
    this.#element = element;
    this.#input = element.querySelector("input:not([type=hidden])");
  }

  connect() {
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#input.addEventListener("input", () => this.#element.dataset.suggest && this.#suggest());
    this.#input.addEventListener("blur", () => setTimeout(() => this.#leave(), 150));
    this.#input.addEventListener("paste", (event) => this.#paste(event));
    on(this.#element, "click", "button[data-remove]", (_event, button) => this.#remove(button.closest(".chip")));
    this.#element.addEventListener("token:add", (event) => this.add(event.detail.value, event.detail.label));
    this.#element.addEventListener("click", (event) => event.target === this.#element && this.#input.focus());
  }

  disconnect() {
    this.#suggest.cancel();
    this.#menu?.remove();
  }

  add(value, label = value) {
    const known = [...this.#element.querySelectorAll("input[type=hidden]")].some((input) => input.value === value);
    if (!known) {
      const chip = document.createElement("span");
      chip.className = "chip";
      const text = document.createElement("span");
      text.className = "truncate";
      text.textContent = label;
      const hidden = document.createElement("input");
      hidden.type = "hidden";
      hidden.name = this.#element.dataset.name;
      hidden.value = value;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.dataset.remove = "";
      remove.textContent = "×";
      remove.setAttribute("aria-label", fill(gettext("Remove %(name)s"), { name: label }));
      chip.append(text, hidden, remove);
      this.#input.before(chip);
      this.#changed();
    }
    this.#input.value = "";
    this.#close();
  }

  #remove(chip) {
    chip.remove();
    this.#changed();
    this.#input.focus();
  }

  #changed() {
    this.#element.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #key(event) {
    if (isComposing(event)) {
      return;
    }
    const options = [...(this.#menu?.querySelectorAll("[role=option]") ?? [])];
    const chosen = options.findIndex((option) => option.ariaSelected === "true");
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length > 0) {
      event.preventDefault();
      const next = (chosen + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
      options.forEach((option, at) => option.setAttribute("aria-selected", String(at === next)));
    } else if (["Enter", ",", ";", "，", "；"].includes(event.key) && (this.#input.value.trim() || chosen >= 0)) {
      event.preventDefault();
      this.#take(options[chosen]);
    } else if (event.key === "Backspace" && !this.#input.value) {
      const last = [...this.#element.querySelectorAll(".chip")].at(-1);
      if (last) {
        this.#remove(last);
      }
    } else if (event.key === "Escape" && this.#menu) {
      event.stopPropagation();
      this.#close();
    }
  }

  #take(option) {
    if (option) {
      this.add(option.dataset.value, option.dataset.label);
    } else if (!this.#element.hasAttribute("data-only-known")) {
      this.add(this.#input.value.trim());
    }
  }

  #leave() {
    if (document.activeElement !== this.#input && LOOKS_WHOLE.test(this.#input.value.trim())) {
      this.#take(null);
    }
    if (document.activeElement !== this.#input) {
      this.#close();
    }
  }

  #paste(event) {
    const parts = (event.clipboardData?.getData("text/plain") ?? "").split(/[\s,;，；]+/).filter(Boolean);
    if (parts.length > 1 && parts.every((part) => LOOKS_WHOLE.test(part))) {
      event.preventDefault();
      parts.forEach((part) => this.add(part));
    }
  }

  async #ask() {
    const text = this.#input.value.trim();
    if (!text) {
      this.#close();
      return;
    }
    const url = new URL(this.#element.dataset.suggest, location.href);
    url.searchParams.set("q", text);
    const html = await request(url.href).catch(() => "");
    if (this.#input.value.trim() === text) {
      this.#show(html);
    }
  }

  #show(html) {
    this.#close();
    const content = parse(html);
    if (!content.querySelector("[role=option]")) {
      return;
    }
    this.#menu = document.createElement("div");
    this.#menu.className = "menu";
    this.#menu.popover = "manual";
    this.#menu.setAttribute("role", "listbox");
    this.#menu.append(content);
    this.#element.append(this.#menu);
    this.#menu.showPopover();
    place(this.#menu, this.#input);
    this.#menu.querySelector("[role=option]").setAttribute("aria-selected", "true");
    on(this.#menu, "mousedown", "[role=option]", (event, option) => {
      event.preventDefault();
      this.#take(option);
    });
  }

  #close() {
    this.#menu?.remove();
    this.#menu = null;
  }
}
