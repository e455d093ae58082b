-- What each thread of spec/support/host.c does with a queue that all share: ten reports, taken in
-- while an uploader that some other state may have started delivers them.
local number, url, token, path = ...
number = math.tointeger(number)

local wats = require("wats")
local sandboxes = require("spec.support.sandbox")

local client = assert(wats.connect { base_url = url, token = token, rate_limit = false,
  circuit_breaker = false })
local told = 0
local queue = assert(wats.queue.open { path = path, client = client,
  on_event = function() told = told + 1 end })
for i = 1, 10 do
  assert(queue:submit(sandboxes.report { sn = ("%d-%d"):format(number, i) }))
end
assert(queue:stats().max_rows > 0)
if number % 2 == 0 then
  -- in the child of a fork as well, which has no uploader before it opens the queue
  assert(queue:flush(60))
  if number % 4 == 0 then queue:close() end
end
return package.searchpath("wats.core", package.cpath)
