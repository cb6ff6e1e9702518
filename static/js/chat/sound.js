/* A short tone when somebody answers, where the visitor has not turned it off. */
export class Sound {
  #button;
  #words;
  #store;
  #audio = null;

  constructor(button, words, store) {
    this.#button = button;
    this.#words = words;
    this.#store = store;
    button.addEventListener("click", () => this.#toggle());
    this.#show();
  }

  /* Browsers let a frame sound once somebody has touched it. */
  chime() {
    if (this.#isOff || !navigator.userActivation?.hasBeenActive) {
      return;
    }
    this.#audio ??= new AudioContext();
    const [tone, volume] = [this.#audio.createOscillator(), this.#audio.createGain()];
    tone.frequency.value = 780;
    volume.gain.setValueAtTime(0.12, this.#audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, this.#audio.currentTime + 0.4);
    tone.connect(volume).connect(this.#audio.destination);
    tone.start();
    tone.stop(this.#audio.currentTime + 0.4);
  }

  get #isOff() {
    return this.#store.get("silent", false);
  }

  #toggle() {
    this.#store.set("silent", !this.#isOff);
    this.#show();
    this.chime();
  }

  #show() {
    this.#button.setAttribute("aria-pressed", String(!this.#isOff));
    this.#button.title = this.#isOff ? this.#words.soundOff : this.#words.soundOn;
    this.#button.setAttribute("aria-label", this.#button.title);
  }
}
