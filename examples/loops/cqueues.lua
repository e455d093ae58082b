-- wats beside other coroutines of a cqueues controller.
--
--   lua5.4 examples/loops/cqueues.lua URL TOKEN

local cqueues = require("cqueues")
local wats = require("wats")

local client = assert(wats.connect { base_url = arg[1], token = arg[2] })
local pollable = assert(wats.pollable())
local loop, beats, finished = cqueues.new(), 0, false

loop:wrap(function()
  while not finished do
    cqueues.poll(pollable)
    pollable:step()
  end
end)

loop:wrap(function() -- somebody else's business
  while not finished do
    cqueues.sleep(0.01)
    beats = beats + 1
  end
end)

wats.spawn(function()
  local versions = wats.map({ 1, 2, 3 }, function() return client.app:get_version() end)
  wats.sleep(0.05)
  print(#versions .. " answers", beats > 0 and "beside a heart that beats" or "alone")
  finished = true
end)

assert(loop:loop())
