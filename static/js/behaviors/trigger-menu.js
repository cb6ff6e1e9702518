/* "/" brings snippets, "@" in a note brings colleagues: a menu at the cursor that follows what is typed. */
import { debounce, on, parse } from "../lib/dom.js";
import { request } from "../lib/http.js";
import { isComposing } from "../lib/keyboard.js";

const TRIGGER = /(^|[\s\u00a0，。；：（(])([/@])([^\s/@]{0,30})$/u;
const EDGE = 8;

/* Paragraphs as the lines that typing makes, with an empty one between; the editor itself would put some around. */
const asLines = (html) => {
  const content = parse(html);
  for (const paragraph of [...content.children].filter((child) => child.tagName === "P")) {
    const line = document.createElement("div");
    line.append(...paragraph.childNodes);
    const isFirst = paragraph.previousElementSibling === null;
    paragraph.replaceWith(...(isFirst ? [] : [emptyLine()]), line);
  }
  const [only, another] = content.children;
  const container = document.createElement("div");
  container.append(...(only?.tagName === "DIV" && !another ? only : content).childNodes);
  return container.innerHTML;
};

const emptyLine = () => Object.assign(document.createElement("div"), { innerHTML: "<br>" });

export class TriggerMenu {
  #editor;
  #surface;
  #urls;
  #mode;
  #menu = null;
  #found = null;
  #ask = debounce(120, () => this.#fetch());

  constructor(editor, surface, urls, mode) {
    this.#editor = editor;
    this.#surface = surface;
    this.#urls = { "/": urls.snippetsUrl, "@": urls.mentionsUrl };
    this.#mode = mode;
    editor.addEventListener("input", () => this.look());
    editor.addEventListener("cursor", () => this.isOpen && this.look());
    surface.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    surface.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  get isOpen() {
    return this.#menu !== null;
  }

  openBy(sign) {
    this.#editor.focus();
    const before = this.#before();
    this.#editor.insertHTML(/(^|[\s\u00a0])$/.test(before) ? sign : ` ${sign}`);
    this.look();
  }

  close() {
    this.#ask.cancel();
    this.#menu?.remove();
    this.#menu = null;
  }

  /* Where the cursor is, as a place in text; it may also stand behind a node instead of in it. */
  #cursor() {
    const range = this.#editor.getSelection();
    if (!range?.collapsed) {
      return {};
    }
    let { startContainer: node, startOffset: end } = range;
    while (node && node.nodeType !== Node.TEXT_NODE) {
      node = node.childNodes[end - 1] ?? null;
      end = node?.nodeType === Node.TEXT_NODE ? node.data.length : (node?.childNodes.length ?? 0);
    }
    return { node, end };
  }

  #before() {
    const { node, end } = this.#cursor();
    return node ? node.data.slice(0, end) : "";
  }

  look() {
    const match = TRIGGER.exec(this.#before().replaceAll("\u200b", ""));
    const isMeant = match && this.#urls[match[2]] && (match[2] === "/" || this.#mode() === "note");
    if (!isMeant) {
      this.#found = null;
      this.close();
      return;
    }
    this.#found = { sign: match[2], text: match[3] };
    this.#ask();
  }

  async #fetch() {
    const found = this.#found;
    if (!found) {
      return;
    }
    const url = new URL(this.#urls[found.sign], location.href);
    url.searchParams.set("q", found.text);
    const html = await request(url.href).catch(() => "");
    if (found === this.#found) {
      this.#show(html);
    }
  }

  #show(html) {
    const content = parse(html);
    this.close();
    if (!content.querySelector("[role=option]")) {
      return;
    }
    this.#menu = document.createElement("div");
    this.#menu.className = "menu";
    this.#menu.popover = "manual";
    this.#menu.setAttribute("role", "listbox");
    this.#menu.dataset.wide = "";
    this.#menu.append(content);
    document.body.append(this.#menu);
    this.#menu.showPopover();
    this.#place();
    this.#choose(0);
    on(this.#menu, "mousedown", "[role=option]", (event, option) => {
      event.preventDefault();
      this.#take(option);
    });
  }

  #place() {
    const caret = this.#editor.getCursorPosition();
    const { offsetWidth: width, offsetHeight: height } = this.#menu;
    const above = caret.top - height - EDGE;
    this.#menu.style.left = `${Math.max(EDGE, Math.min(caret.left, innerWidth - width - EDGE))}px`;
    this.#menu.style.top = `${above > EDGE ? above : caret.bottom + EDGE}px`;
  }

  #options() {
    return [...(this.#menu?.querySelectorAll("[role=option]") ?? [])];
  }

  #choose(wanted) {
    const options = this.#options();
    const at = (wanted + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    options[at]?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    if (!this.isOpen || isComposing(event)) {
      return;
    }
    const at = this.#options().findIndex((option) => option.ariaSelected === "true");
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1 };
    if (event.key in moves) {
      this.#choose(moves[event.key]);
    } else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") {
      this.#take(this.#options()[at]);
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  async #take(option) {
    const { sign, text } = this.#found ?? {};
    this.close();
    if (!option || !sign) {
      return;
    }
    this.#erase(sign.length + text.length);
    if (sign === "@") {
      const name = document.createElement("span");
      name.dataset.user = option.dataset.value;
      name.textContent = `@${option.dataset.label}`;
      this.#editor.insertHTML(`${name.outerHTML}&nbsp;`);
    } else {
      const snippet = await request(option.dataset.url, { method: "POST" }).catch(() => null);
      if (snippet) {
        this.#editor.insertHTML(asLines(snippet));
      }
    }
    this.#surface.dispatchEvent(new Event("input", { bubbles: true }));
    this.#editor.focus();
  }

  #erase(length) {
    const { node, end } = this.#cursor();
    if (!node) {
      return;
    }
    const range = document.createRange();
    range.setStart(node, Math.max(0, end - length));
    range.setEnd(node, end);
    this.#editor.setSelection(range);
    this.#editor.insertPlainText("");
  }
}
