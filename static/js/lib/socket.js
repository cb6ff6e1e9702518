/* One socket a page. It brings hints ("ticket 42 changed"), never data; what changed is asked from the ordinary
   views. Because hints may be lost, the page also asks "since N" after each reconnect and every half minute. */
import { request } from "./http.js";

const ASK_EVERY = 30_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

class Live extends EventTarget {
  #socket = null;
  #tries = 0;
  #timer = 0;
  #position = 0;
  #url = "";
  #since = "";
  #asking = null;
  #waiting = new Map();
  #seen = new Map();
  state = "idle";

  /* Whatever starts first starts it for all; a page that knows its position spares the first question. */
  start({ url, since, position }) {
    if (this.#url) {
      this.#position ||= position;
      return;
    }
    this.#url = url;
    this.#since = since;
    this.#position = position;
    this.#connect();
    if (position === "") {
      queueMicrotask(() => this.#position === "" && this.ask());
    }
    setInterval(() => this.ask(), ASK_EVERY);
    addEventListener("online", () => this.#retry());
    addEventListener("offline", () => this.#tell("offline"));
    document.addEventListener("visibilitychange", () => document.hidden || this.ask());
  }

  /* Remembered by type, so that a reconnect tells the server again what this page is looking at. */
  say(type, content) {
    if (content === null) {
      this.#waiting.delete(type);
      content = {};
    } else {
      this.#waiting.set(type, content);
    }
    this.#write({ type, ...content });
  }

  once(type, content) {
    this.#write({ type, ...content });
  }

  async ask() {
    if (document.hidden || this.#asking || !this.#since) {
      return;
    }
    this.#asking = new AbortController();
    try {
      const news = await request(`${this.#since}?after=${this.#position}`, { signal: AbortSignal.timeout(15_000) });
      this.#position = Math.max(Number(this.#position), news.position);
      if (news.reset) {
        this.dispatchEvent(new CustomEvent("reset"));
      }
      news.changed.forEach((change) => this.#hint(change));
      if (this.state === "offline" && this.#socket?.readyState === WebSocket.OPEN) {
        this.#tell("live");
      }
    } catch (error) {
      if (error.status === 401 || error.status === 403) {
        this.#tell("signed-out");
      }
    } finally {
      this.#asking = null;
    }
  }

  #write(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  #connect() {
    const address = new URL(this.#url, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => this.#hint(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#closed(socket, event));
  }

  #opened() {
    this.#tries = 0;
    this.#tell("live");
    this.#waiting.forEach((content, type) => this.#write({ type, ...content }));
    // What happened since the page was made, or since the last socket broke, nobody has told this one.
    this.ask();
  }

  #closed(socket, event) {
    if (socket !== this.#socket) {
      return;
    }
    if (event.code === 4403) {
      location.reload(); // nothing of what is shown may stay
      return;
    }
    if (event.code === 4401) {
      this.#tell("signed-out");
      return;
    }
    this.#tries += 1;
    if (this.#tries > 1) {
      this.#tell(navigator.onLine ? "reconnecting" : "offline");
    }
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#tries - 1));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), wait / 2 + (Math.random() * wait) / 2);
  }

  #retry() {
    clearTimeout(this.#timer);
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      this.#connect();
    }
    this.ask();
  }

  #hint(hint) {
    if (hint.kind === "access") {
      location.reload(); // a part of what is shown may not be seen any more; drafts are kept on the way out
      return;
    }
    // A hint never moves our position: one before it may have been lost. The answer to "since N" repeats it instead.
    const key = `${hint.kind}:${hint.id}`;
    const known = this.#seen.get(key) ?? { version: 0, position: 0 };
    const version = hint.version ?? 0;
    const position = hint.position ?? 0;
    // What became of a message leaves the ticket's version as it is.
    if (version > 0 && version <= known.version && position <= known.position) {
      return;
    }
    this.#seen.set(key, { version: Math.max(version, known.version), position: Math.max(position, known.position) });
    this.dispatchEvent(new CustomEvent("hint", { detail: hint }));
  }

  #tell(state) {
    if (state !== this.state) {
      this.state = state;
      this.dispatchEvent(new CustomEvent("state", { detail: state }));
    }
  }
}

export const live = new Live();
