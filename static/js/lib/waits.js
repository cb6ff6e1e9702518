/* How long customers have been waiting, to the second. The server's clock counts, not this computer's. */
const pad = (number) => String(number).padStart(2, "0");

const words = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  return whole < 3600
    ? `${Math.floor(whole / 60)}:${pad(whole % 60)}`
    : `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`;
};

/* `root` holds one element that says when it was made (`data-now`), and those that wait since (`data-waits`). */
export const countWaits = (root) => {
  let behind = 0;
  const show = () => {
    for (const element of root.querySelectorAll("[data-waits]")) {
      element.textContent = words((Date.now() + behind - Date.parse(element.dataset.waits)) / 1000);
    }
  };
  const timer = setInterval(show, 1000);
  return {
    look() {
      const told = root.querySelector("[data-now]")?.dataset.now;
      behind = told ? Date.parse(told) - Date.now() : 0;
      show();
    },
    stop: () => clearInterval(timer),
  };
};
