-- How the option `query` becomes the query of a URL.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

local blamed = support.blamed

describe("the option query", function()
  local server, client

  setup(function()
    server = raw_servers.start(raw_servers.always(raw_servers.answer(200)))
    client = support.connect(server)
  end)

  teardown(function() server:stop() end)

  local function query(value)
    assert(client:get("/x", { query = value, cache = "bypass" }))
    return server:last().target:match("^/x%??(.*)$")
  end

  it("is sorted by name, byte by byte", function()
    assert.equal("A=1&B=2&a=3&b=4&b1=5", query { b = 4, a = 3, B = 2, A = 1, b1 = 5 })
    local many = {}
    for i = 1, 300 do many[("n%03d"):format(i * 7 % 300)] = i end
    local names, last = query(many), ""
    for name in names:gmatch("(n%d+)=") do
      assert.is_true(last < name)
      last = name
    end
    assert.equal("n299", last)
  end)

  it("encodes all but unreserved characters, in names and values", function()
    assert.equal("%24filter=a%20eq%20%27b%27", query { ["$filter"] = "a eq 'b'" })
    assert.equal("a=%26%3D%3F%23%2B%25%2F", query { a = "&=?#+%/" })
    assert.equal("a=-._~azAZ09", query { a = "-._~azAZ09" })
    assert.equal("a%26b%3D=c", query { ["a&b="] = "c" })
    assert.equal("q=%C3%B8%E2%82%AC%F0%9F%98%80", query { q = "ø€😀" })
    assert.equal("q=%00%0D%0A%FF", query { q = "\0\r\n\255" })
    assert.equal("a%00b=1", query { ["a\0b"] = 1 })
  end)

  it("has an empty value for the empty text, and none for nothing", function()
    assert.equal("a=", query { a = "" })
    assert.equal("=1", query { [""] = 1 })
    assert.equal("", query {})
    assert(client:get("/x", { query = {}, cache = "bypass" }))
    assert.equal("/x", server:last().target)
  end)

  it("repeats the name for a list, in the list's order", function()
    assert.equal("a=3&a=1&a=2&b=x", query { b = "x", a = { 3, 1, 2 } })
    assert.equal("a=true&a=x%20y&a=1.5", query { a = { true, "x y", 1.5 } })
    assert.equal("b=1", query { a = {}, b = 1 })
  end)

  it("writes booleans and numbers as the server reads them", function()
    assert.equal("a=true&b=false", query { a = true, b = false })
    assert.equal("a=9223372036854775807&b=-9223372036854775808&c=0",
      query { a = math.maxinteger, b = math.mininteger, c = 0 })
    assert.equal("a=0.1&b=1e300&c=3.0", query { a = 0.1, b = 1e300, c = 3.0 })
    assert.equal("a=0.30000000000000004", query { a = 0.1 + 0.2 })
  end)

  it("raises at the caller's line for what has no such form", function()
    for _, wrong in ipairs { 0 / 0, 1 / 0, -1 / 0 } do
      assert.equal("query.a: a number that is not finite",
        blamed(function() client:get("/x", { query = { a = wrong } }) end))
      assert.equal("query.a: a number that is not finite",
        blamed(function() client:get("/x", { query = { a = { 1, wrong } } }) end))
    end
    for _, wrong in ipairs { print, io.stdout, coroutine.create(print) } do
      assert.equal("query.a: string, number, boolean or a list of them expected, got "
        .. type(wrong), blamed(function() client:get("/x", { query = { a = wrong } }) end))
    end
    assert.matches("list of them expected, got table",
      blamed(function() client:get("/x", { query = { a = { {} } } }) end))
    assert.equal("query.a: a list expected, got a table with other keys",
      blamed(function() client:get("/x", { query = { a = { b = 1 } } }) end))
    assert.equal("query: names are strings, got a number",
      blamed(function() client:get("/x", { query = { "a" } }) end))
    assert.equal("query: table expected, got string",
      blamed(function() client:get("/x", { query = "a=1" }) end))
  end)

  it("shows names of any bytes and length on one short line", function()
    local message = blamed(function() client:get("/x",
      { query = { [("a\n"):rep(1000)] = print } }) end)
    assert.is_true(#message < 250)
    assert.falsy(message:find("%c"))
  end)

  it("calls no metamethod and is not changed by the call", function()
    local trap = setmetatable({ 1, 2 }, {
      __len = function() error("called") end, __index = function() error("called") end,
      __pairs = function() error("called") end,
    })
    local given = setmetatable({ a = trap }, getmetatable(trap))
    assert.equal("a=1&a=2", query(given))
    assert.same({ 1, 2 }, { rawget(trap, 1), rawget(trap, 2) })
  end)

  it("survives a finaliser that changes the table meanwhile", function()
    local given = {}
    for i = 1, 50 do given["n" .. i] = "v" .. i end
    local function arm()
      setmetatable({}, { __gc = function()
        for i = 1, 200 do given["m" .. i] = "w" .. i end
        for i = 1, 50 do given["n" .. i] = nil end
      end })
    end
    local pause = collectgarbage("incremental", 100, 1000)
    for _ = 1, 20 do
      arm()
      pcall(query, given)
      given = { a = 1, b = { "x", "y" }, c = ("z"):rep(1000) }
    end
    collectgarbage(pause)
    assert.equal("a=1", query { a = 1 })
  end)
end)
