-- The sandbox's barcode identifiers.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

describe("the sandbox's barcode identifiers", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local BASE = "/api/BarcodeIdentifiers/"

  local function put(record)
    local response = assert(box:request("PUT", BASE .. "BarcodeIdentifier", { json = record }))
    return response.status, cjson.decode(response.body)
  end

  local function identify(code)
    local response = assert(box:get(BASE .. "IdentifyBarcode" .. sandboxes.query { "code", code }))
    return response.status, cjson.decode(response.body)
  end

  it("are one at first, which parts a code at its slashes", function()
    local list = box:get_json(BASE .. "BarcodeIdentifiers")
    assert.equal(1, #list)
    local status, found = identify("1/2//4/5/6")
    assert.equal(200, status)
    assert.same({ "1", "2", cjson.null, "4", "5" }, { found.serialNumber, found.partNumber,
      found.revision, found.batchNumber, found.process })
    assert.equal(404, (identify("/2")))
    assert.equal(404, (identify("")))
  end)

  it("are tried by order, until one finds a serial number", function()
    local _, second = put { serialNumber = "^B\\d+$", revision = "x", order = 2 }
    local _, first = put { serialNumber = "(?<=^A)\\d+", partNumber = "(?i)pn\\w*", order = -1 }
    local ids = {}
    for i, identifier in ipairs(box:get_json(BASE .. "BarcodeIdentifiers")) do
      ids[i] = identifier.id
    end
    assert.same({ first.id, 1, second.id }, ids)
    local _, found = identify("A42 PNx")
    assert.same({ "42", "PNx", first.id }, { found.serialNumber, found.partNumber, found.id })
    assert.equal("B7", select(2, identify("B7")).serialNumber)
    assert.equal(200, (put { id = 1, serialNumber = "^never$", order = 9 }))
    _, found = identify("B7")
    assert.same({ "B7", cjson.null, second.id }, { found.serialNumber, found.revision, found.id })
  end)

  it("are changed by id, what is left out staying, and removed", function()
    local status, changed = put { id = 1, serialNumber = "^x+", partNumber = cjson.null }
    assert.same({ 200, "^x+", cjson.null, 1 }, { status, changed.serialNumber, changed.partNumber,
      changed.order })
    assert.is_string(changed.revision)
    assert.equal(404, (put { id = 77, serialNumber = "x" }))
    local path = BASE .. "BarcodeIdentifier/"
    assert.equal(200, box:request("DELETE", path .. "1").status)
    assert.equal(404, box:request("DELETE", path .. "1").status)
    assert.equal(404, (identify("xx")))
    local _, created = put { id = 0, serialNumber = "x" }
    assert.equal(2, created.id)
  end)

  it("are refused with an expression that cannot be read, or without one", function()
    for _, record in ipairs { {}, { serialNumber = "" }, { serialNumber = "(" },
      { serialNumber = "x", batchNumber = "*" }, { serialNumber = "x", order = "1" },
      { serialNumber = "x", id = 1.5 } } do
      local status, answer = put(record)
      assert.equal(400, status)
      assert.is_table(answer.ModelState)
    end
    assert.equal(1, #box:get_json(BASE .. "BarcodeIdentifiers"))
  end)
end)
