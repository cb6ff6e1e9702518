/* Pictures in a text: kept as references to uploads (cid:), shown from the upload's own address. */
import { announce } from "../lib/http.js";
import { gettext } from "../lib/i18n.js";

export const pictureIds = (html) => [...html.matchAll(/<img\b[^>]*\ssrc="cid:([\w-]+)"/g)].map((match) => match[1]);

const addressOf = (picture) => {
  const address = picture.getAttribute("src") ?? "";
  if (!/^https?:/i.test(address)) {
    return picture.alt;
  }
  const link = document.createElement("a");
  link.href = address;
  link.textContent = picture.alt || address;
  return link;
};

export class Pictures {
  #before;
  #after;
  /* Uploads that were put into a text; those taken out again are given up when the text is sent. */
  #placed = new Set();

  /* `address` is an upload's, with -id- where its id belongs. */
  constructor(address) {
    [this.#before, this.#after] = address.split("-id-");
  }

  place(id) {
    this.#placed.add(id);
    return `${this.#before}${id}${this.#after}`;
  }

  shown(html) {
    return html.replace(/(<img\b[^>]*\ssrc=")cid:([\w-]+)"/g, (_all, start, id) => `${start}${this.place(id)}"`);
  }

  kept(html) {
    return html.replaceAll(/(<img\b[^>]*\ssrc=")([^"]+)"/g, (all, start, address) =>
      address.startsWith(this.#before)
        ? `${start}cid:${address.slice(this.#before.length, -this.#after.length)}"`
        : all,
    );
  }

  /* Only pictures of our own are kept in a text: one from elsewhere leaves its address behind, and we say so. */
  keepAddresses(fragment) {
    const foreign = [...(fragment?.querySelectorAll("img") ?? [])].filter(
      (picture) => !picture.getAttribute("src")?.startsWith(this.#before),
    );
    if (foreign.length === 0) {
      return;
    }
    foreign.forEach((picture) => picture.replaceWith(addressOf(picture)));
    announce({
      level: "info",
      message: gettext("Pictures from elsewhere are not taken in; their addresses are. To show one, save and attach it."),
    });
  }

  /* Those that stand in none of the texts any more; from now on none is ours to give up. */
  takeUnused(texts) {
    const used = new Set(texts.flatMap(pictureIds));
    const unused = [...this.#placed].filter((id) => !used.has(id));
    this.#placed.clear();
    return unused;
  }
}
