/* The buttons above the editor: bold, lists, quotes, links. */
import { on } from "../lib/dom.js";

const TAGS = { bold: "B", italic: "I", list: "UL", numbers: "OL", quote: "BLOCKQUOTE", link: "A" };

export class Formats {
  #element;
  #editor;
  #releases;

  constructor(element, editor) {
    this.#element = element;
    this.#editor = editor;
    editor.addEventListener("pathChange", () => this.#show());
    this.#releases = [
      on(element, "click", "[data-format]", (_event, button) => this.#apply(button.dataset.format)),
      on(element, "mousedown", "[data-format]", (event) => event.preventDefault()),
    ];
  }

  disconnect() {
    this.#releases.forEach((release) => release());
  }

  #apply(name) {
    const editor = this.#editor;
    const toggles = {
      bold: () => (editor.hasFormat("B") ? editor.removeBold() : editor.bold()),
      italic: () => (editor.hasFormat("I") ? editor.removeItalic() : editor.italic()),
      list: () => (editor.hasFormat("UL") ? editor.removeList() : editor.makeUnorderedList()),
      numbers: () => (editor.hasFormat("OL") ? editor.removeList() : editor.makeOrderedList()),
      quote: () => (editor.hasFormat("BLOCKQUOTE") ? editor.decreaseQuoteLevel() : editor.increaseQuoteLevel()),
      link: () => this.#link(),
    };
    toggles[name]?.();
    editor.focus();
    this.#show();
  }

  /* A link is made of the selected text by pasting or typing its address into the small field that opens. */
  #link() {
    const editor = this.#editor;
    if (editor.hasFormat("A")) {
      editor.removeLink();
      return;
    }
    const line = this.#element.querySelector("[data-link-line]");
    const range = editor.getSelection();
    const input = line.querySelector("input");
    line.hidden = false;
    input.value = "";
    input.focus();
    const done = (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      line.hidden = true;
      input.removeEventListener("keydown", done);
      editor.focus();
      editor.setSelection(range);
      const address = input.value.trim();
      if (event.key === "Enter" && address) {
        editor.makeLink(/^[a-z]+:/i.test(address) ? address : `https://${address}`);
      }
    };
    input.addEventListener("keydown", done);
  }

  #show() {
    for (const button of this.#element.querySelectorAll("[data-format]")) {
      button.setAttribute("aria-pressed", String(this.#editor.hasFormat(TAGS[button.dataset.format])));
    }
  }
}
