-- A write races reads of what it changes: whatever overtakes what, the old value is gone when the
-- write has returned.

local needs = require("spec.support.needs")
local support = require("spec.support.client")
local wats = require("wats")

local PART = "PCBA-100"
local PRODUCT = "/api/Product/" .. PART
local LONG = os.getenv("WATS_TEST_LONG")
local ROUNDS = LONG and 10000 or 200

describe("a write that races reads", function()
  local box

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  local function pause(most) wats.sleep(math.random() * most) end

  it(("never leaves the old value behind (%d times)"):format(ROUNDS), function()
    local seed = os.time()
    math.randomseed(seed)
    local cache = { name = "cache_race_spec", ttl = 600 }
    local writer <close> = support.connect(box, { cache = cache })
    local reader <close> = support.connect(box, { cache = cache })
    local record = assert(writer.product:get_product(PART))
    for round = 1, ROUNDS do
      local new = "version " .. round
      if round % 4 == 0 then
        -- an answer that is made, and held back while others overtake it
        assert(box.sandbox:fault { method = "GET", path = PRODUCT, times = 1,
          delay_ms = math.random(0, 6) })
      elseif round % 4 == 1 then
        assert(box.sandbox:fault { method = "PUT", path = "/api/Product", times = 1,
          delay_ms = math.random(0, 6) })
      end
      if round % 3 == 0 then reader.cache:clear() end
      local function read()
        pause(0.004)
        local product = assert((math.random() < 0.5 and reader or writer).product:get_product(PART))
        -- what was there before, or is now: nothing older
        local number = tonumber(product.name:match("%d+$"))
        assert(round == 1 or number == round or number == round - 1, product.name)
        return true
      end
      local function write()
        pause(0.004)
        record.name = new
        assert(writer.product:update_product(record))
        assert.equal(new, reader.product:get_product(PART).name)
        return true
      end
      for _, result in ipairs(wats.run(wats.gather, { read, read, write, read })) do
        if not result.ok then error(("seed %d, round %d: %s"):format(seed, round, result.err)) end
      end
      assert.equal(new, reader.product:get_product(PART).name)
      assert.equal(new, writer.product:get_product(PART).name)
    end
    assert.is_true(reader.cache:stats().hits >= ROUNDS)
    assert.is_true(reader.cache:stats().invalidations > 0)
  end)
end)
