-- edge-hints: tells caches in front of the gateway how long an answer may live.
local typedefs = require "kong.db.schema.typedefs"

local PLUGIN_NAME = "edge-hints"

return {
  name = PLUGIN_NAME,
  fields = {
    { protocols = typedefs.protocols_http },
    {
      config = {
        type = "record",
        fields = {
          { header = typedefs.header_name {
              required = true,
              default = "Surrogate-Control",
              description = "The response header that carries the hint.",
          } },
          { stale_seconds = {
              type = "integer",
              required = true,
              default = 30,
              between = { 0, 86400 },
              description = "How long a cache may answer with a stale copy while it fetches a new one.",
          } },
          { vary_on = {
              type = "array",
              default = {},
              elements = typedefs.header_name,
              description = "Request headers that make a difference to the answer.",
          } },
          { purge_token = {
              type = "string",
              encrypted = true,
              referenceable = true,
              description = "What a cache must show when it asks for a purge.",
          } },
          { bypass = {
              type = "record",
              fields = {
                { methods = typedefs.methods { default = { "POST", "PUT", "PATCH", "DELETE" } } },
                { cookie = { type = "string", len_max = 64 } },
              },
          } },
        },
      },
    },
  },
}
