/* Single keys act only while nobody is writing, choosing or composing with an input method. */

/* True while an input method is composing: Enter then picks a word and must never send. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export const isSendKey = (event) =>
  event.key === "Enter" && (isMac ? event.metaKey || event.ctrlKey : event.ctrlKey) && !isComposing(event);

const WRITES = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
const COVERS = "dialog[open], [popover]:popover-open:not(.tooltip, .toasts)";

const isWriting = (event) => event.target instanceof Element && event.target.closest(WRITES) !== null;

/* The same key on a Chinese keyboard layout. */
const SAME_KEY = { "？": "?", "、": "/", "／": "/" };

const bindings = new Map();

/* The last one bound wins, so that a ticket's keys go before those of the list beside it. */
export const bind = (key, run) => {
  const stack = bindings.get(key) ?? [];
  stack.push(run);
  bindings.set(key, stack);
  return () => stack.splice(stack.indexOf(run), 1);
};

const press = (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isComposing(event) || isWriting(event)) {
    return;
  }
  if (document.querySelector(COVERS)) {
    return;
  }
  const stack = bindings.get(SAME_KEY[event.key] ?? event.key) ?? [];
  for (const run of stack.toReversed()) {
    if (run(event) !== false) {
      event.preventDefault();
      return;
    }
  }
};

export const startKeyboard = () => {
  document.addEventListener("keydown", press);
  if (isMac) {
    document.querySelectorAll("[data-mod-key]").forEach((key) => key.replaceChildren("⌘"));
  }
};
