/* Texts of the browser come from the same catalogues as those of the server (see `javascript-catalog`). */
export const gettext = (text) => globalThis.gettext?.(text) ?? text;

export const ngettext = (one, many, count) => globalThis.ngettext?.(one, many, count) ?? (count === 1 ? one : many);

export const fill = (text, values) => text.replace(/%\((\w+)\)[sd]/g, (_match, name) => String(values[name]));
