-- examples/cache: each is short, runs as it stands, and prints the figures that it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local LUA = os.getenv("LUA") or "lua5.4"

local PRINTED = {
  basic = [[
look-up 1: status 200, miss (not stored)
look-up 2: status 200, hit (fresh)
look-up 3: status 200, hit (fresh)
domain call: Controller board
exchanges with the server: 1
explained: hit, ttl of 300 s
version: bypass (live operation)
version: bypass (live operation)
exchanges with the server: 3
]],
  statistics = [[
at first                   requests  0  hits  0  misses 0  hit rate 0 %  stored 0 of 2
one look-up                requests  1  hits  0  misses 1  hit rate 0 %  stored 1 of 2
nine more                  requests 10  hits  9  misses 1  hit rate 90 %  stored 1 of 2
two others                 requests 12  hits  9  misses 3  hit rate 75 %  stored 2 of 2
one asked for again        requests 13  hits  9  misses 4  hit rate 69 %  stored 2 of 2
stores 4, revalidations 1, evictions 1, expirations 0, invalidations 0
bytes in use: some
wats_http_cache_hits_total 9
wats_http_cache_misses_total 4
]],
  invalidation = [[
stored:
  /api/Product/PCBA-100    hit
  /api/Product/Query       hit
  /api/App/ProductGroups   hit
  /api/App/Processes       hit
after a product was written:
  /api/Product/PCBA-100    miss
  /api/Product/Query       miss
  /api/App/ProductGroups   miss
  /api/App/Processes       hit
read back: Controller board, revised
refused: invalid
after a write that was refused:
  /api/Product/PCBA-100    hit
  /api/Product/Query       hit
  /api/App/ProductGroups   hit
  /api/App/Processes       hit
no answer: connection
after a write that nobody answered:
  /api/Product/PCBA-100    miss
  /api/Product/Query       miss
  /api/App/ProductGroups   miss
  /api/App/Processes       hit
]],
  control = [[
only, when it is not there:        504 miss
as ever:                           200 miss
again:                             200 hit
past the cache:                    200 bypass
asked for in any case:             200 revalidated
only:                              200 hit
the version:                       200 miss
not older than five seconds:       200 hit
the version as it is:              200 bypass
a domain that is not cached:       200 bypass
processes:                         200 miss
they live for 7200 s
stored:
  GET /api/App/Processes
  GET /api/App/Version
  GET /api/Product/PCBA-100
dropped below /api/Product: 1
so it is asked for:                200 miss
after clear: 0 stored
without a cache: bypass, bypass
]],
  comparison = [[
without a cache: 50 exchanges for 25 units
with a cache:    2 exchanges for 25 units
that is 96 % fewer, and at least five times as fast
25 at the same time: 1 exchange
]],
  expiry = [[
asked:                     miss (not stored)
again:                     hit (fresh)
it lives for 1 s by ttl
when its time is over:     revalidated (stale)
body bytes sent for that: 0
levels live for 3600 s by ttl
the server says a minute:  miss (not stored)
it lives for 60 s by max-age
until about a minute from now
the server says no-store:  miss (answer says no-store)
again:                     miss (answer says no-store)
]],
}

describe("examples/cache", function()
  local it = needs.sandbox(it, pending)

  for name, printed in pairs(PRINTED) do
    it(name .. ".lua prints what it should", function()
      local ok, output = helper.sh(("timeout 60 %s examples/cache/%s.lua"):format(LUA, name))
      assert.equal(printed, output)
      assert.is_true(ok)
    end)

    it(name .. ".lua is short", function()
      local lines = 0
      for _ in io.lines("examples/cache/" .. name .. ".lua") do lines = lines + 1 end
      assert.is_true(lines < 60)
    end)
  end

  -- decorator.lua has a spec of its own
  it("is all that is shown here", function()
    local pipe = io.popen("ls examples/cache | grep -v '^decorator.lua$'")
    for file in pipe:lines() do assert.is_string(PRINTED[file:match("^(.*)%.lua$")], file) end
    pipe:close()
  end)
end)
