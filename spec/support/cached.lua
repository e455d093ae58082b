-- What the specs of cached functions under several tasks share: time that moves by waiting alone,
-- and a function that takes a second.

local async = require "wats.async"
local assert = require "luassert"
local fake = require "spec.support.reactor"
local wats = require "wats"

local s = async.default

local M = { reactor = nil, begun = 0, ended = 0 }

local before

--- From now on tasks live by a reactor of M.reactor; the figures begin at 0.
function M.begin()
  before = before or s.reactor
  M.reactor, M.begun, M.ended = fake.new(), 0, 0
  async.set_reactor(M.reactor)
end

--- Tasks live by what they lived by before.
function M.finish()
  async.set_reactor(before)
end

--- Takes a second and tells a cancel as any call does.
function M.slow(...)
  M.begun = M.begun + 1
  local ok, err = wats.sleep(1)
  if not ok then return nil, err end
  M.ended = M.ended + 1
  return ...
end

--- A cached function of `fn`, else of M.slow.
function M.wrap(fn, options)
  options = options or {}
  options.cache = options.cache or wats.cache.new { clock = M.reactor.now }
  return wats.cache.wrap(fn or M.slow, options)
end

function M.asker(f, ...)
  local arguments = table.pack(...)
  return function() return f(table.unpack(arguments, 1, arguments.n)) end
end

function M.many(count, fn)
  local list = {}
  for i = 1, count do list[i] = fn end
  return list
end

--- Nothing is under way, and nothing is left of what was.
function M.assert_quiet(f)
  local c = wats.cache.of(f)
  assert.is_nil(next(c.led))
  assert.is_nil(next(c.strays))
  assert.is_nil(next(c.index.flights))
  assert.equal(0, s.timers.count)
end

return M
