-- The value of the hint, from a plugin configuration.
local _M = {}

function _M.build(conf)
  return "max-age=" .. (conf.ttl or 0)
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
