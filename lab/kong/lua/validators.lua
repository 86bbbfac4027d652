-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- The validators a field can carry: each takes a value and the attribute, and returns true, or nil and a text.

local json = require "lab.json"
local regex = require "lab.regex"

local fmt, tostring = string.format, tostring
local null = json.null

local UUID = "^" .. ("%x"):rep(8) .. "%-" .. (("%x"):rep(4) .. "%-"):rep(3) .. ("%x"):rep(12) .. "$"

local function size(value)
  if type(value) == "string" then return #value end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count
end

local function listed(value, options)
  for _, option in ipairs(options) do
    if option == value then return true end
  end
  return false
end

local function said(ok, pattern, ...)
  if ok then return true end
  return nil, fmt(pattern, ...)
end

local function invalid(value, err) return nil, err or fmt("invalid value: %s", value) end

local function quoted(set)
  local parts = {}
  for i, item in ipairs(set) do parts[i] = "'" .. tostring(item) .. "'" end
  return "(" .. table.concat(parts, ", ") .. ")"
end

local check = {}

function check.eq(value, wanted)
  if wanted == null then wanted = nil end
  return said(value == wanted, "value must be %s", tostring(wanted == nil and "null" or wanted))
end

function check.ne(value, other) return said(value ~= other, "value must not be %s", tostring(other)) end

function check.gt(value, limit) return said(value > limit, "value must be greater than %s", tostring(limit)) end

function check.between(value, limits)
  return said(value >= limits[1] and value <= limits[2], "value should be between %d and %d", limits[1], limits[2])
end

function check.len_eq(value, length) return said(size(value) == length, "length must be %d", length) end

function check.len_min(value, length) return said(size(value) >= length, "length must be at least %d", length) end

function check.len_max(value, length) return said(size(value) <= length, "length must be at most %d", length) end

function check.match(value, pattern)
  if value:match(pattern) then return true end
  return invalid(value)
end

function check.not_match(value, pattern)
  if not value:match(pattern) then return true end
  return invalid(value)
end

function check.match_all(value, rules)
  for _, rule in ipairs(rules) do
    if not value:match(rule.pattern) then return invalid(value, rule.err) end
  end
  return true
end

function check.match_none(value, rules)
  for _, rule in ipairs(rules) do
    if value:match(rule.pattern) then return invalid(value, rule.err) end
  end
  return true
end

function check.match_any(value, rule)
  for _, pattern in ipairs(rule.patterns) do
    if value:match(pattern) then return true end
  end
  return invalid(value, rule.err)
end

function check.starts_with(value, prefix)
  return said(value:sub(1, #prefix) == prefix, "should start with: %s", prefix)
end

function check.one_of(value, options)
  if listed(value, options) then return true end
  return nil, "expected one of: " .. table.concat(options, ", ")
end

function check.not_one_of(value, options)
  if not listed(value, options) then return true end
  return nil, "must not be one of: " .. table.concat(options, ", ")
end

function check.contains(value, wanted)
  return said(listed(wanted, value), "expected to contain: %s", tostring(wanted))
end

function check.is_regex(value) return said(regex.compiles(value), "not a valid regex: %s", value) end

function check.timestamp(value) return said(value > 0, "expected a valid timestamp") end

function check.uuid(value) return said(value:find(UUID), "expected a valid UUID") end

function check.custom_validator(value, fn)
  local ok, err = fn(value)
  if ok then return true end
  return nil, err or fmt("failed validating: %s", tostring(value))
end

function check.mutually_exclusive_subsets(value, subsets)
  local met, names = 0, {}
  for i, subset in ipairs(subsets) do
    names[i] = quoted(subset)
    for _, item in ipairs(value) do
      if listed(item, subset) then
        met = met + 1
        break
      end
    end
  end
  return said(met < 2, "these sets are mutually exclusive: %s", table.concat(names, ", "))
end

-- The order in which they run: the first that fails gives the message.
local ORDER = {
  "eq", "ne", "not_one_of", "one_of", "gt", "timestamp", "uuid", "is_regex", "between", "len_eq", "len_min",
  "len_max", "starts_with", "not_match", "match_none", "match", "match_all", "match_any", "contains",
  "custom_validator", "mutually_exclusive_subsets",
}

return { check = check, ORDER = ORDER }
