-- The classes for editors are what the tool makes of the API's descriptions.

package.path = "./tools/?.lua;" .. package.path
local helper = require("spec.tools.helper")
local openapi = require("openapi")
local operations = require("wats.operations")
local record_names = require("record_names")
local tool = require("tools.types")

local public = openapi.read("../shared/wats/openapi_public_v3.json")
local internal = openapi.read("../shared/wats/openapi_internal_v3.json")

local SMALL = openapi.parse [[{"paths":{"/api/A":{"get":{"responses":{"200":{"content":
  {"application/json":{"schema":{"$ref":"#/components/schemas/N.Product.Thing"}}}}}}}},
  "components":{"schemas":{"N.Product.Thing":{"type":"object","required":["id"],"properties":{
    "id":{"type":"string","format":"uuid"},"at":{"type":"string","format":"date-time"},
    "kind":{"type":"integer","enum":[0,1]},"kinds":{"type":"array","items":
      {"type":"integer","enum":[0,1]}},"self":{"$ref":"#/components/schemas/N.Product.Thing"},
    "list":{"type":"array","items":{"$ref":"#/components/schemas/N.Product.Thing"}},
    "map":{"type":"object","additionalProperties":{"type":"number"}},
    "any":{"type":"object"},"yes":{"type":"boolean"}}}}}}]]

describe("the classes for editors", function()
  it("have the fields of the schema, with their types", function()
    local none = openapi.parse('{"paths":{}}')
    local text = tool.files({}, SMALL, none)["lua/wats/types/product.lua"]
    assert.equal([[
---@class wats.record.Thing
---@field any? any
---@field at? string  ISO 8601
---@field id string  UUID
---@field kind? 0|1
---@field kinds? (0|1)[]
---@field list? wats.record.Thing[]
---@field map? table<string, number>
---@field self? wats.record.Thing
---@field yes? boolean
]], text:match("%-%-%-@class.*$"))
    assert.matches("^%-%-%-@meta _\n", text)
  end)

  it("are called by the last part of the name, made unlike where two share it", function()
    local models = "Virinco.WATS.Web.Dashboard.Models."
    for long, name in pairs {
      [models .. "Mes.Asset.Asset"] = "Asset", [models .. "Mes.Asset.OData.Asset"] = "ODataAsset",
      [models .. "OData.Asset"] = "HeaderAsset", [models .. "OData.ReportHeader"] = "ReportHeader",
      ["Virinco.WATS.Web.Models.RootCause.Attachment"] = "TicketAttachment",
      ["Virinco.WATS.Web.Models.RootCause.Ticket"] = "Ticket",
      [models .. "DataAccess.WATS_UUTMisc"] = "UUTMisc",
    } do assert.equal(name, record_names.of(long)) end
    assert.equal("InternalUnit", record_names.of(models .. "Mes.Production.Unit", true))
  end)

  it("have not drifted", function()
    if not public or not internal then return pending("needs ../shared/wats") end
    local files = tool.files(operations.list, public, internal)
    assert.is_true(tool.write(files, true))
    -- and there is none besides
    local _, listing = helper.sh("ls lua/wats/types")
    for name in listing:gmatch("%S+") do assert.is_string(files["lua/wats/types/" .. name]) end
  end)

  it("name all keys of client:call", function()
    assert.is_true(tool.write(tool.files(operations.list), true))
  end)

  it("are loaded by nothing, and do no harm where they are", function()
    local _, listing = helper.sh("ls lua/wats/types")
    for name in listing:gmatch("(%S+)%.lua") do
      assert.is_true(require("wats.types." .. name))
    end
    local ok, found = helper.sh("grep -rn 'require.*wats%.types' lua || true")
    assert.is_true(ok)
    assert.equal("", found)
  end)
end)
