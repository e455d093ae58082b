local wats = require "wats"

describe("wats.cache", function()
  it("is the module, with what it promises", function()
    local cache = require "wats.cache"
    assert.equal(cache, wats.cache)
    local names = {}
    for name in pairs(cache) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "forget", "new", "of", "wrap" }, names)
  end)

  it("makes caches that know nothing of each other", function()
    local a, b = wats.cache.new(), wats.cache.new {}
    a:set("k", 1)
    assert.is_false(b:has "k")
  end)

  it("makes functions of functions", function()
    local c = wats.cache.new()
    local calls = 0
    local f = wats.cache.wrap(function(...) calls = calls + 1 return ... end, { cache = c })
    assert.equal("function", type(f))
    assert.equal(2, select("#", f(1, nil)))
    assert.equal(2, select("#", f(1, nil)))
    assert.equal(c, wats.cache.of(f))
    assert.is_true(wats.cache.forget(f, 1, nil))
    f(1, nil)
    assert.equal(2, calls)
  end)

  it("remembers domain calls", function()
    local calls = 0
    local client = { product = { get_product = function(_, part_number)
      calls = calls + 1
      if part_number == "none" then return nil, "not found" end
      return { partNumber = part_number }
    end } }
    local f = wats.cache.wrap(function(part_number)
      return client.product:get_product(part_number)
    end)
    for _ = 1, 2 do
      assert.equal("PN-1", f "PN-1".partNumber)
      assert.equal("not found", select(2, f "none"))
    end
    assert.equal(3, calls)
  end)

  it("costs little where the value is there", function()
    local core = require "wats.core"
    local f = wats.cache.wrap(function(x) return x end, { ttl = 1000 })
    for i = 1, 500 do f("PN-" .. i) end
    local begun = core.monotonic()
    for _ = 1, 200 do
      for i = 1, 500 do f("PN-" .. i) end
    end
    assert.is_true(core.monotonic() - begun < 5) -- 100,000 calls; 0.05 s expected
    assert.equal(500, wats.cache.of(f):stats().misses)
  end)
end)

describe("docs/value_cache.md", function()
  local file = assert(io.open("docs/value_cache.md", "rb"))
  local text = file:read("a")
  file:close()

  -- One environment for all, as they are read; for that, locals become its fields.
  local printed
  local environment = setmetatable({ wats = wats, print = function(...)
    local list = table.pack(...)
    for i = 1, list.n do list[i] = tostring(list[i]) end
    printed[#printed + 1] = table.concat(list, " ")
  end }, { __index = _G })

  -- `...` stands for any text.
  local function pattern(said)
    return "^" .. said:gsub("%s+", " "):gsub("%.%.%.", "\0"):gsub("%p", "%%%0"):gsub("%z", ".*")
      .. "$"
  end

  local number = 0
  for example in text:gmatch("```lua\n(.-)```") do
    number = number + 1
    it(("has an example %d that prints what it says"):format(number), function()
      printed = {}
      local chunk = ("\n" .. example):gsub("\nlocal ", "\n")
      assert(load(chunk, "=example", "t", environment))()
      local lines = 0
      for said in example:gmatch("%-%->%s*([^\n]+)") do
        lines = lines + 1
        assert.matches(pattern(said), printed[lines])
      end
      assert.equal(lines, #printed)
      assert.is_true(lines > 0)
    end)
  end

  it("has examples", function() assert.equal(5, number) end)
end)
