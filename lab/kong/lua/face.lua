-- Copyright (c) 2026 The kongops founders
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- What Python may call: every answer is JSON text, every call has a budget of instructions and of CPU seconds.

local json = require "lab.json"
local loader = require "lab.loader"
local plugins = require "lab.plugins_entity"

local INSTRUCTIONS, SECONDS, STEP = 100000000, 1, 10000

local sethook, getinfo, clock = debug.sethook, debug.getinfo, os.clock

local answer

-- Beyond the budget each instruction fails, so that a pcall inside plugin code cannot outlive it.
local function guard()
  local left, deadline = INSTRUCTIONS, clock() + SECONDS
  local function exhausted()
    if getinfo(2, "f").func == answer then return sethook() end
    error("instruction limit of the lab exceeded", 0)
  end
  sethook(function()
    left = left - STEP
    if left < 0 or clock() > deadline then sethook(exhausted, "", 1) end
  end, "", STEP)
end

-- An error tree as a list of {path, message}; JSON cannot tell a position from a name that is a digit.
local function flatten(tree, path, into)
  for key, value in pairs(tree) do
    local here = json.array()
    for i, part in ipairs(path) do here[i] = part end
    here[#here + 1] = key
    if type(value) == "table" then
      flatten(value, here, into)
    else
      into[#into + 1] = json.array { here, tostring(value) }
    end
  end
  return into
end

local calls = { load_plugin = loader.load_plugin, load_schema_text = loader.load_schema_text }

function calls.run_handler(name, phase, config, headers)
  local effects = loader.run_handler(name, phase, config, headers)
  return effects == nil and json.null or effects
end

function calls.validate(instance, enabled)
  local names
  if enabled ~= json.null then
    names = {}
    for _, name in ipairs(enabled) do names[name] = true end
  end
  local tree = plugins.validate(instance, names)
  return tree and flatten(tree, {}, json.array()) or json.null
end

function calls.fill(instance, null_means_default)
  local filled, err = plugins.fill(instance, null_means_default)
  if not filled then error(err, 0) end
  return filled
end

calls.transform = plugins.transform

function calls.fields(name)
  local plugin = plugins.loaded[name]
  return plugin and { fields = json.array(plugin.definition.fields) } or json.null
end

function calls.load_bundled(name)
  plugins.add_bundled(name)
  return json.null
end

function calls.forget(name)
  plugins.loaded[name] = nil
  return json.null
end

-- `arguments` is a JSON array; the answer is {"ok": value} or {"error": text}.
function answer(name, arguments)
  local args = json.decode(arguments)
  guard()
  local ok, result = pcall(calls[name], unpack(args, 1, #args))
  sethook()
  if ok then return json.encode_data { ok = result } end
  return json.encode { error = tostring(result) }
end

return answer
