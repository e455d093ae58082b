-- client:call: any public operation by its template.

local operations = require("wats.operations")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

local VALUES = {
  string = "A/B #1?ø", integer = 7, long = 1 << 40, boolean = true, datetime = 0,
  array = { "x", "y" }, uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
}

local BODIES = {
  json = { record = { json = { a = 1 } }, list = { json = { 1 } }, text = { json = "x" } },
  xml = { body = "<a/>" }, multipart = { multipart = { { name = "file", body = "1" } } },
  binary = { body = "bytes" },
}

local function body_for(operation)
  local body = BODIES[operation.body]
  return body and body[operation.body_shape] or body
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

describe("client:call", function()
  local server, client

  setup(function()
    server = raw_servers.start([[
      while true do
        local request = read()
        if not request then return end
        local body = '{"method":"' .. request.method .. '"}'
        if request.target:find("null", 1, true) then body = "null" end
        if request.target:find("empty", 1, true) then body = "" end
        if request.target:find("csv", 1, true) then
          send("HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 3\r\n\r\na,b")
        else
          send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " .. #body ..
            "\r\n\r\n" .. body)
        end
      end
    ]])
    client = support.connect(server, { cache = false })
  end)

  teardown(function() server:stop() end)

  it("reaches each of the operations, with every parameter in its place", function()
    local count = 0
    for _, operation in ipairs(operations.list) do
      local params = {}
      for _, list in ipairs { operation.path_parameters, operation.query_parameters } do
        for _, parameter in ipairs(list) do params[parameter.name] = VALUES[parameter.type] end
      end
      local value, err = client:call(operation.key, params, body_for(operation))
      assert.is_nil(err, operation.key .. ": " .. tostring(err))
      if operation.answer == "json" then
        assert.same({ method = operation.method }, value)
      else
        assert.equal(('{"method":"%s"}'):format(operation.method), value)
      end
      local request = server:last()
      local content_type = request.headers["content-type"]
      assert.equal(operation.body_type, content_type and content_type:match("^[^;]*"),
        operation.key)
      assert.equal(operation.accept or "application/json", request.headers.accept, operation.key)
      assert.equal(operation.method, request.method)
      local path, query = request.target:match("^([^?]*)%??(.*)$")
      -- the path is the template with one segment in place of each parameter
      local pattern = operation.path:gsub("[%-%.]", "%%%0"):gsub("{%w+}", "([^/]+)")
      local segments = { path:match("^" .. pattern .. "$") }
      assert.truthy(segments[1], operation.key .. " became " .. path)
      for i, parameter in ipairs(operation.path_parameters) do
        assert.equal(tostring(VALUES[parameter.type]), decoded(segments[i]), operation.key)
      end
      local found = {}
      for name in query:gmatch("([^&=]+)=") do found[decoded(name)] = true end
      for _, parameter in ipairs(operation.query_parameters) do
        assert.is_true(found[parameter.name], operation.key .. " lacks " .. parameter.name)
      end
      count = count + 1
    end
    assert.equal(126 + 86, count)
  end)

  it("encodes path arguments so that each stays one segment", function()
    for given, sent in pairs { ["A/B #1?x"] = "A%2FB%20%231%3Fx", [".."] = "%2E%2E", ["."] = "%2E",
      ["ø"] = "%C3%B8", ["100%"] = "100%25", ["a b"] = "a%20b", ["%2F"] = "%252F", ["..."] = "...",
      ["a\0b\r\n"] = "a%00b%0D%0A", ["a;b,c&d=e+f"] = "a%3Bb%2Cc%26d%3De%2Bf" } do
      assert(client:call("GET /api/Product/{partNumber}", { partNumber = given }))
      assert.equal("/api/Product/" .. sent, server:last().target)
      assert(client.product:get_product(given))
      assert.equal("/api/Product/" .. sent, server:last().target)
    end
  end)

  it("puts the rest into the query, beside what the caller wrote there", function()
    assert(client:call("GET /api/App/TopFailed", { partNumber = "A B", processCode = "10",
      productGroupId = "1", levelId = "2", days = 7, count = 5 }, { query = { z = 1, days = 9 } }))
    assert.equal("/api/App/TopFailed?count=5&days=7&levelId=2&partNumber=A%20B&processCode=10"
      .. "&productGroupId=1&z=1", server:last().target)
    local options = { query = { ["$top"] = 3 }, headers = { X = "y" } }
    assert(client:call("GET /api/Product/Query", { ["$filter"] = "a eq 1" }, options))
    assert.equal("/api/Product/Query?%24filter=a%20eq%201&%24top=3", server:last().target)
    assert.equal("y", server:last().headers.x)
    assert.same({ query = { ["$top"] = 3 }, headers = { X = "y" } }, options)
  end)

  it("sends a body, and obeys the options of a request", function()
    assert(client:call("PUT /api/Product", nil, { json = { partNumber = "A" } }))
    assert.equal('{"partNumber":"A"}', server:last().body)
    local _, err = client:call("GET /api/Product/{partNumber}", { partNumber = "A" },
      { max_body = 1 })
    assert.equal("too_large", err.kind)
  end)

  it("returns true for no body, not_found for null, text for what is no JSON", function()
    assert.is_true(client:call("GET /api/Product/{partNumber}", { partNumber = "empty" }))
    local value, err = client:call("GET /api/Product/{partNumber}", { partNumber = "null" })
    assert.is_nil(value)
    assert.same({ "not_found", 200, "GET", server.url .. "/api/Product/null", false },
      { err.kind, err.status, err.method, err.url, err.retryable })
    assert.is_true(client:call("PUT /api/Product", nil, { query = { null = 1 }, json = {} }))
    assert.is_true(client:call("PUT /api/Product", nil, { query = { empty = 1 }, json = {} }))
    assert.equal("a,b", client:call("GET /api/Product/{partNumber}", { partNumber = "csv" }))
  end)

  it("raises at the caller's line for what cannot be called", function()
    local message = blamed(function() client:call("GET /api/Produkt/{partNumber}") end)
    assert.matches('^client:call: unknown operation "GET /api/Produkt/{partNumber}"', message)
    assert.matches('did you mean "GET /api/Product/{partNumber}"', message)
    assert.matches('"partNumber" is missing',
      blamed(function() client:call("GET /api/Product/{partNumber}") end))
    assert.matches('"partNumber" is empty',
      blamed(function() client:call("GET /api/Product/{partNumber}", { partNumber = "" }) end))
    assert.matches('unknown parameter "partnumber" %(did you mean "partNumber"',
      blamed(function() client:call("GET /api/Product/{partNumber}", { partnumber = "A" }) end))
    assert.matches('"partNumber" must be string, got table',
      blamed(function() client:call("GET /api/Product/{partNumber}", { partNumber = {} }) end))
    assert.matches("a table of parameters expected, got string",
      blamed(function() client:call("GET /api/Product/{partNumber}", "A") end))
    assert.equal("query: table expected, got string",
      blamed(function() client:call("GET /api/Product/Query", { ["$top"] = 1 },
        { query = "a" }) end))
    for _, wrong in ipairs { false, 5, {}, print } do
      assert.equal("client:call: method and path template expected, got " .. type(wrong),
        blamed(function() client:call(wrong) end))
    end
    assert.matches("got nil", blamed(function() client:call() end))
  end)

  it("uses the label of its operation", function()
    local registry = wats.metrics.new()
    local other = support.connect(server, { metrics = registry })
    other:call("GET /api/Production/Unit/{serialNumber}/{partNumber}",
      { serialNumber = "SN/1", partNumber = "PN 1" })
    assert.matches('route="/api/Production/Unit/{serialNumber}/{partNumber}",status="200"} 1',
      registry:render())
  end)
end)

describe("wats.call.bind with the shape \"bytes\"", function()
  local server, client, get_file

  setup(function()
    server = raw_servers.start([[
      while true do
        local request = read()
        if not request then return end
        local body = request.target:match("[^/]*$")
        local status = body == "missing" and "404 Not Found" or "200 OK"
        if body == "empty" then body = "" end
        send("HTTP/1.1 " .. status .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
      end
    ]])
    client = support.connect(server, { cache = false })
    get_file = require("wats.call").bind("GET /api/Export/{fileName}", "bytes")
  end)

  teardown(function() server:stop() end)

  it("gives a file as it is, be it empty or the word null", function()
    assert.equal("null", get_file(client, "x", { fileName = "null" }))
    assert.equal("", get_file({ client }, "x", { fileName = "empty" }))
  end)

  it("gives true where a sink took it", function()
    local got
    local sink = function(chunk) got = (got or "") .. chunk end
    assert.is_true(get_file(client, "x", { fileName = "abc" }, { sink = sink }))
    assert.equal("abc", got)
  end)

  it("gives the error of any other answer", function()
    local bytes, err = get_file(client, "x", { fileName = "missing" })
    assert.is_nil(bytes)
    assert.equal("not_found", err.kind)
  end)
end)
