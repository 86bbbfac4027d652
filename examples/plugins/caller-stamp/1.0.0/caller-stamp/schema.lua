-- caller-stamp: tells the upstream service who called.
local typedefs = require "kong.db.schema.typedefs"

return {
  name = "caller-stamp",
  fields = {
    { protocols = typedefs.protocols_http },
    {
      config = {
        type = "record",
        fields = {
          { header = typedefs.header_name {
              required = true,
              default = "X-Caller",
              description = "The request header that names the caller to the upstream service.",
          } },
          { source = {
              type = "string",
              required = true,
              default = "consumer",
              one_of = { "consumer", "credential", "address" },
              description = "What a caller is known by.",
          } },
          { fallback = {
              type = "string",
              default = "anonymous",
              description = "What a caller is called that nothing is known of.",
          } },
        },
      },
    },
  },
}
