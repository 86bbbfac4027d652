-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- JSON, as the border of the VM and as `cjson` for plugins. Null is a value of its own; an array carries a
-- metatable, so that an empty one is written `[]` again and a table without it is written `{}`.

local find, sub, byte, char, gsub, fmt = string.find, string.sub, string.byte, string.char, string.gsub, string.format

-- A userdata, as ngx.null is, wherever the Lua at hand can make one.
local function new_null()
  local value = newproxy and newproxy(true) or setmetatable({}, {})
  getmetatable(value).__tostring = function() return "userdata: NULL" end
  return value
end

local json = { null = new_null(), array_mt = {} }
local null, array_mt = json.null, json.array_mt

local PLAIN = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function utf8_char(code)
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
  if code < 0x10000 then
    return char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end
  return char(0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64,
              0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

local function unescape(text)
  local out, at = {}, 1
  while true do
    local slash = find(text, "\\", at, true)
    if not slash then break end
    out[#out + 1] = sub(text, at, slash - 1)
    local letter = sub(text, slash + 1, slash + 1)
    at = slash + 2
    if letter == "u" then
      local unit = tonumber(sub(text, at, at + 3), 16) or error("invalid \\u in JSON", 0)
      at = at + 4
      if find(text, "^\\u[dD][c-fC-F]%x%x", at) and unit >= 0xD800 and unit < 0xDC00 then
        unit = 0x10000 + (unit - 0xD800) * 1024 + tonumber(sub(text, at + 2, at + 5), 16) - 0xDC00
        at = at + 6
      end
      out[#out + 1] = utf8_char(unit)
    else
      out[#out + 1] = PLAIN[letter] or error("invalid escape in JSON", 0)
    end
  end
  out[#out + 1] = sub(text, at)
  return table.concat(out)
end

local read_value

local function read_string(text, at)
  local stop = at
  repeat
    stop = find(text, '["\\]', stop + 1) or error("unfinished string in JSON", 0)
    local escaped = byte(text, stop) == 92
    if escaped then stop = stop + 1 end
  until not escaped
  local inner = sub(text, at + 1, stop - 1)
  return find(inner, "\\", 1, true) and unescape(inner) or inner, stop + 1
end

local function skip(text, at) return find(text, "[^ \t\r\n]", at) or #text + 1 end

local function read_array(text, at)
  local array, count = setmetatable({}, array_mt), 0
  at = skip(text, at + 1)
  if byte(text, at) == 93 then return array, at + 1 end
  while true do
    count = count + 1
    array[count], at = read_value(text, at)
    at = skip(text, at)
    local mark = byte(text, at)
    if mark == 93 then return array, at + 1 end
    if mark ~= 44 then error("expected , or ] in JSON at " .. at, 0) end
    at = at + 1
  end
end

local function read_object(text, at)
  local object, key = {}, nil
  at = skip(text, at + 1)
  if byte(text, at) == 125 then return object, at + 1 end
  while true do
    at = skip(text, at)
    if byte(text, at) ~= 34 then error("expected a key in JSON at " .. at, 0) end
    key, at = read_string(text, at)
    at = skip(text, at)
    if byte(text, at) ~= 58 then error("expected : in JSON at " .. at, 0) end
    object[key], at = read_value(text, at + 1)
    at = skip(text, at)
    local mark = byte(text, at)
    if mark == 125 then return object, at + 1 end
    if mark ~= 44 then error("expected , or } in JSON at " .. at, 0) end
    at = at + 1
  end
end

local WORDS = { ["true"] = true, ["false"] = false, null = null }

function read_value(text, at)
  at = skip(text, at)
  local mark = byte(text, at)
  if mark == 34 then return read_string(text, at) end
  if mark == 123 then return read_object(text, at) end
  if mark == 91 then return read_array(text, at) end
  local _, stop = find(text, "^[%w%.%+%-]+", at)
  local word = stop and sub(text, at, stop) or ""
  local value = WORDS[word]
  if value == nil then value = tonumber(word) end
  if value == nil then error("unexpected text in JSON at " .. at, 0) end
  return value, stop + 1
end

function json.decode(text)
  local value, at = read_value(text, 1)
  if skip(text, at) <= #text then error("text after the end of JSON at " .. at, 0) end
  return value
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quote(text)
  return '"' .. gsub(text, '[%c"\\]', function(c) return ESCAPES[c] or fmt("\\u%04x", byte(c)) end) .. '"'
end

local function number(value)
  if value ~= value or value == math.huge or value == -math.huge then error("number is not finite", 0) end
  if value % 1 == 0 and math.abs(value) < 2 ^ 53 then return fmt("%d", value) end
  return fmt("%.17g", value)
end

local write

local function write_table(value, opaque)
  local parts = {}
  if getmetatable(value) == array_mt or #value > 0 then
    for i = 1, #value do parts[i] = write(value[i], opaque) or "null" end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, inner in pairs(value) do
    local written = write(inner, opaque)
    if written then parts[#parts + 1] = quote(tostring(key)) .. ":" .. written end
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

function write(value, opaque)
  local kind = type(value)
  if value == null or value == nil then return "null" end
  if kind == "string" then return quote(value) end
  if kind == "number" then return number(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "table" then return write_table(value, opaque) end
  return opaque(value)
end

local function refuse(value) error("Cannot serialise " .. type(value) .. ": type not supported", 0) end

function json.encode(value) return write(value, refuse) end

-- As encode, but what JSON cannot hold (functions above all) is left out.
function json.encode_data(value)
  return write(value, function() return nil end)
end

function json.array(value) return setmetatable(value or {}, array_mt) end

return json
