-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Kong's shared field definitions, `require "kong.db.schema.typedefs"`. Each can be called with overrides.

local json = require "lab.json"
local settings = require "lab.settings"
local texts = require "lab.texts"

local null, since = json.null, settings.since

local CALLABLE = {
  __call = function(definition, overrides)
    for key, value in pairs(definition) do
      if overrides[key] == nil then overrides[key] = value end
    end
    return overrides
  end,
}

local function define(definition) return setmetatable(definition, CALLABLE) end

local function text_of(validator, extra)
  local field = { type = "string", custom_validator = validator }
  for key, value in pairs(extra or {}) do field[key] = value end
  return define(field)
end

local function optional(kind, extra)
  local field = { type = kind, required = false }
  for key, value in pairs(extra or {}) do field[key] = value end
  return field
end

local JWK_MEMBERS = "issuer kty use key_ops alg kid x5u x5c x5t x5t#S256 k x y crv n e d p q dp dq qi oth r t"
local ANY_PROTOCOL = { "grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp" }
local HTTP_PROTOCOL = { "grpc", "grpcs", "http", "https" }

-- A set of definitions of its own: validation marks tables in place, see schema.lua.
local function new_typedefs()
  local defs = {}

  --- Texts
  defs.http_method = define { type = "string", match = "^%u+$" }
  defs.protocol = define { type = "string", one_of = ANY_PROTOCOL }
  defs.host = text_of(texts.host)
  defs.redis_host = text_of(texts.host)
  defs.host_with_optional_port = text_of(texts.host_with_optional_port)
  defs.wildcard_host = text_of(texts.wildcard_host)
  defs.sni = text_of(texts.host_name)
  defs.redis_server_name = text_of(texts.host_name)
  defs.ip = text_of(texts.ip)
  defs.ip_or_cidr = text_of(texts.ip_or_cidr)
  defs.cidr = text_of(texts.cidr_v4)
  defs.cidr_v4 = text_of(texts.cidr_v4)
  defs.url = text_of(texts.url)
  defs.header_name = text_of(texts.header_name)
  defs.name = text_of(texts.name, { unique = true })
  defs.utf8_name = text_of(texts.utf8_name, { unique = true })
  defs.tag = text_of(texts.tag, { required = true })
  defs.certificate = text_of(texts.certificate)
  defs.key = text_of(texts.key)
  defs.uuid = define { type = "string", uuid = true, auto = true }

  local NO_EMPTY_SEGMENT = { { pattern = "//", err = "must not have empty segments" } }

  defs.path = text_of(texts.path, { starts_with = "/", match_none = NO_EMPTY_SEGMENT })
  defs.router_path = text_of(texts.router_path, {
    match_any = { patterns = { "^/", "^~/" }, err = "should start with: / (fixed path) or ~/ (regex path)" },
    match_none = NO_EMPTY_SEGMENT,
  })
  defs.semantic_version = define {
    type = "string",
    match_any = {
      patterns = { "^%d+[%.%d]*$", "^%d+[%.%d]*%-?.*$" },
      err = "invalid version number: must be in format of X.Y.Z",
    },
    match_none = { { pattern = "%.%.", err = "must not have empty version segments" } },
  }

  --- Numbers
  defs.port = define { type = "integer", between = { 0, 65535 } }
  defs.timeout = define { type = "integer", between = { 0, 2 ^ 31 - 2 } }
  defs.ttl = define { type = "number", between = { 0, 100000000 } }
  defs.auto_timestamp_s = define { type = "integer", timestamp = true, auto = true }
  defs.auto_timestamp_ms = define { type = "number", timestamp = true, auto = true }

  --- Lists, sets, maps
  defs.protocols = define { type = "set", required = true, default = HTTP_PROTOCOL, elements = defs.protocol }
  defs.protocols_http = define {
    type = "set", required = true, default = HTTP_PROTOCOL, elements = { type = "string", one_of = HTTP_PROTOCOL },
  }
  defs.methods = define { type = "set", elements = defs.http_method }
  defs.tags = define { type = "set", elements = defs.tag }
  defs.hosts = define {
    type = "array",
    elements = text_of(texts.wildcard_host, {
      match_all = { { pattern = "^[^*]*%*?[^*]*$", err = "invalid wildcard: must have at most one wildcard" } },
      match_any = {
        patterns = { "^%*%.", "%.%*$", "^[^*]*$" },
        err = "invalid wildcard: must be placed at leftmost or rightmost label",
      },
    }),
  }
  defs.router_paths = define { type = "array", elements = defs.router_path }
  defs.headers = define {
    type = "map", keys = text_of(texts.header_name), values = { type = "array", elements = { type = "string" } },
  }
  defs.lua_code = define {
    type = "map", keys = { type = "string", len_min = 1 }, values = text_of(texts.lua_code, { len_min = 1 }),
  }

  local function endpoints()
    return define {
      type = "set",
      elements = {
        type = "record",
        fields = { { ip = defs.ip_or_cidr }, { port = defs.port } },
        entity_checks = { { at_least_one_of = { "ip", "port" } } },
      },
    }
  end

  defs.sources, defs.destinations = endpoints(), endpoints()

  --- What a plugin cannot have
  for _, name in ipairs { "hosts", "methods", "sources", "destinations", "headers" } do
    defs["no_" .. name] = define(defs[name] { eq = null })
  end
  defs.no_paths = define(defs.router_paths { eq = null })
  for _, name in ipairs { "route", "service", "consumer" } do
    defs["no_" .. name] = define { type = "foreign", reference = name .. "s", eq = null }
  end

  --- Records
  defs.pem = define {
    type = "record",
    required = false,
    fields = {
      { private_key = optional("string", { referenceable = true, encrypted = true }) },
      { public_key = optional("string", { referenceable = true }) },
    },
    entity_checks = since "3.6" and { { at_least_one_of = { "private_key", "public_key" } } } or nil,
    custom_validator = function() return true end,
  }

  local function jwk_fields()
    local fields = {}
    for name in JWK_MEMBERS:gmatch("%S+") do
      local is_list = name == "key_ops" or name == "x5c"
      fields[#fields + 1] = {
        [name] = name == "kid" and { type = "string", required = true }
          or is_list and optional("array", { elements = optional("string") })
          or optional("string"),
      }
    end
    return fields
  end

  defs.jwk = define {
    type = "record", required = false, fields = jwk_fields(), custom_validator = function() return true end,
  }

  defs.queue = define {
    type = "record",
    fields = {
      { max_batch_size = { type = "integer", between = { 1, 1000000 }, default = 1 } },
      { max_coalescing_delay = { type = "number", between = { 0, 3600 }, default = 1 } },
      { max_entries = { type = "integer", between = { 1, 1000000 }, default = 10000 } },
      { max_bytes = { type = "integer" } },
      { max_retry_time = { type = "number", default = 60 } },
      { initial_retry_delay = { type = "number", between = { 0.001, 1000000 }, default = 0.01 } },
      { max_retry_delay = { type = "number", between = { 0.001, 1000000 }, default = 60 } },
      since "3.8" and { concurrency_limit = { type = "integer", one_of = { -1, 1 }, default = 1 } } or nil,
    },
  }

  --- Younger than 3.4
  if since "3.6" then defs.cookie_name = text_of(texts.cookie_name) end

  if since "3.8" then
    defs.capability = define { type = "string" }
    local formats = { "w3c", "b3", "jaeger", "ot", "aws", "datadog", "gcp" }
    if since "3.10" then formats[#formats + 1] = "instana" end
    local function with(...)
      local all = { ... }
      for _, format in ipairs(formats) do all[#all + 1] = format end
      return { type = "string", one_of = all }
    end
    local default_format = with("b3-single")
    default_format.required = true
    defs.propagation = define {
      type = "record",
      fields = {
        { extract = { type = "array", elements = with() } },
        { clear = { type = "array", elements = text_of(texts.header_name) } },
        { inject = { type = "array", elements = with("preserve", "b3-single") } },
        { default_format = default_format },
      },
    }
  end

  return setmetatable(defs, {
    __index = function(_, name)
      error("schema typedef error: definition " .. tostring(name) .. " does not exist", 2)
    end,
  })
end

return { new = new_typedefs, define = define }
