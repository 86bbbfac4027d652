local directives = require "kong.plugins.edge-hints.directives"

local kong = kong

local EdgeHints = {
  PRIORITY = 790,
  VERSION = "2.1.0",
}

function EdgeHints:header_filter(conf)
  if directives.bypassed(conf, kong.request.get_method()) then
    kong.response.set_header(conf.header, "no-store")
    return
  end
  kong.response.set_header(conf.header, directives.build(conf, kong.response.get_status()))
  for _, name in ipairs(conf.vary_on or {}) do
    kong.response.add_header("Vary", name)
  end
end

return EdgeHints
