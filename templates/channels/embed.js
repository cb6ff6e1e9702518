(() => {
  "use strict";
  const script = document.currentScript;
  const page = new URL("./", script.src);
  page.searchParams.set("embed", "1");
  if (script.dataset.language) {
    page.searchParams.set("lang", script.dataset.language);
  }
  const frame = document.createElement("iframe");
  frame.src = page.href;
  frame.title = script.dataset.title || "Contact form";
  frame.loading = "lazy";
  frame.style.cssText = "border:0;inline-size:100%;block-size:44rem;color-scheme:normal";
  window.addEventListener("message", (event) => {
    const isOurs = event.origin === page.origin && event.source === frame.contentWindow;
    if (isOurs && event.data?.type === "contact-form-height" && event.data.height > 0) {
      frame.style.blockSize = `${Math.min(Math.ceil(event.data.height), 4000)}px`;
    }
  });
  script.after(frame);
})();
