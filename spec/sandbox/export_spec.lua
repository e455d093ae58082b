-- Exports of certificates in the sandbox.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")
local unzip = require("spec.support.unzip")

describe("sandbox exports", function()
  local it, box = sandboxes.open(it, pending, setup, teardown)

  local function queue(query, filter)
    return box:request("POST", "/api/Export/Certificate?headerDataOnly=true&" .. query,
      { json = filter or { serialNumber = "none" } })
  end

  it("are in the list some time after they were queued", function()
    assert(box.sandbox:reset())
    assert(box.sandbox:make_reports { count = 3, partNumber = "A" })
    assert(box.sandbox:make_reports { count = 2, partNumber = "B", failEvery = 2 })
    local response = queue("asIndividualFiles=true&email=a@b", { partNumber = "A" })
    assert.equal(200, response.status, response.body)
    local name = cjson.decode(response.body).exportFileName
    assert.equal(404, box:get("/api/Export/" .. name).status)
    assert.equal("[]", box:get("/api/Export/List").body)
    assert.same({ name }, box:get_json("/api/Export/List"))
    local _, count = unzip.read(box:get("/api/Export/" .. name .. ".zip").body)
    assert.equal(3, count)

    name = cjson.decode(queue("asIndividualFiles=false&email=a@b",
      { partNumber = "B", status = "Failed" }).body).exportFileName
    box:get("/api/Export/List")
    box:get("/api/Export/List")
    local members = unzip.read(box:get("/api/Export/" .. name).body)
    assert.matches("B M%-000002, Failed", members["certificates.pdf"])
    assert.is_nil(members["certificates.pdf"]:find("M-000001", 1, true))
  end)

  it("heed the filters that statistics heed", function()
    assert(box.sandbox:reset())
    assert(box.sandbox:make_reports { count = 2 })
    for operation, expected in pairs { ["PCBA test"] = 2, ["End of line test"] = 0 } do
      local name = cjson.decode(queue("asIndividualFiles=true&email=a@b",
        { testOperation = operation }).body).exportFileName
      box:get("/api/Export/List")
      box:get("/api/Export/List")
      assert.equal(expected, select(2, unzip.read(box:get("/api/Export/" .. name).body)), operation)
    end
  end)

  it("are refused without an email, and for what is not known", function()
    for query, field in pairs {
      ["asIndividualFiles=true"] = "email",
      ["asIndividualFiles=true&email=a@b&dimensions=asset;nothing"] = "dimensions",
      ["asIndividualFiles=true&email=a@b&numericFormat=roman"] = "numericFormat",
      ["email=a@b"] = "asIndividualFiles",
    } do
      local response = queue(query)
      assert.equal(400, response.status, query)
      assert.is_table(cjson.decode(response.body).ModelState[field], query)
    end
    assert.equal(400, queue("asIndividualFiles=true&email=a@b", { dateFrom = "x" }).status)
    assert.equal(400, queue("asIndividualFiles=true&email=a@b", { status = 5 }).status)
    assert.equal(404, box:get("/api/Export/nothing").status)
  end)
end)
