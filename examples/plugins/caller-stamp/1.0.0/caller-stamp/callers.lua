-- What a caller can be known by: each answers a name, or nil.
local kong = kong

local _M = {}

function _M.consumer()
  local consumer = kong.client.get_consumer()
  return consumer and (consumer.username or consumer.custom_id)
end

function _M.credential()
  local credential = kong.client.get_credential()
  return credential and credential.id
end

function _M.address()
  return kong.client.get_forwarded_ip()
end

return _M
