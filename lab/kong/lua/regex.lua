-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Regular expressions are Python's, lent by the host: near enough to PCRE for what schemas and handlers use.

local host = require "lab.host"

local regex = {}

-- True, or false and the reason.
function regex.compiles(pattern)
  local reason = host.regex_error(pattern)
  return reason == nil, reason
end

-- The captures of the first match (whole match at 0), its first and last position, or nil.
function regex.match(subject, pattern, options)
  local found = host.regex_match(subject, pattern, options or "")
  if not found then return nil end
  local captures, from, to = {}, found.from, found.to
  for i = 0, found.count do captures[i] = found[i] or false end
  return captures, from, to
end

return regex
