local callers = require "kong.plugins.caller-stamp.callers"

local kong = kong

local CallerStamp = {
  PRIORITY = 780,
  VERSION = "2.0.0",
}

-- A caller that nothing is known of is not given a name, and cannot choose one itself.
function CallerStamp:access(conf)
  local caller = callers[conf.source]()
  if caller then
    kong.service.request.set_header(conf.header, caller)
  else
    kong.service.request.clear_header(conf.header)
  end
end

return CallerStamp
