-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- What differs between VMs: the role (control_plane, data_plane) and Kong's version. `lab.host` holds the functions
-- that Python lends.

local host = require "lab.host"

local settings = { role = host.role, version = host.version }

local function number(version)
  local major, minor = version:match("^(%d+)%.(%d+)")
  return tonumber(major) * 1000 + tonumber(minor)
end

local own = number(settings.version)

-- Whether this Kong is at least `version` ("3.7").
function settings.since(version) return own >= number(version) end

return settings
