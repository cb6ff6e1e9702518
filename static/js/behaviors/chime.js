/* The display in the hall: sounds when somebody new is called. Browsers let a page sound once somebody touched it. */
export class Chime {
  #element;
  #audio = null;
  #calls = "";
  #onClick = (event) => this.#clicked(event);
  #onSwap = () => this.#look();

  constructor(element) {
    this.#element = element;
  }

  connect() {
    this.#calls = this.#current();
    this.#element.addEventListener("click", this.#onClick);
    this.#element.addEventListener("htmx:afterSettle", this.#onSwap);
  }

  disconnect() {
    this.#element.removeEventListener("click", this.#onClick);
    this.#element.removeEventListener("htmx:afterSettle", this.#onSwap);
    this.#audio?.close();
  }

  #current() {
    return this.#element.querySelector("[data-calls]")?.dataset.calls ?? "";
  }

  #clicked(event) {
    if (event.target.closest("[data-chime-on]")) {
      this.#audio ??= new AudioContext();
      event.target.closest("[data-chime-on]").hidden = true;
      this.#sound();
    } else if (event.target.closest("[data-chime-full]")) {
      document.documentElement.requestFullscreen?.();
    }
  }

  #look() {
    const before = new Set(this.#calls.split(" "));
    this.#calls = this.#current();
    if (this.#calls.split(" ").some((call) => call && !before.has(call))) {
      this.#sound();
    }
  }

  #sound() {
    if (!this.#audio) {
      return;
    }
    [660, 880].forEach((frequency, step) => this.#tone(frequency, this.#audio.currentTime + step * 0.35));
  }

  #tone(frequency, start) {
    const tone = this.#audio.createOscillator();
    const volume = this.#audio.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.25, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.6);
    tone.connect(volume).connect(this.#audio.destination);
    tone.start(start);
    tone.stop(start + 0.65);
  }
}
