/* Where a visitor writes: text, emoji, files by choice, paste and drop. */
const GROWS_TO = 128;

export class Composer extends EventTarget {
  #form;
  #field;
  #picker;
  #files;
  #camera;
  #isComposing = false;

  constructor(form) {
    super();
    this.#form = form;
    this.#field = form.querySelector("textarea");
    this.#picker = form.querySelector("[data-emoji]");
    this.#files = form.querySelector("input[type=file]");
    this.#camera = form.querySelector("input[capture]");
    this.#listen();
  }

  get text() {
    return this.#field.value;
  }

  set text(value) {
    this.#field.value = value;
    this.#grow();
  }

  focus() {
    this.#field.focus();
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#form.addEventListener("click", (event) => this.#clicked(event));
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("compositionstart", () => (this.#isComposing = true));
    // In some browsers the Enter that ends a word comes after the end of its composition.
    this.#field.addEventListener("compositionend", () => setTimeout(() => (this.#isComposing = false)));
    this.#field.addEventListener("input", () => this.#typed());
    this.#field.addEventListener("paste", (event) => this.#take(event, event.clipboardData.files));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => this.#take(event, event.dataTransfer.files));
    for (const chosen of [this.#files, this.#camera]) {
      chosen.addEventListener("change", () => {
        this.#tell("files", [...chosen.files]);
        chosen.value = "";
      });
    }
  }

  #key(event) {
    const isSending = event.key === "Enter" && !event.shiftKey && !event.isComposing && !this.#isComposing && event.keyCode !== 229;
    if (isSending) {
      event.preventDefault();
      this.#form.requestSubmit();
    }
  }

  #submit(event) {
    event.preventDefault();
    const text = this.text.trim();
    if (text) {
      this.text = "";
      this.#tell("text", text);
    }
    this.focus();
  }

  #clicked(event) {
    const button = event.target.closest("button");
    if (button?.dataset.do === "emoji") {
      this.#picker.hidden = !this.#picker.hidden;
      button.setAttribute("aria-expanded", String(!this.#picker.hidden));
    } else if (button?.dataset.do === "file") {
      this.#files.click();
    } else if (button?.dataset.do === "camera") {
      this.#camera.click();
    } else if (button && this.#picker.contains(button)) {
      this.#field.setRangeText(button.textContent, this.#field.selectionStart, this.#field.selectionEnd, "end");
      this.#typed();
      this.focus();
    }
  }

  #typed() {
    this.#grow();
    this.#tell("typing", this.text);
  }

  #take(event, files) {
    if (files?.length) {
      event.preventDefault();
      this.#tell("files", [...files]);
    }
  }

  #grow() {
    this.#field.style.blockSize = "auto";
    this.#field.style.blockSize = `${Math.min(this.#field.scrollHeight, GROWS_TO)}px`;
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
