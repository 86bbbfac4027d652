-- The value of the hint, from a plugin configuration.
local concat = table.concat

local _M = {}

function _M.build(conf)
  local parts = { "max-age=" .. (conf.ttl or 0) }
  if conf.stale_seconds and conf.stale_seconds > 0 then
    parts[#parts + 1] = "stale-while-revalidate=" .. conf.stale_seconds
  end
  return concat(parts, ", ")
end

function _M.bypassed(conf, method)
  for _, m in ipairs(conf.bypass and conf.bypass.methods or {}) do
    if m == method then
      return true
    end
  end
  return false
end

return _M
