/* Buttons that say what they do by `data-action`; each action is one line here or a listener elsewhere. */
import { on } from "./dom.js";

const ACTIONS = {
  "close-dialog": (button) => button.closest("dialog")?.close(),
  "close-menu": (button) => button.closest("[popover]")?.hidePopover(),
  print: () => window.print(),
  reload: () => location.reload(),
  shortcuts: () => document.getElementById("shortcuts")?.showModal(),
};

export const startActions = () => {
  on(document, "click", "[data-action]", (event, button) => {
    const run = ACTIONS[button.dataset.action];
    if (run) {
      event.preventDefault();
      run(button);
    }
  });
  // A click on the backdrop closes a dialog that holds nothing one could lose.
  document.addEventListener("click", (event) => {
    const dialog = event.target;
    if (dialog instanceof HTMLDialogElement && !dialog.querySelector("form")) {
      dialog.close();
    }
  });
};
