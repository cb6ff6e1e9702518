/* How a visit was: asked once it is over, by whatever the desk says there is to ask. */
const FACES = { 1: "😠", 2: "😞", 3: "😐", 4: "😊", 5: "😄" };
const THUMBS = { 1: "👎", 5: "👍" };
const AGAIN = 5_000;

export const make = (tag, className = "", text = "") => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
};

export class Rating extends EventTarget {
  #element;
  #words;
  #address;
  #line;
  #store;
  #told = null;
  #visit = 0;
  #timer = 0;

  constructor(element, config, line, store) {
    super();
    this.#element = element;
    this.#words = config.words;
    this.#address = `${config.chat}rating/`;
    this.#line = line;
    this.#store = store;
    element.addEventListener("submit", (event) => this.#submit(event));
    element.addEventListener("change", () => this.#showMore());
    element.addEventListener("click", (event) => this.#clicked(event.target.closest("[data-rating]")?.dataset.rating));
  }

  /* Whether the visitor is being asked, and not only thanked. */
  get isAsking() {
    return !this.#element.hidden && this.#element.querySelector("[type=radio]") !== null;
  }

  /* The visit ended with this line. Of several that are read one after the other, the last counts. */
  end(visit) {
    this.#visit = visit;
    this.#askSoon(100);
  }

  /* Another visit has begun. */
  begin() {
    this.#visit = 0;
    clearTimeout(this.#timer);
    this.#show();
  }

  #askSoon(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    const visit = this.#visit;
    try {
      const told = await this.#line.request(this.#address);
      if (visit && visit === this.#visit && visit === told.visit) {
        this.#told = told;
        this.#show();
      }
    } catch (error) {
      if (error.isPassing && visit === this.#visit) {
        this.#askSoon(AGAIN);
      }
    }
  }

  #show(isChanging = false) {
    const isOver = this.#visit > 0 && this.#told?.visit === this.#visit && this.#told.survey !== null;
    const { survey, answer } = this.#told ?? {};
    const isDone = isOver && !isChanging && (answer !== null || this.#store.get("skipped", 0) >= this.#visit);
    const isThanked = isDone && answer !== null && Date.parse(answer.changeable_until) > Date.now();
    this.#element.replaceChildren();
    if (isThanked) {
      this.#element.append(make("p", "", this.#words.rated), this.#button("change", "link"));
    } else if (isOver && !isDone) {
      this.#element.append(...this.#questions(survey, answer));
      this.#showMore();
    }
    this.#element.hidden = !isOver || (isDone && !isThanked);
    this.dispatchEvent(new Event("change"));
  }

  #questions(survey, answer) {
    const more = make("div", "more");
    more.append(this.#reasons(survey, answer));
    if (survey.comment) {
      const comment = make("textarea");
      Object.assign(comment, { name: "comment", rows: 2, maxLength: 2000, value: answer?.comment ?? "" });
      more.append(this.#labelled(this.#words.comment, comment));
    }
    more.append(this.#callback(answer));
    const foot = make("p", "actions");
    foot.append(this.#button("rate", "button", "submit"), this.#button("skip", "button quiet"));
    const problem = make("p", "error");
    problem.setAttribute("role", "alert");
    return [this.#scale(survey, answer), more, problem, foot];
  }

  #scale({ question, scale, choices }, answer) {
    const set = make("fieldset", "scale");
    const signs = scale === "thumbs" ? THUMBS : FACES;
    set.append(make("legend", "", question));
    for (const { score, label } of choices) {
      const choice = make("label");
      const radio = make("input");
      Object.assign(radio, { type: "radio", name: "score", value: score, checked: answer?.score === score });
      choice.title = label;
      const sign = make("span", "sign", signs[score]);
      sign.ariaHidden = "true";
      choice.append(radio, sign, make("span", "visually-hidden", label));
      set.append(choice);
    }
    return set;
  }

  #reasons({ reasons }, answer) {
    const set = make("fieldset", "reasons");
    set.append(make("legend", "", this.#words.reasons));
    for (const { id, label, scores } of reasons) {
      const choice = this.#check("reason", label, answer?.reasons.includes(id));
      choice.querySelector("input").value = id;
      choice.dataset.scores = scores.join(" ");
      set.append(choice);
    }
    return set;
  }

  #callback(answer) {
    const set = make("div", "callback");
    const phone = make("input");
    Object.assign(phone, { type: "tel", name: "phone", autocomplete: "tel", maxLength: 40, value: answer?.phone ?? "" });
    set.append(this.#check("callback", this.#words.callback, answer?.wants_callback), this.#labelled(this.#words.callbackPhone, phone));
    return set;
  }

  #check(name, text, checked = false) {
    const label = make("label", "check");
    const box = make("input");
    Object.assign(box, { type: "checkbox", name, checked });
    label.append(box, make("span", "", text));
    return label;
  }

  #labelled(text, input) {
    const label = make("label", "field");
    label.append(make("span", "", text), input);
    return label;
  }

  #button(name, className, type = "button") {
    const button = make("button", className, this.#words[name]);
    button.type = type;
    button.dataset.rating = name;
    return button;
  }

  get #score() {
    return Number(this.#element.querySelector("[name=score]:checked")?.value ?? 0);
  }

  /* What belongs to the chosen score. */
  #showMore() {
    const score = this.#score;
    const find = (selector) => this.#element.querySelector(selector);
    find(".more").hidden = score === 0;
    find("[data-rating=rate]").disabled = score === 0;
    const offered = [...this.#element.querySelectorAll("[data-scores]")];
    offered.forEach((choice) => (choice.hidden = !choice.dataset.scores.split(" ").includes(String(score))));
    find(".reasons").hidden = offered.every((choice) => choice.hidden);
    find(".callback").hidden = score > this.#told.survey.callback_until;
    find("[name=phone]").closest("label").hidden = !find("[name=callback]").checked;
  }

  #clicked(what) {
    if (what === "skip") {
      this.#store.set("skipped", this.#visit);
      this.#show();
    } else if (what === "change") {
      this.#show(true);
      this.#element.querySelector("[name=score]:checked")?.focus();
    }
  }

  async #submit(event) {
    event.preventDefault();
    const button = this.#element.querySelector("[data-rating=rate]");
    button.disabled = true;
    try {
      this.#told = await this.#line.command("chat.rate", this.#said(), this.#address);
      this.#show();
      this.#element.querySelector("[data-rating=change]")?.focus();
    } catch (error) {
      button.disabled = false;
      const wrong = error.errors?.map((each) => each.detail).join(" ");
      this.#element.querySelector(".error").textContent = wrong || error.message || this.#words.trouble;
    }
  }

  #said() {
    const seen = (name) => [...this.#element.querySelectorAll(`[name=${name}]`)].filter((input) => !input.closest("[hidden]"));
    const wants = seen("callback").some((box) => box.checked);
    return {
      visit: this.#visit,
      score: this.#score,
      reasons: seen("reason").filter((box) => box.checked).map((box) => Number(box.value)),
      comment: this.#element.querySelector("[name=comment]")?.value ?? "",
      wants_callback: wants,
      phone: wants ? this.#element.querySelector("[name=phone]").value : "",
    };
  }
}
