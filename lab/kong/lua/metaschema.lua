-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- The schema of schemas, written in the language itself. `check(definition)` is nil or a tree of errors.

local schema = require "lab.schema"
local settings = require "lab.settings"

local fmt = string.format
local since = settings.since

-- What a list or map holds gets marked as required (schema.lua), so each has a table of its own.
local function own(field)
  local copy = {}
  for key, value in pairs(field) do copy[key] = value end
  return copy
end

local function list_of(elements, extra)
  local field = { type = "array", elements = own(elements) }
  for key, value in pairs(extra or {}) do field[key] = value end
  return field
end

local function record_of(fields, extra)
  local field = { type = "record", fields = fields, sparse = true }
  for key, value in pairs(extra or {}) do field[key] = value end
  return field
end

local any, text, boolean, integer = { type = "any" }, { type = "string" }, { type = "boolean" }, { type = "integer" }
local needed_text, fn = { type = "string", required = true }, { type = "function" }
local names = list_of(text)

local TYPES = {
  "set", "string", "integer", "json", "number", "function", "foreign", "array", "boolean", "record", "map",
}
if not since "3.5" then table.remove(TYPES, 4) end

--- Attributes --------------------------------------------------------------------------------------------------

local pattern_rules = list_of(record_of { { pattern = needed_text }, { err = text } })

local attributes = {
  type = { type = "string", one_of = TYPES, required = true },
  description = { type = "string", len_min = 10, len_max = 500 },
  reference = text,
  on_delete = { type = "string", one_of = { "restrict", "cascade", "null" } },
  err = text,
  default = { type = "self" },
  eq = any,
  ne = any,
  gt = { type = "number" },
  between = list_of({ type = "number" }, { len_eq = 2 }),
  len_eq = integer,
  len_min = integer,
  len_max = integer,
  match = text,
  not_match = text,
  match_all = pattern_rules,
  match_none = pattern_rules,
  match_any = record_of { { patterns = list_of(text, { required = true }) }, { err = text } },
  starts_with = text,
  one_of = list_of(any),
  not_one_of = list_of(any),
  contains = any,
  custom_validator = fn,
  mutually_exclusive_subsets = list_of(names),
}
for name in ([[required auto unique unique_across_ws abstract generate_admin_api immutable encrypted referenceable
               is_regex timestamp uuid]]):gmatch("%S+") do
  attributes[name] = boolean
end

-- Attributes that older Kongs do not know.
if since "3.5" then
  attributes.json_schema = record_of({
    { namespace = text }, { parent_subschema_key = text }, { optional = boolean }, { inline = any }, { default = any },
  }, { entity_checks = {
    { at_least_one_of = { "inline", "namespace", "parent_subschema_key" } },
    { mutually_required = { "namespace", "parent_subschema_key" } },
    { mutually_exclusive_sets = { set1 = { "inline" }, set2 = { "namespace", "parent_subschema_key", "optional" } } },
  } })
end
if since "3.6" then attributes.examples = list_of(any) end
if since "3.8" then attributes.transient = boolean end
if since "3.7" then
  local deprecation = { { message = needed_text }, { removal_in_version = needed_text }, { old_default = any } }
  if since "3.8" then
    deprecation[4] = { replaced_with = list_of(record_of {
      { path = list_of(text, { required = true }) }, { reverse_mapping_function = fn },
    }) }
  end
  attributes.deprecation = record_of(deprecation)
end

--- Entity checks -----------------------------------------------------------------------------------------------

local condition_attributes = {}
local condition = record_of(condition_attributes)
local checks = {
  { at_least_one_of = names },
  { only_one_of = names },
  { distinct = names },
  { mutually_required = names },
  { mutually_exclusive = names },
  { mutually_exclusive_sets = record_of {
    { set1 = names }, { set2 = names },
  } },
  { conditional = record_of {
    { if_field = text }, { if_match = condition }, { then_field = text }, { then_match = condition },
    { then_err = text },
  } },
  { conditional_at_least_one_of = record_of {
    { if_field = text }, { if_match = condition }, { then_at_least_one_of = names }, { then_err = text },
    { else_match = condition }, { else_then_at_least_one_of = names }, { else_then_err = text },
  } },
  { custom_entity_check = record_of {
    { field_sources = names },
    { fn = fn },
    { run_with_missing_fields = boolean },
    { run_with_invalid_fields = boolean },
  } },
}
local check_names = {}
for i, entry in ipairs(checks) do check_names[i] = next(entry) end

local entity_checks = list_of(record_of(checks, { entity_checks = { { only_one_of = check_names } } }))

--- Fields ------------------------------------------------------------------------------------------------------

local attribute_list = {}
local field = record_of(attribute_list)
local function named(value) return { type = "map", keys = own(text), values = value, len_eq = 1 } end

attributes.elements, attributes.keys, attributes.values = field, field, field
attributes.fields = list_of(named(own(field)))
attributes.entity_checks = entity_checks

local function as_list(by_name, fields)
  for name, attribute in pairs(by_name) do fields[#fields + 1] = { [name] = attribute } end
  return fields
end

-- A condition may say what a validator says, and what is held.
for name in ([[required elements keys values between eq ne gt len_eq len_min len_max match not_match match_all match_none
               match_any starts_with one_of not_one_of contains is_regex timestamp uuid custom_validator
               mutually_exclusive_subsets]]):gmatch("%S+") do
  condition_attributes[#condition_attributes + 1] = { [name] = attributes[name] }
end

local shorthand_attributes = { func = { type = "function", required = true } }
for name, attribute in pairs(attributes) do shorthand_attributes[name] = attribute end
if since "3.6" and not (since "3.9" and not since "3.10") then shorthand_attributes.translate_backwards = names end

-- What a shorthand stands for is neither a record nor a reference.
local shorthand_types = {}
for _, name in ipairs(TYPES) do
  if name ~= "record" and name ~= "foreign" and name ~= "function" then
    shorthand_types[#shorthand_types + 1] = name
  end
end
shorthand_attributes.type = { type = "string", one_of = shorthand_types, required = true }

local shorthand_fields = list_of(named(record_of(as_list(shorthand_attributes, {}))))
attributes.shorthand_fields = shorthand_fields
as_list(attributes, attribute_list)

--- What an attribute needs -------------------------------------------------------------------------------------

local NEEDS = {
  array = { "elements" }, set = { "elements" }, map = { "keys", "values" }, record = { "fields" },
  json = { "json_schema" },
}

local function set_of(...)
  local set = {}
  for _, name in ipairs { ... } do set[name] = true end
  return set
end

local NUMBERS = set_of("integer", "number")
local ONLY_FOR = {
  between = NUMBERS,
  timestamp = NUMBERS,
  len_eq = set_of("array", "set", "string", "map"),
  match = set_of "string",
  is_regex = set_of "string",
  uuid = set_of "string",
  one_of = set_of("string", "number", "integer"),
  contains = set_of("array", "set"),
  unique = set_of("string", "number", "integer", "foreign"),
  unique_across_ws = set_of("string", "number", "integer", "foreign"),
  abstract = set_of("string", "number", "integer", "record", "array", "set", "map"),
  json_schema = set_of "json",
}

local function check_field(name, value, errors)
  if type(value) ~= "table" then return end
  for _, needed in ipairs(NEEDS[value.type] or {}) do
    if value[needed] == nil then
      errors[name] = fmt("field of type '%s' must declare '%s'", value.type, needed)
      break
    end
  end
  for attribute, allowed in pairs(ONLY_FOR) do
    if value[attribute] ~= nil and value.type ~= nil and not allowed[value.type] then
      errors[name] = fmt("field of type '%s' cannot have attribute '%s'", tostring(value.type), attribute)
    end
  end
  for _, below in ipairs { "keys", "values", "elements" } do check_field(name, value[below], errors) end
end

local function check_fields(definition, errors)
  if type(definition.fields) ~= "table" then return end
  for _, entry in ipairs(definition.fields) do
    if type(entry) == "table" then
      local name, value = next(entry)
      if type(value) == "table" then
        check_field(name, value, errors)
        local inner = value
        while type(inner.elements or inner.values) == "table" do inner = inner.elements or inner.values end
        check_fields(inner, errors)
      end
    end
  end
end

-- Whether the plugin declares a field of that (dotted) name.
local function declares(definition, path)
  local head, rest = path:match("^([^.]+)%.?(.*)$")
  for _, entry in ipairs(definition.fields or {}) do
    local name, field = next(entry)
    if name == head then return rest == "" or field.type == "foreign" or declares(field, rest) end
  end
  return false
end

local function check_transformations(definition, errors)
  local found = {}
  for i, rule in ipairs(definition.transformations or {}) do
    for _, place in ipairs { "input", "needs" } do
      for j, path in ipairs(rule[place] or {}) do
        if not declares(definition, path) then
          found[place] = found[place] or {}
          found[place][i] = found[place][i] or {}
          found[place][i][j] = "invalid field name: " .. path
        end
      end
    end
  end
  if next(found) then errors.transformations = found end
end

local function check_whole(definition, errors)
  if definition.name == nil then errors.name = "field required for entity check" end
  -- Names can be looked up where the shape is right.
  if next(errors) == nil then check_transformations(definition, errors) end
  check_fields(definition, errors)
end

local plugin_schema = record_of({
  { name = needed_text },
  { fields = attributes.fields },
  { entity_checks = entity_checks },
  { shorthand_fields = shorthand_fields },
  { transformations = list_of(record_of({
    { input = names }, { needs = names }, { on_write = fn }, { on_read = fn },
  }, { entity_checks = { { at_least_one_of = { "on_write", "on_read" } } } })) },
  { check = fn },
}, { check = check_whole })

local metaschema = {}

-- The errors of a plugin's schema, or nil.
function metaschema.check(definition) return schema.validate(plugin_schema, definition) end

return metaschema
