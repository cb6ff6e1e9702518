/* Requests beside htmx, and what both share: the token, an ended session, a failure in words. */
import { gettext } from "./i18n.js";

const cookie = (name) =>
  document.cookie
    .split("; ")
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? "";

export const token = () => cookie("csrftoken") || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

export const announce = (detail) => document.dispatchEvent(new CustomEvent("toast", { detail, bubbles: true }));

export class HttpError extends Error {
  constructor(status, body, isTold) {
    super(body?.detail ?? `HTTP ${status}`);
    this.status = status;
    this.body = body;
    /* The answer itself has already shown what is wrong. */
    this.isTold = isTold;
  }
}

const tellTriggers = (response) => {
  const header = response.headers.get("HX-Trigger");
  if (!header?.startsWith("{")) {
    return;
  }
  for (const [name, detail] of Object.entries(JSON.parse(header))) {
    document.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
};

const bodyOf = async (response) => {
  const type = response.headers.get("Content-Type") ?? "";
  return type.includes("json") ? response.json() : response.text();
};

const saving = new Set();

/* Once what was typed is with the server: a page that shows a draft must not be asked for before. */
export const drafts = () => Promise.race([Promise.allSettled(saving), new Promise((done) => setTimeout(done, 2_000))]);

export const saveDraft = (url, options) => {
  const saved = request(url, { method: "POST", ...options });
  saving.add(saved);
  return saved.finally(() => saving.delete(saved));
};

export const request = async (url, { method = "GET", data = null, signal = undefined, keepalive = false } = {}) => {
  const headers = { "HX-Request": "true", Accept: "text/html, application/json" };
  if (method !== "GET") {
    headers["X-CSRFToken"] = token();
  }
  const response = await fetch(url, { method, headers, body: data, signal, keepalive, credentials: "same-origin" });
  const elsewhere = response.headers.get("HX-Redirect");
  if (elsewhere) {
    location.assign(elsewhere);
  }
  tellTriggers(response);
  const body = await bodyOf(response);
  if (!response.ok) {
    throw new HttpError(response.status, body, response.headers.get("HX-Trigger")?.includes('"toast"') ?? false);
  }
  return body;
};

/* For a question that is asked again and again: an answer that comes after a later question's would bring back what
   was. Gives the text, or null where nothing came that is news. */
export const asker = () => {
  let asked = 0;
  let known = 0;
  return async (url) => {
    asked += 1;
    const mine = asked;
    const html = await request(url).catch(() => null);
    if (html === null || mine < known) {
      return null;
    }
    known = mine;
    return html;
  };
};

export const form = (values) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(values)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      data.append(name, each);
    }
  }
  return data;
};

const explain = (event) => {
  const { xhr } = event.detail;
  if (xhr?.getResponseHeader("HX-Trigger")?.includes('"toast"')) {
    return;
  }
  const message =
    xhr?.status >= 500
      ? gettext("The server could not do this. Nothing was changed; try again.")
      : gettext("This did not work. Reload the page and try again.");
  announce({ level: "error", message });
};

export const startHttp = () => {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = token();
  });
  document.addEventListener("htmx:responseError", explain);
  document.addEventListener("htmx:sendError", () =>
    announce({ level: "error", message: gettext("No connection. Nothing was sent; try again when you are online.") }),
  );
};
