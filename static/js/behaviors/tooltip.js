/* One tooltip for the page: words for buttons that only show an icon, with their key. */
import { place } from "./menu.js";

const WAIT = 450;

let bubble = null;
let timer = 0;
let anchor = null;

const make = () => {
  bubble = document.createElement("div");
  bubble.className = "tooltip";
  bubble.popover = "manual";
  bubble.setAttribute("aria-hidden", "true");
  document.body.append(bubble);
};

const show = (element) => {
  if (!element.isConnected || element.matches("[aria-expanded=true]")) {
    return;
  }
  if (!bubble?.isConnected) {
    make();
  }
  bubble.replaceChildren(element.dataset.tooltip);
  if (element.dataset.tooltipKey) {
    const key = document.createElement("kbd");
    key.className = "kbd";
    key.textContent = element.dataset.tooltipKey;
    bubble.append(key);
  }
  bubble.showPopover();
  place(bubble, element, element.dataset.tooltipSide);
};

const hide = () => {
  clearTimeout(timer);
  anchor = null;
  if (bubble?.isConnected && bubble.matches(":popover-open")) {
    bubble.hidePopover();
  }
};

const enter = (event) => {
  const element = event.target instanceof Element ? event.target.closest("[data-tooltip]") : null;
  if (element === anchor) {
    return;
  }
  hide();
  if (element) {
    anchor = element;
    timer = setTimeout(() => show(element), event.type === "focusin" ? 0 : WAIT);
  }
};

export const startTooltips = () => {
  if (matchMedia("(hover: hover)").matches) {
    document.addEventListener("pointerover", enter);
  }
  document.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && enter(event));
  document.addEventListener("focusout", hide);
  document.addEventListener("pointerdown", hide);
  document.addEventListener("keydown", hide);
  document.addEventListener("scroll", hide, { capture: true, passive: true });
};
