-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- A record definition applied to data: filling (defaults, explicit nulls, shorthands) and validation.

local host = require "lab.host"
local json = require "lab.json"
local settings = require "lab.settings"
local validators = require "lab.validators"
local run_entity_checks = require "lab.entity_checks"

local null, array_mt = json.null, json.array_mt
local check, ORDER = validators.check, validators.ORDER

local schema = {}
local validate_value, fill_value

local REQUIRED, UNKNOWN = "required field missing", "unknown field"
local UNSPECIALIZED = "error in schema definition: abstract field was not specialized"
local BROKEN = "error in schema prevents from validating this field"

local compiled = setmetatable({}, { __mode = "k" })

-- A definition (anything with a `fields` list of one-key tables) with its fields by name.
local function compile(definition)
  local known = compiled[definition]
  if known then return known end
  known = {
    definition = definition, names = {}, by_name = {}, validate_value = schema.validate_value,
    is_reference = schema.is_reference,
  }
  for i, entry in ipairs(definition.fields or {}) do
    local name, field = next(entry)
    known.names[i], known.by_name[name] = name, field
  end
  compiled[definition] = known
  return known
end

-- A deep copy, in which what was shared is shared again.
local function copy(value, seen)
  if type(value) ~= "table" or value == null then return value end
  seen = seen or {}
  if seen[value] then return seen[value] end
  local out = setmetatable({}, getmetatable(value))
  seen[value] = out
  for key, inner in pairs(value) do out[key] = copy(inner, seen) end
  return out
end

-- Whether a value stands for a secret kept elsewhere, in a field that allows it.
local function is_reference(field, value)
  return field.referenceable and field.type == "string" and type(value) == "string"
    and value:sub(1, 9) == "{vault://" and value:sub(-1) == "}"
end

schema.compile, schema.copy, schema.is_reference = compile, copy, is_reference

--- Filling -----------------------------------------------------------------------------------------------------

local function merge(base, above)
  local out = copy(base)
  for key, value in pairs(above) do
    if type(value) == "table" and value ~= null and type(out[key]) == "table" and out[key] ~= null then
      out[key] = merge(out[key], value)
    elseif value ~= null or out[key] == nil then
      out[key] = copy(value)
    end
  end
  return out
end

schema.merge = merge

-- What a shorthand stands for, put into the record; a deprecated one gives way to the real field.
local function expand(field, value, record)
  for key, new in pairs(field.func(value) or {}) do
    local old = record[key]
    local has_old = old ~= nil and old ~= null
    if type(new) == "table" and new ~= null and type(old) == "table" and has_old then
      record[key] = field.deprecation and merge(new, old) or merge(old, new)
    elseif not (field.deprecation and has_old) then
      record[key] = new
    end
  end
end

local function expand_shorthands(definition, record)
  local errors
  for _, entry in ipairs(definition.shorthand_fields or {}) do
    local name, field = next(entry)
    local value = record[name]
    if value ~= nil then
      local ok, err = validate_value(field, value)
      if ok then
        record[name] = nil
        expand(field, value, record)
      else
        errors = errors or {}
        errors[name] = err
      end
    end
  end
  return errors
end

local function automatic(name, field)
  if field.uuid then return host.uuid() end
  if field.type == "string" then return (host.uuid():gsub("-", "")) end
  if name == "created_at" or name == "updated_at" then
    return field.type == "integer" and math.floor(host.now()) or host.now()
  end
  return nil
end

-- A copy of `record` with every field of the definition present; also the errors of its shorthands.
local function fill(definition, record)
  if definition.sparse then return record end
  local out, known = setmetatable({}, getmetatable(record)), compile(definition)
  for key, value in pairs(record) do out[key] = value end
  local errors = expand_shorthands(definition, out)
  for _, name in ipairs(known.names) do
    local field = known.by_name[name]
    if field.auto and out[name] == nil then out[name] = automatic(name, field) end
    out[name] = fill_value(field, out[name])
  end
  return out, errors
end
schema.fill = fill

local function fill_each(field, values)
  local out, seen, is_set = setmetatable({}, array_mt), {}, field.type == "set"
  for _, value in ipairs(values) do
    if type(value) == "table" and value ~= null then value = fill_value(field.elements, value) end
    if not (is_set and seen[value]) then out[#out + 1] = value end
    seen[value] = true
  end
  return out
end

local function is_sequence(value)
  local count = 0
  for key in pairs(value) do
    if type(key) ~= "number" then return false end
    count = count + 1
  end
  return count == #value
end

local function missing(field)
  if field.default ~= nil then
    local default = copy(field.default)
    local is_list = field.type == "array" or field.type == "set"
    return is_list and type(default) == "table" and json.array(default) or default
  end
  if field.required then return field.type == "record" and {} or nil end
  return null
end

function fill_value(field, value)
  if field.abstract then return value end
  if value == nil then
    value = missing(field)
    -- The default of a list or map is taken as it stands, that of a record is filled.
    if field.type ~= "record" then return value end
  end
  if type(value) ~= "table" or value == null then return value end
  local kind = field.type
  if kind == "record" then return (fill(field, value)) end
  if (kind == "array" or kind == "set") and field.elements and is_sequence(value) then
    return fill_each(field, value)
  end
  if kind == "map" and field.values then
    local out = setmetatable({}, getmetatable(value))
    for key, inner in pairs(value) do
      out[key] = type(inner) == "table" and inner ~= null and fill_value(field.values, inner) or inner
    end
    return out
  end
  return value
end

--- Validation --------------------------------------------------------------------------------------------------

-- Kong marks what lists and maps hold as required when it meets the first value, in place: a table that a schema also
-- uses for a field of its own makes that field required from then on.
local function each_valid(field, values, wanted)
  if type(values) ~= "table" or values == null or not is_sequence(values) then return nil, wanted end
  field.elements.required = true
  local errors
  for i, value in ipairs(values) do
    local ok, err = validate_value(field.elements, value)
    if not ok then
      errors = errors or {}
      errors[i] = err
    end
  end
  return errors == nil, errors
end

local function is_a(kind, text)
  return function(_, value)
    if type(value) == kind then return true end
    return nil, text
  end
end

-- By type: true, or nil and a text or a tree of errors.
local types = {
  any = function() return true end,
  json = function() return true end,
  string = is_a("string", "expected a string"),
  number = is_a("number", "expected a number"),
  boolean = is_a("boolean", "expected a boolean"),
  ["function"] = is_a("function", "expected a function"),
}

function types.integer(_, value)
  if type(value) == "number" and value % 1 == 0 then return true end
  return nil, "expected an integer"
end

function types.array(field, value) return each_valid(field, value, "expected an array") end

function types.set(field, value) return each_valid(field, value, "expected a set") end

function types.map(field, value)
  if type(value) ~= "table" then return nil, "expected a map" end
  field.keys.required, field.values.required = true, true
  for key, inner in pairs(value) do
    local ok, err = validate_value(field.keys, key)
    if ok then ok, err = validate_value(field.values, inner) end
    if not ok then return nil, err end
  end
  return true
end

function types.record(field, value)
  if type(value) ~= "table" then return nil, "expected a record" end
  local errors = schema.validate(field, fill(field, value))
  return errors == nil, errors
end

-- Only the fields of a record know what they refer to (validate_known); in a list or map anything goes.
function types.foreign() return true end

local HEX4 = ("%x"):rep(4)
local UUID = "^" .. HEX4 .. HEX4 .. "%-" .. HEX4 .. "%-" .. HEX4 .. "%-" .. HEX4 .. "%-" .. HEX4 .. HEX4 .. HEX4 .. "$"

-- A reference by id, as the payload writes it, or as an object, as the API does.
local function validate_foreign(value)
  if type(value) == "string" then return nil end
  local id = type(value) == "table" and value.id
  if id == null then return { id = REQUIRED } end
  if not id then return { id = "missing primary key" } end
  if type(id) ~= "string" then return { id = "expected a string" } end
  return not id:find(UUID) and { id = "expected a valid UUID" } or nil
end

local function validate_null(field)
  if field.ne == null then return nil, field.err or "value must not be null" end
  if field.eq ~= nil and field.eq ~= null then return nil, ("value must be %s"):format(tostring(field.eq)) end
  if field.required then return nil, REQUIRED end
  return true
end

function validate_value(field, value)
  if value == null then return validate_null(field) end
  if field.abstract then return nil, UNSPECIALIZED end
  if field.eq == null then return nil, field.err or "value must be null" end
  local of_type = types[field.type]
  if not of_type then return nil, "invalid type: " .. tostring(field.type) end
  local ok, err = of_type(field, value)
  if not ok then return nil, err end
  local is_string = field.type == "string"
  if is_reference(field, value) then return true end
  for _, name in ipairs(ORDER) do
    local argument = field[name]
    if argument == nil and is_string and name == "len_min" then argument = 1 end
    if argument ~= nil then
      ok, err = check[name](value, argument)
      if not ok then return nil, field.err or err end
    end
  end
  return true
end
schema.validate_value = validate_value

-- A field that describes a value of the record itself (the `default` of a field): a broken record says so.
local function validate_self(field, value)
  local ran, ok, err = pcall(validate_value, field, value)
  if not ran then return BROKEN end
  return not ok and err or nil
end

local function validate_known(field, value, record)
  if field.type == "self" then return validate_self(record, value) end
  local err = field.type == "foreign" and value ~= null and field.eq ~= null and validate_foreign(value)
  if err then return err end
  local ok, refused = validate_value(field, value)
  return not ok and refused or nil
end

-- What Kong never looks at, declared or not.
local NEVER_JUDGED = "updated_at"

-- The tree of errors of a filled record, or nil.
function schema.validate(definition, record, errors)
  local known = compile(definition)
  errors = errors or {}
  for key, value in pairs(record) do
    local field = known.by_name[key]
    if errors[key] or key == NEVER_JUDGED then
      -- A shorthand that was refused has its error already.
    elseif field then
      errors[key] = validate_known(field, value, record)
    elseif not (value == null and settings.role == "data_plane") then
      errors[key] = UNKNOWN
    end
  end
  for _, name in ipairs(known.names) do
    local field = known.by_name[name]
    if field.required and (record[name] == nil or record[name] == null) then errors[name] = REQUIRED end
  end
  run_entity_checks(definition.entity_checks, known, record, errors)
  if definition.check then definition.check(record, errors) end
  return next(errors) and errors or nil
end

-- Records are required unless they say otherwise; not those inside lists and maps.
function schema.require_records(definition)
  for _, entry in ipairs(definition.fields or {}) do
    local _, field = next(entry)
    if type(field) == "table" and field.type == "record" then
      if field.required == nil then field.required = true end
      schema.require_records(field)
    end
  end
end

return schema
