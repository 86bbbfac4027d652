-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Checks of single texts, as the custom validators of typedefs: each returns true, or nil and a message.

local regex = require "lab.regex"

local fmt = string.format
local texts = {}

--- Addresses ---------------------------------------------------------------------------------------------------

local function is_ipv4(text)
  local octets = { text:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$") }
  for _, octet in ipairs(octets) do
    if tonumber(octet) > 255 then return false end
  end
  return #octets == 4
end

local function is_ipv6(text)
  if not text:find("^[%x:%.]+$") or text:find(":::", 1, true) then return false end
  local _, doubles = text:gsub("::", "")
  local head, tail = text:match("^(.*:)([%d%.]+%.[%d%.]+)$")
  if tail then
    if not is_ipv4(tail) then return false end
    text = head .. "0:0"
  end
  local groups = 0
  for group in text:gmatch("[^:]+") do
    groups = groups + 1
    if #group > 4 or group:find("%.") then return false end
  end
  if text:find("^:[^:]") or text:find("[^:]:$") then return false end
  return doubles == 1 and groups < 8 or doubles == 0 and groups == 8
end

local function within(prefix, most) return prefix:find("^%d+$") and tonumber(prefix) <= most end

-- An IPv4 or IPv6 address, with or without a prefix length.
local function is_range(text, only_v4)
  local address, prefix = text:match("^(.-)/(.*)$")
  address = address or text
  if is_ipv4(address) then return prefix == nil or within(prefix, 32) end
  return not only_v4 and is_ipv6(address) and (prefix == nil or within(prefix, 128))
end

local function is_port(text) return text == "" or within(text, 65535) end

-- No label may be empty or end in a dash.
local function is_name(text)
  local framed = "." .. text .. "."
  return text:find("^[%w%-%._]+$") and not framed:find("..", 1, true) and not framed:find("-.", 1, true)
end

-- "name", "ipv4" or "ipv6" and the port if there is one; or nil and a message.
local function split_host(text)
  local _, colons = text:gsub(":", "")
  if colons > 1 then
    local address, port = text:match("^%[(.-)%](.*)$")
    address, port = address or text, port or ""
    if not is_ipv6(address) then return nil, "invalid ipv6 address: " .. text end
    if port == "" then return "ipv6" end
    if not (port:find("^:%d+$") and is_port(port:sub(2))) then return nil, "invalid port number" end
    return "ipv6", port:sub(2)
  end
  local name, port = text:match("^([^:]+):(%d*)$")
  name = name or text
  if name:find("^[%d%.]+$") then
    if not is_ipv4(name) then return nil, "invalid ipv4 address: " .. text end
  elseif not is_name(name) then
    return nil, "invalid hostname: " .. text
  end
  if port and not is_port(port) then return nil, "invalid port number" end
  return name:find("^[%d%.]+$") and "ipv4" or "name", port
end

function texts.host_with_optional_port(text)
  local kind, err = split_host(text)
  if kind then return true end
  return nil, err
end

local function host(text, shown)
  local kind, port = split_host(text)
  if not kind and port ~= "invalid port number" then return nil, "invalid value: " .. shown end
  if port then return nil, "must not have a port" end
  return kind
end

function texts.host(text)
  local kind, err = host(text, text)
  return kind and true or nil, err
end

function texts.host_name(text)
  local kind, err = host(text, text)
  if not kind then return nil, err end
  if kind ~= "name" then return nil, "must not be an IP" end
  return true
end

function texts.wildcard_host(text)
  local star = text:find("*", 1, true)
  if star and star > 1 and star < #text then return nil, "wildcard must be leftmost or rightmost character" end
  local kind, err = host((text:gsub("%*", "wildcard")), text)
  if not kind then return nil, err end
  if kind ~= "name" then return nil, "must not be an IP" end
  return true
end

function texts.ip(text)
  if is_range(text) then return true end
  return nil, "not an ip address: " .. text
end

function texts.ip_or_cidr(text)
  if is_range(text) then return true end
  return nil, fmt("invalid ip or cidr range: '%s'", text)
end

function texts.cidr_v4(text)
  if is_range(text, true) then return true end
  return nil, fmt("invalid ipv4 cidr range: '%s'", text)
end

--- Paths and URLs ----------------------------------------------------------------------------------------------

function texts.path(text)
  if not text:find("^/[%w%.%-_~/%%:?#%[%]@!$&'%(%)%*%+,;=]*$") then
    return nil, fmt("invalid path: '%s' (characters outside of the reserved list of RFC 3986 found)", text)
  end
  local bare = text:gsub("%%%x%x", "___")
  local at = bare:find("%", 1, true)
  if at then return nil, fmt("invalid url-encoded value: '%s'", bare:sub(at, at + 2)) end
  return true
end

function texts.router_path(text)
  if text:sub(1, 1) ~= "~" then return true end
  local ok, reason = regex.compiles(text:sub(2))
  if ok then return true end
  return nil, fmt("invalid regex: '%s' (PCRE returned: pcre_compile() failed: %s)", text:sub(2), reason)
end

function texts.url(text)
  local rest = text:gsub("#.*$", ""):gsub("^%w[%w%+%-%.]*:", "")
  local host_part = (rest:match("^//([^/]*)") or ""):gsub("^.*@", ""):gsub(":[^:%]]*$", "")
  if host_part == "" then return nil, "missing host in url" end
  return true
end

--- Names -------------------------------------------------------------------------------------------------------

local function utf8_length(text, at)
  local first = text:byte(at)
  if first < 0x80 then return 1 end
  local length = first >= 0xC2 and first < 0xE0 and 2 or first >= 0xE0 and first < 0xF0 and 3
    or first >= 0xF0 and first < 0xF5 and 4
  if not length or #text < at + length - 1 then return nil end
  for i = at + 1, at + length - 1 do
    local byte = text:byte(i)
    if byte < 0x80 or byte > 0xBF then return nil end
  end
  return length
end

-- Valid UTF-8 whose ASCII characters all match `pattern`.
local function is_utf8_of(text, pattern)
  local at = 1
  while at <= #text do
    local length = utf8_length(text, at)
    if not length or length == 1 and not text:sub(at, at):find(pattern) then return false end
    at = at + length
  end
  return true
end

function texts.header_name(text)
  if text:find("^[%w_%-]+$") then return true end
  return nil, fmt("bad header name '%s', allowed characters are A-Z, a-z, 0-9, '_', and '-'", text)
end

function texts.cookie_name(text)
  if not text:find('[%c%s%(%)<>@,;:\\"/%?={}%[%]\128-\255]') then return true end
  return nil, "contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the "
    .. 'characters ()<>@,;:\\"/?={}[] are not allowed.'
end

function texts.name(text)
  if text:find("^[%w%.%-_~]+$") then return true end
  return nil, fmt("invalid value '%s': it must only contain alphanumeric and '., -, _, ~' characters", text)
end

function texts.utf8_name(text)
  if is_utf8_of(text, "[%w%.%-_~]") then return true end
  return nil, fmt("invalid value '%s': the only accepted ascii characters are alphanumerics or ., -, _, and ~", text)
end

function texts.tag(text)
  if is_utf8_of(text, "[^,/%c]") then return true end
  return nil, fmt("invalid tag '%s': expected printable ascii (except `,` and `/`) or valid utf-8 sequences", text)
end

--- Keys and code -----------------------------------------------------------------------------------------------

-- Only the PEM frame is looked at: the lab has no X.509.
function texts.certificate(text)
  if text:find("%-%-%-%-%-BEGIN [%u ]*CERTIFICATE%-%-%-%-%-.*%-%-%-%-%-END") then return true end
  return nil, "invalid certificate: x509.new: no PEM block"
end

function texts.key(text)
  if text:find("%-%-%-%-%-BEGIN [%u ]*KEY%-%-%-%-%-.*%-%-%-%-%-END") then return true end
  return nil, "invalid key: pkey.new: no PEM block"
end

function texts.lua_code(text)
  local ok, err = load(text, "=(load)", "t", {})
  if ok then return true end
  return nil, "error parsing function: " .. tostring(err)
end

return texts
