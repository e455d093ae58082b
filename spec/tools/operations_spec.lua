-- The operation table is what the API's descriptions say, and the tool that looks finds what is
-- not.

package.path = "./tools/?.lua;" .. package.path
local helper = require("spec.tools.helper")
local openapi = require("openapi")
local operations = require("wats.operations")
local tool = require("tools.operations")

local PUBLIC = "../shared/wats/openapi_public_v3.json"
local INTERNAL = "../shared/wats/openapi_internal_v3.json"

local function exists(name)
  local file = io.open(name)
  return file and file:close()
end

describe("the operation table", function()
  local function agrees(files, public, internal)
    for _, name in ipairs(files) do
      if not exists(name) then return pending("needs " .. name) end
    end
    local descriptions = {}
    for i, name in ipairs(files) do descriptions[i] = assert(openapi.read(name)) end
    local differences, compared = tool.differences(descriptions, operations.list)
    assert.same({}, differences)
    assert.same({ public = public, internal = internal }, compared)
  end

  it("has all 126 public operations as they are described", function()
    agrees({ PUBLIC }, 126, 0)
  end)

  it("has its 86 internal operations as they are described", function()
    agrees({ PUBLIC, INTERNAL }, 126, 86)
  end)
end)

-- A small API, right in all that is not changed below.
local SMALL = [[{"openapi":"3.0.0","info":{},"paths":{
"/api/Thing/{id}":{
  "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
  "get":{"operationId":"Thing_Get","tags":["Thing"],
   "description":"Takes $filter and $top.","parameters":[
    {"name":"days","in":"query","required":true,"schema":{"type":"integer","format":"int32"}},
    {"name":"size","in":"query","schema":{"type":"integer","format":"int64"}},
    {"name":"of","in":"query","schema":{"type":"string","format":"uuid"}},
    {"name":"since","in":"query","schema":{"type":"string","format":"date-time"}},
    {"name":"X-Field","in":"header","schema":{"type":"string"}}],
   "responses":{"200":{"description":"OK"}}}},
"/api/Things":{"put":{"operationId":"Thing_Put","tags":["Thing"],
   "requestBody":{"$ref":"#/components/requestBodies/Things"}}},
"/api/internal/Thing":{"post":{"operationId":"Thing_In","requestBody":{"content":
   {"application/json":{"schema":{"type":"string"}}},"required":true}}},
"/api/internal/Other":{"get":{"operationId":"Other"}}
},"components":{"requestBodies":{"Things":{"required":true,"content":{"application/json":
  {"schema":{"type":"array","items":{"$ref":"#/components/schemas/Thing"}}}}}},
"schemas":{"Thing":{"type":"object","properties":{"id":{"type":"string"}}}}}}]]

local function small_table()
  local function parameter(name, kind, required)
    return { name = name, type = kind, required = required or false }
  end
  local id = { parameter("id", "string", true) }
  return {
    { key = "GET /api/Thing/{id}", name = "Thing_Get", tag = "Thing", internal = false,
      body = "none", path_parameters = id, query_parameters = {
        parameter("days", "integer", true), parameter("size", "long"),
        parameter("of", "uuid"),
        parameter("since", "datetime"), parameter("$top", "integer"),
      } },
    { key = "PUT /api/Things", name = "Thing_Put", tag = "Thing", internal = false, body = "json",
      body_shape = "list", path_parameters = {}, query_parameters = {} },
    { key = "POST /api/internal/Thing", name = "Thing_In", tag = "Internal", internal = true,
      body = "json", body_shape = "text", path_parameters = {}, query_parameters = {} },
  }
end

describe("the tool", function()
  -- The only difference after a change to the small table or description.
  local function difference(change, text)
    local list = small_table()
    if change then change(list) end
    local differences, compared = tool.differences({ openapi.parse(text or SMALL) }, list)
    assert.equal(1, #differences, table.concat(differences, "\n"))
    return differences[1], compared
  end

  it("finds nothing where there is nothing", function()
    local differences, compared = tool.differences({ openapi.parse(SMALL) }, small_table())
    assert.same({}, differences)
    assert.same({ public = 2, internal = 1 }, compared)
  end)

  it("finds operations that are missing, and such as nobody describes", function()
    assert.equal("PUT /api/Things: is not in the table",
      (difference(function(list) table.remove(list, 2) end)))
    assert.equal("PUT /api/Thing: is not described", (difference(function(list)
      list[4] = { key = "PUT /api/Thing", internal = false }
    end)))
    -- an internal one that we do not use is nothing to us
    assert.equal("GET /api/internal/None: is not described", (difference(function(list)
      list[4] = { key = "GET /api/internal/None", internal = true }
    end)))
  end)

  it("finds a row that is there twice", function()
    assert.equal("PUT /api/Things: is in the table twice", (difference(function(list)
      list[4] = list[2]
    end)))
  end)

  it("finds OData where there is none, and none where there is", function()
    assert.equal("GET /api/Thing/{id}: it takes OData", (difference(function(list)
      table.remove(list[1].query_parameters)
    end)))
    assert.equal("PUT /api/Things: OData is not described", (difference(function(list)
      list[2].query_parameters[1] = { name = "$top", type = "integer", required = false }
    end)))
  end)

  it("knows which bodies have no schema", function()
    local text = [[{"paths":{"/api/Product/BOM":{"put":{}}}}]]
    local function bom(kind)
      return tool.differences({ openapi.parse(text) }, { { key = "PUT /api/Product/BOM",
        internal = false, body = kind, path_parameters = {}, query_parameters = {} } })
    end
    assert.same({}, (bom("xml")))
    assert.same({ "PUT /api/Product/BOM: the body is xml, not none" }, (bom("none")))
    assert.same({ "PUT /api/Product/BOM: the body is xml, not multipart" }, (bom("multipart")))
  end)

  it("finds parameters that differ", function()
    local get = "GET /api/Thing/{id}: "
    local function query(i, name, value)
      return function(list) list[1].query_parameters[i][name] = value end
    end
    assert.equal(get .. "query days is integer, not string",
      (difference(query(1, "type", "string"))))
    assert.equal(get .. "query days is required", (difference(query(1, "required", false))))
    assert.equal(get .. "query size is optional", (difference(query(2, "required", true))))
    assert.equal(get .. "query size is long, not integer",
      (difference(query(2, "type", "integer"))))
    assert.equal(get .. "query since is datetime, not string",
      (difference(query(4, "type", "string"))))
    assert.equal(get .. "query of is uuid, not string", (difference(query(3, "type", "string"))))
    assert.equal(get .. "query days is integer, not uuid",
      (difference(query(1, "type", "uuid"))))
    assert.equal(get .. "query since parameter is missing", (difference(function(list)
      table.remove(list[1].query_parameters, 4)
    end)))
    assert.equal(get .. "query until parameter is not described", (difference(function(list)
      table.insert(list[1].query_parameters, { name = "until", type = "string" })
    end)))
    local differences = tool.differences({ openapi.parse(SMALL) }, (function()
      local list = small_table()
      table.insert(list[1].query_parameters, table.remove(list[1].path_parameters))
      return list
    end)())
    assert.same({ get .. "path id parameter is missing",
      get .. "query id parameter is not described" }, differences)
  end)

  it("finds names, tags and bodies that differ", function()
    local function set(i, name, value) return function(list) list[i][name] = value end end
    assert.equal("PUT /api/Things: its name is Thing_Put, not Put",
      (difference(set(2, "name", "Put"))))
    assert.equal("PUT /api/Things: its tag is Thing, not Other",
      (difference(set(2, "tag", "Other"))))
    assert.equal("PUT /api/Things: the body is a list, not a record",
      (difference(set(2, "body_shape", "record"))))
    assert.equal("PUT /api/Things: the body is JSON, not none",
      (difference(set(2, "body", "none"))))
    assert.equal("GET /api/Thing/{id}: the body is none, not json",
      (difference(set(1, "body", "json"))))
    assert.equal("GET /api/Thing/{id}: the body is none, not binary",
      (difference(set(1, "body", "binary"))))
    assert.equal("POST /api/internal/Thing: the body is a text, not a list",
      (difference(set(3, "body_shape", "list"))))
  end)

  it("finds a body that may be left out, also where a $ref says what it is", function()
    for _, change in ipairs { { '"Things":{"required":true,', '"Things":{' },
      { '"Things":{"required":true,', '"Things":{"required":false,' } } do
      local from, to = table.unpack(change)
      local at, last = SMALL:find(from, 1, true)
      assert.equal("PUT /api/Things: the body may be left out",
        (difference(nil, SMALL:sub(1, at - 1) .. to .. SMALL:sub(last + 1))))
    end
    assert.equal("POST /api/internal/Thing: the body may be left out",
      (difference(nil, (SMALL:gsub('}},"required":true}', '}}}')))))
  end)

  it("raises for what is no description", function()
    assert.has_error(function() openapi.parse("{}") end)
    assert.has_error(function() openapi.parse("{") end)
    assert.has_error(function()
      tool.differences({ openapi.parse((SMALL:gsub("requestBodies/Things", "nowhere"))) },
        small_table())
    end)
  end)

  it("prints each difference and a line of counts, and tells by its code", function()
    local folder = helper.directory()
    helper.write(folder .. "/api.json", SMALL)
    local run = (os.getenv("LUA") or "lua5.4") .. " tools/operations.lua "
    local ok, output = helper.sh(run .. folder .. "/api.json")
    assert.is_false(ok)
    assert.matches("\nGET /api/Thing/{id}: is not in the table\n", output, 1, true)
    assert.matches("operations: 0 public, 0 internal compared, %d+ differences\n$", output)
    helper.write(folder .. "/api.json", '{"paths":{}}')
    ok, output = helper.sh(run .. folder .. "/api.json")
    assert.is_true(ok)
    assert.equal("operations: 0 public, 0 internal compared, 0 differences\n", output)
    assert.is_false((helper.sh(run .. folder .. "/none.json")))
    assert.is_false((helper.sh(run)))
    helper.remove(folder)
  end)
end)
