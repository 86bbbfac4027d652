-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- What plugin code finds in its VM: `ngx` and `kong`, as much of them as schemas and small handlers touch.

local host = require "lab.host"
local json = require "lab.json"
local regex = require "lab.regex"

local stubs = {}

local LEVELS = { "STDERR", "EMERG", "ALERT", "CRIT", "ERR", "WARN", "NOTICE", "INFO", "DEBUG" }

-- What a phase function did; one at a time, since phases never yield here.
local effects

local EXIT = {}

local function record(level, ...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
  if effects then effects.log[#effects.log + 1] = json.array { level, table.concat(parts) } end
end

local function exit(status, body, headers)
  for name, value in pairs(type(headers) == "table" and headers or {}) do effects.headers[name] = tostring(value) end
  effects.exited = json.array { status, body == nil and json.null or body }
  error(EXIT, 0)
end

-- The part of `ngx` that a control plane offers to an uploaded schema.
function stubs.small_ngx()
  return {
    null = json.null, time = host.time, now = host.now, update_time = function() end,
    encode_base64 = function(text) return host.base64(text) end,
  }
end

function stubs.full_ngx(world)
  local ngx = stubs.small_ngx()
  ngx.time = function() return math.floor(host.now()) end
  for i, level in ipairs(LEVELS) do ngx[level] = i - 1 end
  ngx.log = function(level, ...) record((LEVELS[level + 1] or "INFO"):lower(), ...) end
  ngx.sleep = function(seconds) if effects then effects.slept = effects.slept + seconds end end
  ngx.exit = function(status) exit(status) end
  ngx.say = function(...) exit(200, table.concat { ... }) end
  ngx.re = { match = function(...) return (regex.match(...)) end }
  ngx.re.find = function(...)
    local captures, from, to = regex.match(...)
    return captures and from, captures and to
  end
  ngx.ctx, ngx.var, ngx.header = {}, {}, setmetatable({}, {
    __newindex = function(_, name, value) if effects then effects.headers[name] = tostring(value) end end,
  })
  ngx.timer = { at = function() return true end, every = function() return true end }
  ngx.worker = { id = function() return 0 end, pid = function() return world.pid end }
  return ngx
end

local function headers_of(world)
  return {
    get_header = function(name) return world.headers[name:lower()] end,
    get_headers = function() return world.headers end,
  }
end

function stubs.kong(world)
  local log = {}
  for _, level in ipairs(LEVELS) do
    log[level:lower()] = function(...) record(level:lower(), ...) end
  end
  local kong = {
    version = world.version,
    node = { get_id = function() return world.node_id end },
    ctx = { plugin = {}, shared = {} },
    log = setmetatable(log, { __call = function(_, ...) record("notice", ...) end }),
    request = headers_of(world),
    response = {
      exit = exit,
      error = function(status, message) exit(status, { message = message }) end,
      set_header = function(name, value) effects.headers[name] = tostring(value) end,
      add_header = function(name, value) effects.headers[name] = tostring(value) end,
      clear_header = function(name) effects.headers[name] = nil end,
    },
    service = { request = { set_header = function() end, clear_header = function() end } },
    client = { get_consumer = function() return nil end },
  }
  for _, name in ipairs { "method", "path", "raw_body" } do
    kong.request["get_" .. name] = function() return world[name] end
  end
  return kong
end

-- Calls `fn(handler, config)` and returns what it did.
function stubs.watch(fn, handler, config)
  effects = { headers = {}, log = json.array(), slept = 0 }
  local ok, err = xpcall(function() return fn(handler, config) end, function(problem) return problem end)
  local seen = effects
  effects = nil
  if not ok and err ~= EXIT then seen.error = tostring(err) end
  return seen
end

return stubs
