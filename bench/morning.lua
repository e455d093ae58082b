-- The look-ups of a station's morning against a server that takes 20 ms for each answer: 500 of
-- them (processes, products, revisions, units, last reports) in a plain loop without a cache,
-- beside the same with the cache, with wats.map at 16, and with get_many and filters. The server is
-- the sandbox; requests are counted in its journal.
--
--   make bench     (or: lua5.4 bench/morning.lua, with wats found by LUA_PATH and LUA_CPATH)

local core = require("wats.core")
local wats = require("wats")

local UNITS, DELAY = 100, 20 -- milliseconds

local box <close> = assert(require("wats.sandbox").spawn())
local morning = {}

local function connect(cache)
  return assert(wats.connect { base_url = box.url, token = box.token, cache = cache,
    rate_limit = false, station = "ICT-01" })
end

local function prepare()
  local client <close> = connect()
  local units, products = {}, {}
  for i = 1, 5 do
    products[i] = { partNumber = "PN-" .. i,
      revisions = { { revision = "A" }, { revision = "B" } } }
  end
  for i = 1, UNITS do
    morning[i] = { serialNumber = ("SN-%03d"):format(i), partNumber = "PN-" .. i % 5 + 1,
      revision = i % 2 == 0 and "A" or "B" }
    units[i] = morning[i]
  end
  assert(box:seed { products = products })
  assert(client.production:create_units(units))
  assert(box:fault { method = "GET", path = "/api/*", times = 0, delay_ms = DELAY })
end

-- The five look-ups of one unit, as functions of a client.
local LOOK_UPS = {
  function(client) return client.process:get_test_operation("PCBA test") end,
  function(client, unit) return client.product:get_product(unit.partNumber) end,
  function(client, unit) return client.product:get_revision(unit.partNumber, unit.revision) end,
  function(client, unit)
    return client.production:get_unit(unit.serialNumber, unit.partNumber)
  end,
  function(client, unit)
    return client.report:query_headers { filter = { serialNumber = unit.serialNumber }, top = 1 }
  end,
}

local function loop(client)
  for _, unit in ipairs(morning) do
    for _, look_up in ipairs(LOOK_UPS) do assert(look_up(client, unit)) end
  end
end

local function mapped(client)
  local all = {}
  for _, unit in ipairs(morning) do
    for _, look_up in ipairs(LOOK_UPS) do all[#all + 1] = { look_up, unit } end
  end
  local _, errs = wats.map(all, function(one) return one[1](client, one[2]) end)
  assert(not errs)
end

local function together(client)
  local names, serial_numbers, pairs_of_names = {}, {}, {}
  for i, unit in ipairs(morning) do
    names[i], serial_numbers[i] = unit.partNumber, unit.serialNumber
    pairs_of_names[i] = { unit.serialNumber, unit.partNumber }
  end
  assert(client.process:get_test_operation("PCBA test"))
  assert(not select(2, client.product:get_many(names)))
  assert(not select(2, client.production:get_many(pairs_of_names)))
  assert(client.report:query_headers { filter = { serialNumber = serial_numbers } })
end

local function run(cache, fn)
  local client <close> = connect(cache)
  assert(box:clear_journal())
  local start = core.monotonic()
  fn(client)
  local seconds = core.monotonic() - start
  return seconds, #assert(box:journal())
end

local function row(what, seconds, requests, yardstick, target)
  local ratio = yardstick / seconds
  print(("%-40s %8.0f ms %5d requests %7.1fx   %s"):format(what, seconds * 1e3, requests, ratio,
    target and ("at least %gx  %s"):format(target, ratio >= target and "ok" or "MISSED") or ""))
end

prepare()
local plain, requests = run(false, loop)
row("500 look-ups one by one, no cache", plain, requests, plain)
local seconds, sent = run(nil, loop)
row("the same with the cache", seconds, sent, plain, 2)
seconds, sent = run(false, mapped)
row("wats.map at 16, no cache", seconds, sent, plain, 8)
seconds, sent = run(nil, mapped)
row("wats.map at 16, with the cache", seconds, sent, plain)
seconds, sent = run(false, together)
row("get_many and filters, no cache", seconds, sent, plain, 8)
