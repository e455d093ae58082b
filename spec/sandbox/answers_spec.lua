-- Each of the 212 operations has a handler, whose answer fits what the API describes.

package.path = "./tools/?.lua;" .. package.path
local json = require("wats.json")
local judge = require("spec.support.judge")
local openapi = require("openapi")
local operations = require("wats.operations")
local routers = require("wats.sandbox.router")
local schemas = require("spec.support.schema")
local servers = require("wats.sandbox.server")
local validate = require("wats.sandbox.validate")

local public = openapi.read("../shared/wats/openapi_public_v3.json")

local VALUES = {
  -- nearly all that is not more than a string to the table is an id
  string = "6f1d8a52-3c0b-4e57-9a51-2d7f0c4b8e10", uuid = "6f1d8a52-3c0b-4e57-9a51-2d7f0c4b8e10",
  integer = "1", long = "1", boolean = "true",
  datetime = "2026-01-30T12:00:00Z",
  array = "x",
}
local BODIES = {
  json = { record = "{}", list = "[]", text = '"x"' }, xml = "<a/>", binary = "x", none = "",
  multipart = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n1\r\n--b--',
}

-- A request that the table allows.
local function request_for(operation)
  local path = operation.path
  for _, parameter in ipairs(operation.path_parameters) do
    path = path:gsub("{" .. parameter.name .. "}", VALUES[parameter.type])
  end
  local query = {}
  for _, parameter in ipairs(operation.query_parameters) do
    if parameter.required then
      query[#query + 1] = parameter.name .. "=" .. VALUES[parameter.type]
    end
  end
  local body = BODIES[operation.body]
  return {
    method = operation.method, path = path, query = table.concat(query, "&"),
    body = type(body) == "table" and body[operation.body_shape] or body,
    headers = { authorization = "Basic t", referer = "http://127.0.0.1",
      ["content-type"] = operation.body == "multipart" and "multipart/form-data; boundary=b"
        or operation.body_type },
  }
end

-- What a JSON answer says that its schema does not allow.
local function misfits(operation, reply)
  return public and judge.faults(operation, reply.body) or {}
end

describe("the whole sandbox", function()
  it("has a handler for each operation, and answers that fit", function()
    local server = servers.new("t")
    for _, operation in ipairs(operations.list) do
      -- not only one that is less particular: ".../{serialNumber}" takes ".../Log" too
      assert.is_true(server.router:has(operation.method, operation.path), operation.key)
      local reply = server:handle(request_for(operation))
      local text = operation.key .. ": " .. tostring(reply.body)
      -- that a bad BOM is 500 is what the API says
      local fails = reply.status >= 500 and operation.key ~= "PUT /api/Product/BOM"
      assert.is_false(fails or reply.status == 405, text)
      assert.is_nil(text:find("No HTTP resource was found", 1, true), text)
      if reply.status == 200 then assert.same({}, misfits(operation, reply), text) end
    end
  end)
end)

describe("the judge of answers", function()
  it("fails whoever asks, where a handler makes up another kind of record", function()
    if not public then return pending("needs ../shared/wats") end
    local server = servers.new("t", nil, judge)
    server.router = routers.new(validate.check)
    local body = '{"partNumber":"A"}'
    server.router:add("GET", "/api/Product/{partNumber}", function()
      return { status = 200, headers = {}, body = body }
    end)
    local function ask()
      return server:handle({ method = "GET", path = "/api/product/A", body = "",
        headers = { authorization = "Basic t" } })
    end
    assert.equal(200, ask().status)
    body = '{"partNumber":5}'
    local stderr = io.stderr
    -- luacheck: push ignore 122
    io.stderr = { write = function() end } -- where the server tells of it too
    local reply = ask()
    io.stderr = stderr
    -- luacheck: pop
    assert.equal(500, reply.status)
    assert.matches("partNumber: string expected, got number", reply.body, 1, true)
  end)

  local small = openapi.parse [[{"paths":{},"components":{"schemas":{"A":{"type":"object",
    "required":["id"],"properties":{"id":{"type":"string","format":"uuid"},
    "at":{"type":"string","format":"date-time"},"n":{"type":"integer","enum":[1,2]},
    "more":{"type":"array","items":{"$ref":"#/components/schemas/A"}},"any":{"type":"object"},
    "map":{"type":"object","additionalProperties":{"type":"boolean"}}}}}}}]]
  local function faults(value)
    return table.concat(schemas.faults(small, { ["$ref"] = "#/components/schemas/A" }, value), "; ")
  end
  local ID = "6f1d8a52-3c0b-4e57-9a51-2d7f0c4b8e10"

  it("finds nothing where there is nothing", function()
    assert.equal("", faults { id = ID, at = "2026-01-30T12:00:00.5+01:00", n = 2, any = 5,
      more = json.array { { id = ID, more = json.array {} } }, map = { a = true }, other = 1 })
    assert.equal("", faults { id = json.null })
  end)

  it("finds what does not fit", function()
    assert.equal("answer.id: is required", faults {})
    assert.equal("answer: object expected, got string", faults("x"))
    assert.equal("answer: object expected, got table", faults(json.array {}))
    assert.equal("answer.id: no uuid: x", faults { id = "x" })
    assert.equal("answer.at: no date-time: today; answer.n: 3 is none of the enum",
      faults { id = ID, at = "today", n = 3 })
    assert.equal("answer.n: integer expected, got number", faults { id = ID, n = 1.5 })
    assert.equal("answer.more[1].id: string expected, got number; answer.more[2].id: is required",
      faults { id = ID, more = json.array { { id = 1 }, {} } })
    assert.equal("answer.map.a: boolean expected, got string",
      faults { id = ID, map = { a = "x" } })
  end)
end)
