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
          { ttl = {
              type = "integer",
              required = true,
              between = { 0, 31536000 },
              description = "How many seconds a cache may keep an answer.",
          } },
          { header = typedefs.header_name {
              required = true,
              default = "Surrogate-Control",
              description = "The response header that carries the hint.",
          } },
          { error_ttl = {
              type = "integer",
              required = true,
              default = 0,
              between = { 0, 3600 },
              description = "How many seconds a cache may keep an answer of status 500 and above.",
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
