/* What this browser remembers about looks, never about customers. */
export const recall = (key) => {
  try {
    return localStorage.getItem(`cc:${key}`);
  } catch {
    return null;
  }
};

export const remember = (key, value) => {
  try {
    if (value === null) {
      localStorage.removeItem(`cc:${key}`);
    } else {
      localStorage.setItem(`cc:${key}`, value);
    }
  } catch {
    // A browser that forbids storage simply forgets.
  }
};
