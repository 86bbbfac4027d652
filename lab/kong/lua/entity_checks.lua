-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Checks between the fields of one record. Each takes the record and the check's argument, and returns true, or nil
-- and the text for `@entity`; `conditional` also names the field that failed. `with_missing` and `with_invalid` say
-- whether it runs where one of its fields is absent, or has an error already; `needs` names those fields, if not all.

local json = require "lab.json"

local null = json.null

local checks = {}

-- `a.b` reaches into records.
local function get(record, path)
  for part in path:gmatch("[^.]+") do
    if type(record) ~= "table" then return nil end
    record = record[part]
  end
  return record
end

local function set(record, path, value)
  local parents, last = path:match("^(.*)%.([^.]+)$")
  for part in (parents or ""):gmatch("[^.]+") do
    if type(record[part]) ~= "table" then record[part] = {} end
    record = record[part]
  end
  record[last or path] = value
end

local function empty(value)
  return value == nil or value == null or value == "" or type(value) == "table" and next(value) == nil
end

local function quoted(names)
  local parts = {}
  for i, name in ipairs(names) do parts[i] = "'" .. name .. "'" end
  return table.concat(parts, ", ")
end

local function count_set(record, names)
  local count = 0
  for _, name in ipairs(names) do
    if not empty(get(record, name)) then count = count + 1 end
  end
  return count
end

local function names_in(argument) return argument end

local function said(ok, text, names)
  if ok then return true end
  return nil, text .. ": " .. quoted(names)
end

local NON_EMPTY = "these fields must be non-empty"

checks.at_least_one_of = {
  with_missing = true,
  with_invalid = true,
  fields = names_in,
  run = function(record, names) return said(count_set(record, names) > 0, "at least one of " .. NON_EMPTY, names) end,
}

checks.only_one_of = {
  with_invalid = true,
  fields = names_in,
  run = function(record, names) return said(count_set(record, names) == 1, "exactly one of " .. NON_EMPTY, names) end,
}

checks.mutually_required = {
  with_missing = true,
  fields = names_in,
  run = function(record, names)
    local count = count_set(record, names)
    return said(count == 0 or count == #names, "all or none of these fields must be set", names)
  end,
}

checks.mutually_exclusive = {
  with_missing = true,
  fields = names_in,
  run = function(record, names)
    return said(count_set(record, names) <= 1, "only one or none of these fields must be set", names)
  end,
}

checks.mutually_exclusive_sets = {
  with_missing = true,
  fields = function(sets)
    local names = {}
    for _, list in ipairs({ sets.set1, sets.set2 }) do
      for _, name in ipairs(list) do names[#names + 1] = name end
    end
    return names
  end,
  run = function(record, sets)
    local function used(list)
      local names = {}
      for _, name in ipairs(list) do
        if not empty(get(record, name)) then names[#names + 1] = name end
      end
      return names
    end
    local one, two = used(sets.set1), used(sets.set2)
    if #one == 0 or #two == 0 then return true end
    return nil, ("these sets are mutually exclusive: (%s), (%s)"):format(quoted(one), quoted(two))
  end,
}

checks.distinct = {
  with_invalid = true,
  fields = names_in,
  run = function(record, names)
    local seen = {}
    for _, name in ipairs(names) do
      local value = get(record, name)
      if not empty(value) then
        if seen[value] then return said(false, "values of these fields must be distinct", names) end
        seen[value] = true
      end
    end
    return true
  end,
}

-- The declared field under a dotted name.
local function field_at(schema, path)
  local head, rest = path:match("^([^.]+)%.?(.*)$")
  local field = schema.by_name[head]
  for part in rest:gmatch("[^.]+") do
    local inner
    for _, entry in ipairs(field and field.fields or {}) do inner = entry[part] or inner end
    field = inner
  end
  return field
end

-- Whether a value passes its field with some attributes replaced.
local function matches(schema, name, attributes, value)
  local field = {}
  for key, attribute in pairs(field_at(schema, name) or { type = "any" }) do field[key] = attribute end
  for key, attribute in pairs(attributes) do field[key] = attribute end
  if value == nil then value = null end
  local asks_null = field.eq ~= nil or field.ne == null
  if value == null and (attributes.required or field.required and not asks_null) then
    return nil, "required field missing"
  end
  return schema.validate_value(field, value)
end

checks.conditional = {
  with_invalid = true,
  fields = function(rule) return { rule.if_field, rule.then_field } end,
  needs = function(rule) return { rule.if_field } end,
  run = function(record, rule, schema)
    local value = get(record, rule.if_field)
    if not matches(schema, rule.if_field, rule.if_match, value) then return true end
    local text = ("failed conditional validation given value of field '%s'"):format(rule.if_field)
    local wanted = get(record, rule.then_field)
    if rule.then_match.required and (wanted == nil or wanted == null) then
      return nil, text, rule.then_field, "required field missing"
    end
    local ok, err = matches(schema, rule.then_field, rule.then_match, wanted)
    if ok then return true end
    return nil, rule.then_err and rule.then_err:format(rule.if_field) or text, rule.then_field, err
  end,
}

checks.conditional_at_least_one_of = {
  with_missing = true,
  with_invalid = true,
  fields = function(rule) return { rule.if_field } end,
  run = function(record, rule, schema)
    local value = get(record, rule.if_field)
    local names, err = rule.then_at_least_one_of, rule.then_err
    if value == nil then return true end
    if not matches(schema, rule.if_field, rule.if_match, value) then
      if not rule.else_match or not matches(schema, rule.if_field, rule.else_match, value) then return true end
      names, err = rule.else_then_at_least_one_of, rule.else_then_err
    end
    if count_set(record, names) > 0 then return true end
    if err then return nil, err:format(quoted(names)) end
    return said(false, "at least one of " .. NON_EMPTY, names)
  end,
}

checks.custom_entity_check = {
  fields = function(rule) return rule.field_sources end,
  run = function(record, rule) return rule.fn(record) end,
}

local function report(errors, text)
  local list = errors["@entity"] or json.array()
  list[#list + 1] = text
  errors["@entity"] = list
end

local function absent_among(record, names)
  local absent = {}
  for _, name in ipairs(names) do
    if get(record, name) == nil then absent[#absent + 1] = name end
  end
  return absent
end

-- Whether the fields it looks at allow the check to run: some must be there, and one that it needs and that is missing
-- beside them is an error of that field. A reference to a secret cannot be looked at.
local function can_run(kind, argument, schema, record, errors)
  local settings = kind == checks.custom_entity_check and argument or {}
  local may_miss = kind.with_missing or settings.run_with_missing_fields or schema.definition.sparse
  local may_fail = kind.with_invalid or settings.run_with_invalid_fields
  local names, ready = kind.fields(argument), true
  local needed = kind.needs and kind.needs(argument) or names
  for _, name in ipairs(names) do
    local field = field_at(schema, name)
    if field and schema.is_reference(field, get(record, name)) then ready = false end
  end
  for _, name in ipairs(needed) do
    -- By its whole name: Kong does not find what it has said below a record.
    if errors[name] ~= nil and not may_fail then ready = false end
  end
  if may_miss then return ready end
  local absent = absent_among(record, needed)
  if #absent_among(record, names) == #names then return false end
  for _, name in ipairs(absent) do set(errors, name, "field required for entity check") end
  return ready and #absent == 0
end

-- Runs the `entity_checks` list over a record and adds what fails to `errors`.
return function(list, schema, record, errors)
  for _, entry in ipairs(list or {}) do
    local name, argument = next(entry)
    local kind = checks[name]
    if kind and can_run(kind, argument, schema, record, errors) then
      local ok, text, field, err = kind.run(record, argument, schema)
      if not ok then
        report(errors, text or "entity check failed")
        if field then set(errors, field, err) end
      end
    end
  end
end
