/* While nobody is there yet: the place in the line, how long it may take, and the way out of it. */
const HOUR = 60;

export class Waiting {
  #element;
  #words;

  constructor(element, words) {
    this.#element = element;
    this.#words = words;
  }

  show(chat) {
    const isWaiting = chat?.state === "waiting";
    this.#element.hidden = !isWaiting;
    if (isWaiting) {
      const told = [this.#words.looking, this.#place(chat.place), this.#time(chat.minutes)].filter(Boolean);
      this.#say(told.join(" ").replaceAll("。 ", "。"));
      this.#element.querySelector("button").hidden = !chat.may_leave;
    }
  }

  /* Only what is new: a screen reader speaks of every change. */
  #say(text) {
    const line = this.#element.querySelector("p");
    if (line.textContent !== text) {
      line.textContent = text;
    }
  }

  #place(place) {
    return place === 1 ? this.#words.isNext : place && this.#words.place.replace("%(place)s", place);
  }

  #time(minutes) {
    if (minutes === null) {
      return "";
    }
    const { soon, minute, minutes: several, long } = this.#words;
    return minutes > HOUR ? long : (({ 0: soon, 1: minute })[minutes] ?? several.replace("%(minutes)s", minutes));
  }
}
