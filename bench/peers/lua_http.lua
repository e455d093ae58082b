-- lua_http.lua URL COUNT AT_ONCE: GETs by lua-http on cqueues. Prints seconds, processor seconds.
local cqueues = require("cqueues")
local request = require("http.request")
local url, count, at_once = arg[1], tonumber(arg[2]), tonumber(arg[3])

local function get()
  local headers, stream = assert(request.new_from_uri(url):go(10))
  assert(headers:get(":status") == "200")
  local body = assert(stream:get_body_as_string(10))
  stream:shutdown()
  return body
end

get()
local loop, left = cqueues.new(), count
for _ = 1, at_once do
  loop:wrap(function()
    while left > 0 do
      left = left - 1
      get()
    end
  end)
end
local wall, processor = cqueues.monotime(), os.clock()
assert(loop:loop())
print(cqueues.monotime() - wall, os.clock() - processor)
