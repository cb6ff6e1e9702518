/* Starts the behaviours that elements ask for by `data-behavior`, now and whenever htmx brings new ones. */
import { ChatStrip } from "./behaviors/chat-strip.js";
import { Alerts } from "./behaviors/alerts.js";
import { Chime } from "./behaviors/chime.js";
import { Choice } from "./behaviors/choice.js";
import { ComeBack } from "./behaviors/come-back.js";
import { Copy } from "./behaviors/copy.js";
import { Connection } from "./behaviors/connection.js";
import { Desk } from "./behaviors/desk.js";
import { DemoSignIn } from "./behaviors/demo-sign-in.js";
import { Embedded } from "./behaviors/embedded.js";
import { Floor } from "./behaviors/floor.js";
import { FloorChats } from "./behaviors/floor-chats.js";
import { KeyButtons } from "./behaviors/key-buttons.js";
import { Kiosk } from "./behaviors/kiosk.js";
import { Menu } from "./behaviors/menu.js";
import { Offers } from "./behaviors/offers.js";
import { OwnState } from "./behaviors/own-state.js";
import { Presence } from "./behaviors/presence.js";
import { Preview } from "./behaviors/preview.js";
import { RemoteDialog } from "./behaviors/remote-dialog.js";
import { Resizer } from "./behaviors/resizer.js";
import { Search } from "./behaviors/search.js";
import { Revealed } from "./behaviors/revealed.js";
import { ScreenGuard } from "./behaviors/screen-guard.js";
import { SecurityKey } from "./behaviors/security-key.js";
import { SendOnce } from "./behaviors/send-once.js";
import { ShortcutSheet } from "./behaviors/shortcuts.js";
import { TicketList } from "./behaviors/ticket-list.js";
import { TicketPane } from "./behaviors/ticket-pane.js";
import { Toasts } from "./behaviors/toasts.js";
import { TokenField } from "./behaviors/token-field.js";
import { TimeLeft } from "./behaviors/time-left.js";
import { startTooltips } from "./behaviors/tooltip.js";
import { Wallboard } from "./behaviors/wallboard.js";
import { startActions } from "./lib/actions.js";
import { startHttp } from "./lib/http.js";
import { startKeyboard } from "./lib/keyboard.js";
import { startTimes } from "./lib/time.js";

const BEHAVIORS = {
  alerts: Alerts,
  "chat-strip": ChatStrip,
  chime: Chime,
  choice: Choice,
  "come-back": ComeBack,
  connection: Connection,
  copy: Copy,
  "demo-sign-in": DemoSignIn,
  density: Choice,
  desk: Desk,
  embedded: Embedded,
  floor: Floor,
  "floor-chats": FloorChats,
  "key-buttons": KeyButtons,
  kiosk: Kiosk,
  menu: Menu,
  offers: Offers,
  "own-state": OwnState,
  presence: Presence,
  preview: Preview,
  "remote-dialog": RemoteDialog,
  resizer: Resizer,
  search: Search,
  revealed: Revealed,
  "screen-guard": ScreenGuard,
  "security-key": SecurityKey,
  "send-once": SendOnce,
  shortcuts: ShortcutSheet,
  theme: Choice,
  "ticket-list": TicketList,
  "ticket-pane": TicketPane,
  "time-left": TimeLeft,
  toasts: Toasts,
  "token-field": TokenField,
  wallboard: Wallboard,
};
/* Loaded only where somebody writes: the editor is larger than everything else together. */
const LATE = {
  composer: async () => (await import("./behaviors/composer.js")).Composer,
};

const running = new Map();

const start = (element) => {
  if (running.has(element)) {
    return;
  }
  const started = [];
  running.set(element, started);
  for (const name of element.dataset.behavior.split(" ")) {
    if (name in BEHAVIORS) {
      begin(new BEHAVIORS[name](element), started);
    } else if (name in LATE) {
      LATE[name]().then((Behavior) => element.isConnected && begin(new Behavior(element), started));
    }
  }
};

const begin = (behavior, started) => {
  started.push(behavior);
  behavior.connect?.();
};

const stop = (element) => {
  for (const behavior of running.get(element) ?? []) {
    behavior.disconnect?.();
  }
  running.delete(element);
};

const within = (node) => [
  ...(node.matches("[data-behavior]") ? [node] : []),
  ...node.querySelectorAll("[data-behavior]"),
];

const follow = (changes) => {
  for (const { removedNodes, addedNodes } of changes) {
    for (const node of removedNodes) {
      if (node instanceof Element && !node.isConnected) {
        within(node).forEach(stop);
      }
    }
    for (const node of addedNodes) {
      if (node instanceof Element && node.isConnected) {
        within(node).forEach(start);
      }
    }
  }
};

startHttp();
startKeyboard();
startActions();
startTimes();
startTooltips();
within(document.documentElement).forEach(start);
new MutationObserver(follow).observe(document.documentElement, { childList: true, subtree: true });
