-- A function that remembers what it returned: what a station shows of a unit's product is put
-- together from two look-ups, once for each product and operation, however many ask at once.

local wats = require("wats")
-- A WATS server on this machine. Yours: base_url = "https://company.wats.com", and its token.
local server <close> = assert(require("wats.sandbox").spawn())
-- Without a cache of answers, so that the figures below are those of the function alone.
local client <close> = assert(wats.connect { base_url = server.url, token = server.token,
  cache = false, metrics = wats.metrics.new() })

local cache = wats.cache.new { ttl = 300, max_entries = 100 }
local computed = 0

-- Several arguments, several results; nil and an error go to the caller and are not kept.
local title = wats.cache.wrap(function(part_number, code)
  computed = computed + 1
  local product, err = client.product:get_product(part_number)
  if not product then return nil, err end
  local operation
  operation, err = client.process:get_test_operation(code)
  if not operation then return nil, err end
  return product.name, operation.name
end, { cache = cache })

local function figures(what)
  local stats = cache:stats()
  print(("%s: %d asked, %d computed, %d from the cache, %d waited for another"):format(what,
    stats.requests, computed, stats.hits, stats.joined))
end

-- Sixteen slots of a test system begin at the same moment.
local slots = {}
for i = 1, 16 do
  slots[i] = function() return title("PCBA-100", 50) end
end
for _, slot in ipairs(wats.gather(slots)) do assert(slot.ok, slot.err) end
figures("at once")

for _ = 1, 84 do assert(title("PCBA-100", 50)) end
print(table.concat({ title("PCBA-100", 50) }, ", "))
figures("later")

-- A part number that is not there (yet) is asked for again.
for _ = 1, 2 do
  local name, err = title("PCBA-999", 50)
  print(name, err.kind)
end

-- The product was renamed: what is kept for it is dropped, for just these arguments.
local product = assert(client.product:get_product("PCBA-100"))
product.name = "Controller board, new"
assert(client.product:update_product(product))
print("forgotten: " .. tostring(wats.cache.forget(title, "PCBA-100", 50)))
print((title("PCBA-100", 50)))
figures("in the end")
