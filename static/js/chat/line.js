/* The line to the desk: a socket while there is one, and asking while there is none. Both speak docs/api/app-protocol.md.
   What is said over either is numbered, so nothing is missed or told twice, whichever of them brings it. */
const PING_EVERY = 30_000;
const ANSWER_WITHIN = 15_000;
const FILE_WITHIN = 120_000;
const ASK_EVERY = 4_000;
const ASK_SELDOM = 30_000;
const LONGEST_WAIT = 60_000;
const PAGE = 200;
const GONE = new Set([4403, 4404]);
const UNPROVED = 4401;

export class Refusal extends Error {
  constructor(problem, status) {
    super(problem?.detail ?? problem?.title ?? "");
    this.status = status;
    this.code = problem?.code ?? "";
    this.errors = problem?.errors ?? [];
    this.retryAfter = problem?.retry_after ?? 0;
  }

  /* Whether the same again may be taken later. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export class Line extends EventTarget {
  #config;
  #token;
  #renew;
  #socket = null;
  #isProved = false;
  #tries = 0;
  #timer = 0;
  #asker = 0;
  #heartbeat = 0;
  #answers = new Map();
  #ids = 0;
  #isAsking = false;
  #conversation = "";
  #language;
  after = 0;
  isWatched = false;

  constructor(config, renew) {
    super();
    this.#config = config;
    this.#renew = renew;
    this.#language = config.language;
    addEventListener("online", () => this.#connectSoon(0));
  }

  get isOpen() {
    return Boolean(this.#token);
  }

  /* Begins, or goes on with a newer proof. Another visitor's conversation is read from its beginning. */
  open(token, conversation = "") {
    if (conversation && this.#conversation && conversation !== this.#conversation) {
      this.after = 0;
      this.#tell("replaced");
    }
    this.#conversation = conversation || this.#conversation;
    this.#token = token;
    this.ask();
    this.#askAgain();
    this.#connectSoon(0);
  }

  watch(isWatched) {
    this.isWatched = isWatched;
    if (this.#token && isWatched) {
      this.#askAgain();
      if (!this.#isProved) {
        this.#connectSoon(0);
      }
    }
  }

  /* Over the socket where it is open, else by HTTP. `path` answers the same. */
  async command(type, data, path) {
    if (this.#isProved) {
      return this.#say(type, data);
    }
    return this.request(path, { method: "POST", body: JSON.stringify(data) });
  }

  async request(path, { isSigned = true, headers = {}, ...options } = {}) {
    const address = path.startsWith("/") ? path : this.#config.protocol + path;
    const all = { "Accept-Language": this.#language, ...headers };
    if (isSigned) {
      all.Authorization = `Bearer ${this.#token}`;
    }
    if (typeof options.body === "string") {
      all["Content-Type"] = "application/json";
    }
    const signal = AbortSignal.timeout(path.startsWith("files/") ? FILE_WITHIN : ANSWER_WITHIN);
    const answer = await fetch(address, { ...options, headers: all, signal, credentials: "omit", cache: "no-store" }).catch(() => {
      throw new Refusal(null, 0);
    });
    if (answer.ok) {
      return options.as === "blob" ? answer.blob() : answer.json();
    }
    const problem = await answer.json().catch(() => null);
    if (answer.status === 401 && isSigned) {
      this.#refused();
    }
    throw new Refusal(problem, answer.status);
  }

  /* What is new, page by page. */
  async ask() {
    if (this.#isAsking || !this.#token) {
      return;
    }
    this.#isAsking = true;
    try {
      let hasMore = true;
      while (hasMore) {
        const page = await this.request(`messages/?after=${this.after}&limit=${PAGE}`);
        page.messages.forEach((message) => this.#take(message));
        hasMore = page.has_more;
        this.#tell("progress", page);
      }
      this.#tell("reached");
    } catch (error) {
      this.#tell("lost", error);
    } finally {
      this.#isAsking = false;
    }
  }

  #take(message) {
    if (message.sequence === this.after + 1) {
      this.after = message.sequence;
      this.#tell("message", message);
    } else if (message.sequence > this.after) {
      this.ask();
    }
  }

  /* Asking goes on beside the socket, seldom; where sockets are blocked, it is all there is. */
  #askAgain() {
    clearTimeout(this.#asker);
    const wait = !this.#isProved && this.isWatched && !document.hidden ? ASK_EVERY : ASK_SELDOM;
    this.#asker = setTimeout(async () => {
      if (!this.#isProved) {
        await this.ask();
      }
      this.#askAgain();
    }, wait);
  }

  #connectSoon(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #connect() {
    if (!this.#token || (this.#socket && this.#socket.readyState <= WebSocket.OPEN)) {
      return;
    }
    const address = new URL(`${this.#config.protocol}socket/`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.addEventListener("open", () => this.#prove());
    socket.addEventListener("message", (event) => this.#hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#closed(socket, event.code));
  }

  async #prove() {
    try {
      await this.#say("authenticate", { token: this.#token, after: this.after });
      this.#isProved = true;
      this.#tries = 0;
      this.#tell("reached");
      this.#beat();
    } catch {
      this.#socket?.close();
    }
  }

  #beat() {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(async () => {
      await this.#say("ping", {}).catch(() => null);
      this.#beat();
    }, PING_EVERY);
  }

  #say(type, data) {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return Promise.reject(new Refusal(null, 0));
    }
    const [id, socket] = [++this.#ids, this.#socket];
    const late = setTimeout(() => socket.close(), ANSWER_WITHIN); // a network that is gone says nothing of it
    const answer = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    socket.send(JSON.stringify({ type, id, data }));
    return answer.finally(() => clearTimeout(late));
  }

  #hear(frame) {
    const waiting = this.#answers.get(frame.id);
    this.#answers.delete(frame.id);
    if (frame.type === "ready") {
      this.#tell("progress", frame.data.conversation);
      this.#tell("session", frame.data);
    }
    if (waiting) {
      frame.type === "error" ? waiting.reject(new Refusal(frame.data, frame.data.status)) : waiting.resolve(frame.data);
    } else if (frame.type === "message.created") {
      this.#take(frame.data);
    } else if (frame.type === "receipt") {
      this.#tell("progress", frame.data);
    } else if (frame.type === "typing") {
      this.#tell("typing");
    }
  }

  #closed(socket, code) {
    if (socket !== this.#socket) {
      return;
    }
    this.#socket = null;
    this.#isProved = false;
    clearTimeout(this.#heartbeat);
    this.#answers.forEach(({ reject }) => reject(new Refusal(null, 0)));
    this.#answers.clear();
    this.#askAgain();
    if (code === UNPROVED) {
      this.#refused();
    } else if (!GONE.has(code)) {
      this.#tries += 1;
      const wait = Math.min(LONGEST_WAIT, 1_000 * 2 ** (this.#tries - 1));
      this.#connectSoon(wait / 2 + (Math.random() * wait) / 2);
      if (this.#tries > 1 || !navigator.onLine) {
        this.ask(); // says whether the desk is away, or only sockets are
      }
    }
  }

  async #refused() {
    this.#token = "";
    this.#tell("refused", await this.#renew());
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
