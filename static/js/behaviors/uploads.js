/* Files by button, by drag and by paste, uploaded at once with progress; they wait with the draft they belong to. */
import { on } from "../lib/dom.js";
import { announce, form, request, token } from "../lib/http.js";
import { fill, gettext } from "../lib/i18n.js";

const size = (bytes) =>
  bytes < 1_048_576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;

/* Pictures that browsers show everywhere; others are files like any file. */
const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

export class Uploads {
  #element;
  #list;
  #mode;
  #placed;
  #depth = 0;

  /* `placed` puts an uploaded picture into the text, and tells by true that it did. */
  constructor(element, mode, placed) {
    this.#element = element;
    this.#list = element.querySelector("[data-files]");
    this.#mode = mode;
    this.#placed = placed;
    element.addEventListener("dragenter", (event) => this.#drag(event, 1));
    element.addEventListener("dragleave", (event) => this.#drag(event, -1));
    element.addEventListener("dragover", (event) => this.#carriesFiles(event) && event.preventDefault());
    element.addEventListener("drop", (event) => this.#drop(event), { capture: true });
    element.addEventListener("paste", (event) => this.#paste(event), { capture: true });
    element.querySelector("[data-file-input]")?.addEventListener("change", (event) => {
      this.#add([...event.target.files]);
      event.target.value = "";
    });
    on(element, "click", "[data-action=attach]", () => element.querySelector("[data-file-input]").click());
    on(element, "click", "[data-remove-file]", (_event, button) => this.#remove(button.closest("li")));
  }

  get #mine() {
    return [...this.#list.children].filter((item) => item.dataset.mode === this.#mode());
  }

  get ids() {
    return this.#mine.map((item) => item.dataset.file).filter(Boolean);
  }

  get isBusy() {
    return this.#mine.some((item) => item.hasAttribute("data-uploading"));
  }

  get isEmpty() {
    return this.ids.length === 0;
  }

  show() {
    for (const item of this.#list.children) {
      item.hidden = item.dataset.mode !== this.#mode();
    }
  }

  /* What stands in a text as a picture is no entry of the list. */
  forget(id) {
    [...this.#list.children].find((item) => item.dataset.file === id)?.remove();
  }

  discard(id) {
    request(`${this.#element.dataset.uploadUrl}${id}/`, { method: "DELETE" }).catch(() => null);
  }

  clear() {
    this.#mine.forEach((item) => item.remove());
  }

  #carriesFiles(event) {
    return [...(event.dataTransfer?.types ?? [])].includes("Files");
  }

  #drag(event, way) {
    if (this.#carriesFiles(event)) {
      event.preventDefault();
      this.#depth = Math.max(0, this.#depth + way);
      this.#element.toggleAttribute("data-dragging", this.#depth > 0);
    }
  }

  #drop(event) {
    this.#depth = 0;
    this.#element.removeAttribute("data-dragging");
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      event.stopPropagation();
      this.#add(files, event.target.closest?.("[data-editor]") !== null);
    }
  }

  /* A pasted picture goes into the text; text that came along with it (a cell of a sheet) stays text. */
  #paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    const hasText = event.clipboardData?.types.includes("text/plain");
    if (files.length > 0 && !hasText) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#add(files, true);
    }
  }

  #add(files, intoText = false) {
    if (this.#element.hasAttribute("data-collapsed")) {
      this.#element.dispatchEvent(new CustomEvent("composer:open", { detail: { mode: this.#mode() } }));
    }
    const takesPictures = intoText && (this.#mode() === "note" || this.#element.hasAttribute("data-pictures"));
    files.forEach((file) => this.#upload(file, takesPictures && PICTURE.test(file.type)));
  }

  #item(file) {
    const item = this.#element.querySelector("template[data-file-template]").content.firstElementChild.cloneNode(true);
    item.dataset.mode = this.#mode();
    item.dataset.uploading = "";
    item.querySelector("[data-file-name]").textContent = file.name;
    item.querySelector("[data-file-name]").title = file.name;
    item.querySelector("[data-file-size]").textContent = size(file.size);
    item
      .querySelector("[data-remove-file]")
      .setAttribute("aria-label", fill(gettext("Remove %(name)s"), { name: file.name }));
    this.#list.append(item);
    return item;
  }

  #upload(file, intoText) {
    const item = this.#item(file);
    const progress = item.querySelector("progress");
    const xhr = new XMLHttpRequest();
    xhr.upload.addEventListener("progress", (event) => {
      progress.value = event.total ? event.loaded / event.total : 0;
    });
    xhr.addEventListener("load", () => this.#loaded(item, xhr, file, intoText));
    xhr.addEventListener("error", () => this.#failed(item, file, gettext("no connection")));
    xhr.addEventListener("abort", () => item.remove());
    item.addEventListener("upload:cancel", () => xhr.abort());
    xhr.open("POST", this.#element.dataset.uploadUrl);
    xhr.setRequestHeader("X-CSRFToken", token());
    xhr.setRequestHeader("HX-Request", "true");
    xhr.setRequestHeader("Accept", "application/json");
    xhr.send(form({ file, kind: this.#mode() }));
  }

  #loaded(item, xhr, file, intoText) {
    let answer = {};
    try {
      answer = JSON.parse(xhr.responseText);
    } catch {
      // Not JSON: an error page; the status says enough.
    }
    if (xhr.status >= 200 && xhr.status < 300 && answer.id) {
      item.dataset.file = answer.id;
      delete item.dataset.uploading;
      item.querySelector("progress").remove();
      if (intoText && answer.is_image && item.dataset.mode === this.#mode()) {
        this.#placed(answer.id, file).then(() => item.remove());
      }
    } else {
      this.#failed(item, file, answer.detail ?? gettext("the server refused it"));
    }
  }

  #failed(item, file, why) {
    item.remove();
    announce({
      level: "error",
      message: fill(gettext("%(name)s was not uploaded: %(why)s"), { name: file.name, why }),
    });
  }

  #remove(item) {
    if (item.hasAttribute("data-uploading")) {
      item.dispatchEvent(new Event("upload:cancel"));
      return;
    }
    item.remove();
    this.discard(item.dataset.file);
  }
}
