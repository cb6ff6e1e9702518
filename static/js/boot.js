/* Runs before the first paint, so that theme, density and panes never jump. Everything else is a module. */
(() => {
  "use strict";
  const root = document.documentElement;
  const read = (key) => {
    try {
      return localStorage.getItem(`cc:${key}`);
    } catch {
      return null;
    }
  };
  const theme = read("theme");
  if (theme === "light" || theme === "dark") {
    root.dataset.theme = theme;
  }
  const density = read("density");
  if (density === "compact" || density === "comfortable") {
    root.dataset.density = density;
  }
  for (const pane of ["views", "list", "panel"]) {
    const width = Number.parseInt(read(`pane:${pane}`) ?? "", 10);
    if (width >= 120 && width <= 900) {
      root.style.setProperty(`--${pane}-width`, `${width}px`);
    }
  }
})();
