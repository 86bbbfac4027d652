local callers = require "kong.plugins.caller-stamp.callers"

local kong = kong

local CallerStamp = {
  PRIORITY = 780,
  VERSION = "1.0.0",
}

function CallerStamp:access(conf)
  kong.service.request.set_header(conf.header, callers[conf.source]() or conf.fallback)
end

return CallerStamp
