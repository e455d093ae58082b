-- A reactor without a world: time moves only while the scheduler waits, and completions come when
-- the test said. What would hang raises.

local M = {}

function M.new()
  local reactor = { time = 100, waits = 0, cancelled = {} }
  local due, ready = {}, {}

  function reactor.now() return reactor.time end

  function reactor.in_flight() return #due + #ready end

  -- The completion `token, ...` comes in `delay` seconds.
  function reactor.after(delay, token, ...)
    local entry = { at = reactor.time + delay, table.pack(token, ...) }
    local place = #due + 1
    while place > 1 and due[place - 1].at > entry.at do place = place - 1 end
    table.insert(due, place, entry)
    return token
  end

  local function collect()
    while due[1] and due[1].at <= reactor.time do
      ready[#ready + 1] = table.remove(due, 1)[1]
    end
  end

  function reactor.wait(seconds)
    reactor.waits = reactor.waits + 1
    if reactor.interrupt then error(reactor.interrupt, 0) end
    collect()
    if ready[1] then return end
    local next_due = due[1] and due[1].at
    assert(seconds or next_due, "would hang")
    assert(not seconds or seconds >= 0)
    local until_then = seconds and reactor.time + seconds or math.huge
    reactor.time = math.min(until_then, next_due or math.huge)
  end

  function reactor.poll()
    collect()
    return function()
      local first = table.remove(ready, 1)
      if first then return table.unpack(first, 1, first.n) end
    end
  end

  -- What a transfer does: begins, and is awaited.
  function reactor.transfer(scheduler, delay, ...)
    local token = reactor.after(delay, {}, ...)
    return scheduler:await(token, function(dropped)
      assert(dropped == token)
      reactor.cancelled[#reactor.cancelled + 1] = dropped
    end)
  end

  return reactor
end

return M
