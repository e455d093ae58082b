-- wats beside other handles of a libuv loop (luv).
--
--   lua5.4 examples/loops/luv.lua URL TOKEN

local uv = require("luv")
local wats = require("wats")

local client = assert(wats.connect { base_url = arg[1], token = arg[2] })
local pollable = assert(wats.pollable())
local poll, timer = uv.new_poll(pollable:pollfd()), uv.new_timer()

-- Runs what is ready, then says when to come back at the latest.
local function advance()
  pollable:step()
  timer:stop()
  local seconds = pollable:timeout()
  if seconds then timer:start(math.ceil(seconds * 1000), 0, advance) end
end

local heart, beats = uv.new_timer(), 0 -- somebody else's business
heart:start(0, 10, function() beats = beats + 1 end)

wats.spawn(function()
  local versions = wats.map({ 1, 2, 3 }, function() return client.app:get_version() end)
  wats.sleep(0.05)
  print(#versions .. " answers", beats > 0 and "beside a heart that beats" or "alone")
  for _, handle in ipairs { poll, timer, heart } do handle:close() end
end)

poll:start("r", advance)
advance()
uv.run()
