/* Short times in lists stay true while the page is open. The same words as `core.templatetags.ui.short_time`. */
import { fill, gettext, ngettext } from "./i18n.js";

const EVERY = 30_000;

const zone = () => document.documentElement.dataset.timeZone || undefined;
const language = () => document.documentElement.lang || undefined;

const format = (options) => {
  try {
    return new Intl.DateTimeFormat(language(), { timeZone: zone(), ...options });
  } catch {
    return new Intl.DateTimeFormat(language(), options);
  }
};

const dayOf = (date) => format({ year: "numeric", month: "2-digit", day: "2-digit" }).format(date);

export const shortTime = (date, now = new Date()) => {
  const minutes = Math.floor((now - date) / 60_000);
  if (minutes === 0) {
    return gettext("now");
  }
  if (minutes > 0 && minutes < 60) {
    return fill(ngettext("%(count)d min ago", "%(count)d min ago", minutes), { count: minutes });
  }
  if (dayOf(date) === dayOf(now)) {
    return format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);
  }
  if (dayOf(date) === dayOf(new Date(now - 86_400_000))) {
    return gettext("Yesterday");
  }
  return null; // the server's date stays right for as long as anybody keeps a page open
};

const two = (number) => String(number).padStart(2, "0");

/* The same words as `workbench.marks.span_words`; in the last hour, as a clock: chats are answered within seconds. */
const span = (milliseconds) => {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 60) {
    return `${minutes}:${two(Math.floor(milliseconds / 1000) % 60)}`;
  }
  return minutes < 48 * 60
    ? fill(gettext("%(count)d h"), { count: Math.floor(minutes / 60) })
    : fill(gettext("%(count)d d"), { count: Math.floor(minutes / 1440) });
};

/* A deadline counts down, and up once it has passed. A warning that came earlier than the last hour stays one. */
const countDown = (chip, now) => {
  const left = new Date(chip.dataset.due) - now;
  const tone = left < 0 ? "danger" : left < 3_600_000 ? "warning" : chip.dataset.tone === "warning" ? "warning" : "";
  const text = span(Math.abs(left));
  if (chip.lastChild.textContent.trim() !== text) {
    chip.lastChild.textContent = text;
  }
  if (chip.dataset.tone !== tone) {
    chip.dataset.tone = tone;
  }
};

export const countDeadlines = () => {
  const now = new Date();
  document.querySelectorAll(".time-chip[data-due]:not([data-ends] *)").forEach((chip) => countDown(chip, now));
};

const refresh = () => {
  const now = new Date();
  for (const element of document.querySelectorAll("time[data-time]")) {
    const text = shortTime(new Date(element.dateTime), now);
    if (text && text !== element.textContent) {
      element.textContent = text;
    }
  }
};

export const clock = (date = new Date()) => format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date);

export const startTimes = () => {
  setInterval(refresh, EVERY);
  setInterval(() => document.hidden || countDeadlines(), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
};
