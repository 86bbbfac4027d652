-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- A metaschema error as one text, in the layout that Kong's log and API show.

local fmt = string.format

local function sorted_keys(tree)
  local keys = {}
  for key in pairs(tree) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "string"
  end)
  return keys
end

local function write(tree, indent)
  if type(tree) ~= "table" then return fmt("%q", tostring(tree)) end
  local inner, lines, run = indent .. "  ", {}, 0
  for i, value in ipairs(tree) do
    lines[i], run = inner .. write(value, inner), i
  end
  for _, key in ipairs(sorted_keys(tree)) do
    if not (type(key) == "number" and key <= run) then
      local name = type(key) == "number" and fmt("[%d]", key)
        or key:find("^[%a_][%w_]*$") and key or fmt("[%q]", key)
      lines[#lines + 1] = inner .. name .. " = " .. write(tree[key], inner)
    end
  end
  return "{\n" .. table.concat(lines, ",\n") .. "\n" .. indent .. "}"
end

local function leaf(value) return type(value) == "table" and write(value, "") or tostring(value) end

-- `schema violation (...)` or `N schema violations (...; ...)`; a table one level down is named `field.key`.
return function(errors)
  local parts = {}
  for key, value in pairs(errors) do
    if type(value) == "table" then
      for inner, below in pairs(value) do
        parts[#parts + 1] = key == "@entity" and leaf(below) or fmt("%s.%s: %s", key, inner, leaf(below))
      end
    else
      parts[#parts + 1] = fmt("%s: %s", key, value)
    end
  end
  table.sort(parts)
  local head = #parts == 1 and "schema violation" or fmt("%d schema violations", #parts)
  return fmt("%s (%s)", head, table.concat(parts, "; "))
end
