/* A card as it is seen. Text of people goes into the page as text alone, and links lead to pages only. */
const isPage = (url) => /^https?:\/\//i.test(url);

const linkTo = (url, text) => {
  const link = document.createElement("a");
  link.textContent = text;
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
};

/* `picture` is an element, or nothing. Buttons that answer carry which they are. */
export const cardOf = ({ sequence, card }, text, picture) => {
  const box = document.createElement("div");
  box.className = "card";
  const title = document.createElement("p");
  title.className = "card-title";
  title.append(isPage(card.url) ? linkTo(card.url, card.title) : card.title);
  box.append(...[picture, title, card.text && text(card.text)].filter(Boolean));
  for (const { id, label, url } of card.buttons.filter((each) => !each.url || isPage(each.url))) {
    const button = url ? linkTo(url, label) : document.createElement("button");
    button.classList.add("button", "quiet");
    if (!url) {
      button.type = "button";
      button.textContent = label;
      Object.assign(button.dataset, { act: "press", card: sequence, press: id });
    }
    box.append(button);
  }
  return box;
};

/* What was pressed stays marked, and nothing else can be pressed any more. `pressed` tells by the sequence of the card. */
export const markCards = (log, pressed) => {
  for (const button of log.querySelectorAll("[data-press]")) {
    const chosen = pressed.get(Number(button.dataset.card));
    button.disabled = chosen !== undefined;
    button.ariaPressed = chosen === Number(button.dataset.press) ? "true" : null;
  }
};
