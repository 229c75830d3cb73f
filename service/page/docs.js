// Swagger UI over the OpenAPI document of this server. Its check of documents by another server is off.

/* global SwaggerUIBundle */
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#routes",
  deepLinking: true,
  validatorUrl: null,
});
