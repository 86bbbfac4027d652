-- The value of the hint, from a plugin configuration.
local _M = {}

function _M.build(conf, status)
  -- nil until the instance is saved under a schema that knows it
  local ttl = (status or 200) >= 500 and (conf.error_ttl or 0) or conf.ttl or 0
  return "max-age=" .. ttl
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
