-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- How plugin code gets into a VM: from disk by `require` on a node, as text on a control plane.

local host = require "lab.host"
local json = require "lab.json"
local plugins = require "lab.plugins_entity"
local schema = require "lab.schema"
local settings = require "lab.settings"
local stubs = require "lab.stubs"
local typedefs = require "lab.typedefs"

local fmt = string.format

local loader = {}

-- Modules of Kong that the lab has; what it has not cannot be required.
local function modules_of_kong()
  return {
    ["kong.db.schema.typedefs"] = typedefs.new(),
    ["kong.db.schema"] = { define = typedefs.define },
    ["kong.meta"] = { _VERSION = settings.version, version = settings.version },
    cjson = json,
    ["cjson.safe"] = setmetatable({
      decode = function(text)
        local ok, value = pcall(json.decode, text)
        if ok then return value end
        return nil, value
      end,
    }, { __index = json }),
  }
end

local STANDARD = {
  "assert", "error", "getmetatable", "setmetatable", "ipairs", "next", "pairs", "pcall", "xpcall", "print", "rawequal",
  "rawget", "rawset", "select", "tonumber", "tostring", "type", "unpack", "_VERSION", "math", "string", "table",
  "coroutine", "bit",
}

-- The globals of one chunk or one node; libraries are copied, so that what a plugin adds to them stays its own.
local function environment(extra)
  local env = {}
  for _, name in ipairs(STANDARD) do
    local value = _G[name]
    env[name] = type(value) == "table" and schema.copy(value) or value
  end
  env.os = { time = os.time, date = os.date, clock = os.clock, getenv = function() return nil end }
  for name, value in pairs(extra) do env[name] = value end
  env._G = env
  return env
end

--- A node ------------------------------------------------------------------------------------------------------

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

-- The text and path of a module, or nil and what was tried, as Lua's own searcher tells it.
local function search(name, package_path)
  local tried, relative = { fmt("\n\tno field package.preload['%s']", name) }, name:gsub("%.", "/")
  for template in package_path:gmatch("[^;]+") do
    local path = template:gsub("%?", (relative:gsub("%%", "%%%%")))
    local text = read(path)
    if text then return text, path end
    tried[#tried + 1] = fmt("\n\tno file '%s'", path)
  end
  return nil, table.concat(tried)
end

-- Fails with the position of the plugin code that asked; a tail call has left none.
local function refuse_module(text)
  local caller = debug.getinfo(3, "Sl")
  local is_plugin = caller and caller.what ~= "C" and caller.source:sub(1, 5) ~= "@lab/"
  error(is_plugin and fmt("%s:%d: %s", caller.short_src, caller.currentline, text) or text, 0)
end

local node = { loaded = modules_of_kong(), package_path = "" }

local function require_on_node(name)
  if node.loaded[name] ~= nil then return node.loaded[name] end
  local text, path = search(name, node.package_path)
  if not text then refuse_module(fmt("module '%s' not found:%s", name, path)) end
  local chunk, err = load(text, "@" .. path, "t", node.env)
  if not chunk then refuse_module(fmt("error loading module '%s' from file '%s':\n\t%s", name, path, err)) end
  local value = chunk(name, path)
  node.loaded[name] = value == nil and true or value
  return node.loaded[name]
end

node.world = { headers = {}, method = "GET", path = "/", pid = host.pid, version = settings.version, node_id = "" }
node.ngx, node.kong = stubs.full_ngx(node.world), stubs.kong(node.world)
node.env = environment { require = require_on_node, ngx = node.ngx, kong = node.kong, debug = debug, io = io }
node.env.load = function(text, name, mode, env) return load(text, name, mode, env or node.env) end
node.env.loadstring = node.env.load

-- False when there is no such module; anything else that goes wrong is an error.
local function load_if_exists(name)
  local ok, result = pcall(require_on_node, name)
  if ok then return true, result end
  if tostring(result):find(fmt("module '%s' not found", name), 1, true) then return false end
  error(fmt("error loading module '%s':\n%s", name, tostring(result)), 0)
end

local PHASES = {
  "init_worker", "configure", "certificate", "rewrite", "access", "response", "header_filter", "body_filter", "log",
  "preread", "ws_handshake", "ws_client_frame", "ws_upstream_frame", "ws_close",
}

local function refuse(name, text)
  error(fmt("error loading plugin schemas: on plugin '%s': %s", name, text), 0)
end

local function check_handler(name, handler)
  if type(handler) ~= "table" then error(fmt("attempt to index local 'handler' (a %s value)", type(handler)), 0) end
  local priority, version = handler.PRIORITY, handler.VERSION
  if type(priority) ~= "number" or priority % 1 ~= 0 then
    refuse(name, fmt("Plugin %q cannot be loaded because its PRIORITY field is not a valid integer number, got: %q.",
      name, tostring(priority)))
  end
  if type(version) ~= "string" or not version:find("^%d+%.%d+%.%d+$") then
    refuse(name, fmt('Plugin %q cannot be loaded because its VERSION field does not follow the "x.y.z" format, '
      .. "got: %q.", name, tostring(version)))
  end
  if handler.response and (handler.header_filter or handler.body_filter) then
    refuse(name, fmt("Plugin %q can't be loaded because it implements both `response` and `header_filter` or "
      .. "`body_filter` methods.\n", name))
  end
end

local handlers = {}

local function phases_of(handler)
  local phases = json.array()
  for _, phase in ipairs(PHASES) do
    if type(handler[phase]) == "function" then phases[#phases + 1] = phase end
  end
  return phases
end

-- One enabled plugin, as init_by_lua takes it; an error is what follows `init_by_lua error: `.
function loader.load_plugin(name, package_path)
  node.package_path = package_path
  local found, handler = load_if_exists("kong.plugins." .. name .. ".handler")
  if not found then refuse(name, name .. " plugin is enabled but not installed;\nno plugin found") end
  check_handler(name, handler)
  local has_schema, definition = load_if_exists("kong.plugins." .. name .. ".schema")
  if not has_schema then refuse(name, "no configuration schema found for plugin: " .. name) end
  if type(definition) ~= "table" then error(fmt("attempt to index a %s value", type(definition)), 0) end
  local ok, err = plugins.add(name, definition)
  if not ok then refuse(name, err:find("schema violation", 1, true) and "[off] " .. err or err) end
  handlers[name] = handler
  return { name = name, version = handler.VERSION, priority = handler.PRIORITY, phases = phases_of(handler) }
end

-- What one phase function does with a configuration and request headers; nil when there is no such phase.
function loader.run_handler(name, phase, config, headers)
  local handler = handlers[name] or error("plugin not loaded: " .. name, 0)
  if type(handler[phase]) ~= "function" then return nil end
  node.world.headers = headers
  node.kong.ctx.plugin = {}
  return stubs.watch(handler[phase], handler, config)
end

--- A control plane ---------------------------------------------------------------------------------------------

local function require_on_control_plane(modules)
  return function(name)
    local module = modules[name]
    if module == nil then refuse_module(fmt("module '%s' not found:\n\tno field package.preload['%s']", name, name)) end
    return module
  end
end

-- An uploaded schema: no arguments, no `kong`, little of `ngx`. Returns the name it declares.
function loader.load_schema_text(source, chunkname)
  local all = modules_of_kong()
  local allowed = {}
  for _, name in ipairs { "kong.db.schema.typedefs", "kong.db.schema" } do allowed[name] = all[name] end
  local env = environment { require = require_on_control_plane(allowed), ngx = stubs.small_ngx() }
  for _, name in ipairs { "string", "table", "math", "coroutine" } do allowed[name] = env[name] end
  local chunk, err = load(source, "=" .. chunkname, "t", env)
  if not chunk then error(err, 0) end
  local definition = chunk()
  if definition == nil then error("invalid plugin schema: cannot be empty", 0) end
  if type(definition) ~= "table" then error("invalid plugin schema: expected a table", 0) end
  local ok, problem = plugins.add(definition.name, definition)
  if not ok then error(problem, 0) end
  return { name = definition.name }
end

return loader
