/* The company's color, and on it black or white, whichever is read better. */
const MIDDLE = 0.18;

const linear = (part) => (part <= 0.04 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);

const lightness = (color) => {
  const [red, green, blue] = [1, 3, 5].map((at) => linear(parseInt(color.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

export const dress = (color) => {
  if (color) {
    document.documentElement.style.setProperty("--accent", color);
    document.documentElement.style.setProperty("--on-accent", lightness(color) > MIDDLE ? "#000" : "#fff");
  }
};
