// Starts Swagger UI. Requests carry the token entered under "Authorize"; the cookie of the session only reads.
const host = document.getElementById("api-docs");

globalThis.SwaggerUIBundle({
  url: host.dataset.schema,
  domNode: host,
  presets: [globalThis.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
