(() => {
  "use strict";
  const script = document.currentScript;
  const key = /\/chat\/([-\w]+)\.js/.exec(script.src)[1];
  const origin = new URL(script.src).origin;
  const small = matchMedia("(max-width: 30rem), (max-height: 28rem)");
  const sizes = { closed: ["5.5rem", "5.5rem"], invitation: ["21rem", "15rem"], open: ["25.5rem", "42rem"] };
  const frame = document.createElement("iframe");
  let state = "closed";
  let side = "right";
  let title = null;
  let shown = null;

  const style = (styles) =>
    Object.entries(styles).forEach(([name, value]) => frame.style.setProperty(name, value, "important"));

  const lay = () => {
    const full = state === "open" && small.matches;
    const [width, height] = sizes[state];
    style({
      all: "initial", position: "fixed", border: "0", "z-index": "2147483000", "color-scheme": "light dark",
      background: "transparent", inset: full ? "0" : side === "right" ? "auto 0 0 auto" : "auto auto 0 0",
      width: full ? "100%" : `min(${width}, 100%)`, height: full ? "100%" : `min(${height}, 100%)`,
    });
    tell({ full });
  };

  const tell = (data) => frame.contentWindow?.postMessage({ chat: key, ...data }, origin);

  const where = () => ({ url: location.href, title: document.title, referrer: document.referrer });

  /* Signed by the company's server, in the tag itself or from an address of the page's own site. */
  const identity = async () => {
    const address = script.dataset.identityUrl;
    if (!address) {
      return script.dataset.identity ?? "";
    }
    const answer = await fetch(address, { credentials: "same-origin" });
    return answer.ok ? (await answer.text()).trim() : "";
  };

  const mark = (count, word) => {
    if (title === null || document.title !== shown) {
      title = document.title;
    }
    shown = count ? `(${count}) ${word}` : title;
    document.title = shown;
  };

  const heard = {
    hello: (data) => {
      side = (data.side === "start") === (getComputedStyle(document.documentElement).direction === "rtl") ? "right" : "left";
      lay();
      tell({ where: where(), ready: true });
    },
    state: (data) => {
      state = data.state in sizes ? data.state : "closed";
      lay();
      tell({ where: where() });
    },
    badge: (data) => (data.count || shown !== null) && mark(data.count, data.word),
    identity: () => identity().catch(() => "").then((token) => tell({ identity: token })),
  };

  addEventListener("message", (event) => {
    if (event.origin === origin && event.source === frame.contentWindow && event.data?.chat === key) {
      heard[event.data.type]?.(event.data);
    }
  });
  small.addEventListener("change", lay);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-open-chat]")) {
      event.preventDefault();
      tell({ open: true });
    }
  });

  const start = () => {
    const page = new URL(`/chat/${key}/`, origin);
    if (script.dataset.language) {
      page.searchParams.set("lang", script.dataset.language);
    }
    frame.title = script.dataset.title || "Chat";
    frame.allow = "clipboard-write";
    frame.src = page.href;
    lay();
    document.body.append(frame);
  };
  document.readyState === "complete" ? start() : addEventListener("load", start);
})();
