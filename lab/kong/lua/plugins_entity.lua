-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- The plugin entity: what every instance has, specialised by the schema of the plugin it names.

local json = require "lab.json"
local metaschema = require "lab.metaschema"
local pretty = require "lab.pretty"
local schema = require "lab.schema"
local settings = require "lab.settings"
local typedefs = require("lab.typedefs").new()

local fmt = string.format
local null = json.null

local function foreign(to) return { type = "foreign", reference = to } end

local BASE = {
  { id = typedefs.uuid },
  { name = { type = "string", required = true } },
  { instance_name = typedefs.utf8_name },
  { created_at = typedefs.auto_timestamp_s },
  { updated_at = typedefs.auto_timestamp_s },
  { route = foreign "routes" },
  { service = foreign "services" },
  { consumer = foreign "consumers" },
  { consumer_group = foreign "consumer_groups" },
  { config = { type = "record", abstract = true } },
  { protocols = typedefs.protocols },
  { enabled = { type = "boolean", required = true, default = true } },
  { tags = typedefs.tags },
  { ordering = { type = "any" } },
}
local BASE_FIELDS = schema.compile({ fields = BASE }).by_name
-- What belongs to the control plane's own bookkeeping: not filled.
local NOT_FILLED = { id = true, created_at = true, updated_at = true }

local plugins = { loaded = {} }

-- The entity of one plugin: the base, with the plugin's own fields in place of those it declares again.
local function specialise(definition)
  local own = schema.compile(definition).by_name
  for name, field in pairs(own) do
    local base = BASE_FIELDS[name]
    if not base then return nil, name .. ": cannot create a new field" end
    if base.type ~= field.type then return nil, name .. ": cannot change type in a specialized field" end
  end
  local fields = {}
  for i, entry in ipairs(BASE) do
    local name, field = next(entry)
    fields[i] = { [name] = own[name] or field }
  end
  return {
    fields = fields,
    entity_checks = definition.entity_checks,
    shorthand_fields = definition.shorthand_fields,
    transformations = definition.transformations,
    check = definition.check and function(record, errors)
      local ok, err = definition.check(record)
      if not ok then errors["@entity"] = json.array { err or "entity check failed" } end
    end,
  }
end

-- Registers a schema under a name; nil and Kong's text when it is refused.
function plugins.add(name, definition)
  -- Loading and validating mark tables in place: those of one plugin, not typedefs that others use.
  definition = schema.copy(definition)
  local errors = metaschema.check(definition)
  if errors then return nil, pretty(errors) end
  schema.require_records(definition)
  local entity, err = specialise(definition)
  if not entity then return nil, "error initializing schema for plugin: " .. err end
  plugins.loaded[name] = { definition = definition, entity = entity }
  return true
end

-- A plugin that Kong ships: the lab does not have its schema, any config will do.
function plugins.add_bundled(name)
  local config = { type = "any", default = {} }
  local entity = { fields = {} }
  for i, entry in ipairs(BASE) do
    local field_name, field = next(entry)
    entity.fields[i] = { [field_name] = field_name == "config" and config or field }
  end
  plugins.loaded[name] = { definition = { name = name, fields = {} }, entity = entity }
end

local function unknown(name)
  if settings.role == "control_plane" then return fmt("plugin(%s) does not exist", name) end
  return fmt("plugin '%s' not enabled; add it to the 'plugins' configuration property", name)
end

local function find(instance, enabled)
  local name = instance.name
  if name == nil or name == null then return nil, "required field missing" end
  if type(name) ~= "string" then return nil, "expected a string" end
  local plugin = plugins.loaded[name]
  if plugin and not (enabled and not enabled[name]) then return plugin end
  return nil, unknown(name)
end

-- The tree of errors of one instance, or nil. `enabled` is a set of names; nil is all that is loaded.
function plugins.validate(instance, enabled)
  local plugin, err = find(instance, enabled)
  if not plugin then return { name = err } end
  return schema.validate(plugin.entity, schema.fill(plugin.entity, instance))
end

local function without_nulls(value)
  if type(value) ~= "table" then return value end
  local is_array = getmetatable(value) == json.array_mt
  local out = setmetatable({}, getmetatable(value))
  for key, inner in pairs(value) do
    if is_array or inner ~= null then out[key] = without_nulls(inner) end
  end
  return out
end

-- The instance as it is stored; nil and the error when its plugin is not known. A shorthand that is refused stays as
-- it is, for validation to find.
function plugins.fill(instance, null_means_default)
  local plugin, err = find(instance)
  if not plugin then return nil, err end
  local given = schema.copy(instance)
  if null_means_default or given.config == null then given.config = nil end
  if null_means_default and instance.config ~= null then given.config = without_nulls(instance.config) end
  local filled = schema.fill(plugin.entity, given)
  for name in pairs(NOT_FILLED) do
    if given[name] == nil then filled[name] = nil end
  end
  return filled
end

-- Runs `on_write` of the schema's transformations, as a payload with `_transform` on makes a node do.
function plugins.transform(instance)
  local plugin = plugins.loaded[instance.name]
  local out = schema.copy(instance)
  for _, rule in ipairs(plugin and plugin.entity.transformations or {}) do
    if rule.on_write then
      local arguments = {}
      for i, path in ipairs(rule.input) do
        local value = out
        for part in path:gmatch("[^.]+") do value = type(value) == "table" and value[part] or nil end
        arguments[i] = value
      end
      local ok, err = rule.on_write(unpack(arguments, 1, #rule.input))
      if not ok then error("transformation failed: " .. tostring(err), 0) end
      for key, value in pairs(ok) do
        out[key] = type(value) == "table" and type(out[key]) == "table" and schema.merge(out[key], value) or value
      end
    end
  end
  return out
end

return plugins
