-- Products in the sandbox: read, create, update, query.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

describe("sandbox products", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function put(path, record)
    local response = box:request("PUT", path, { json = record })
    return response.status, cjson.decode(response.body)
  end

  local function query(...)
    local numbers = {}
    for i, row in ipairs(box:get_json("/api/Product/Query" .. sandboxes.query({ ... }))) do
      numbers[i] = row.partNumber
    end
    return numbers
  end

  it("are read with all members, revisions included", function()
    local product = box:get_json("/api/Product/PCBA-100")
    assert.equal("PCBA-100", product.partNumber)
    assert.equal(1, product.state)
    assert.is_false(product.nonSerial)
    assert.equal(cjson.null, product.xmlData)
    assert.equal("B", product.revisions[2].revision)
    assert.equal(product.productId, product.revisions[2].productId)
    assert.equal("PCBA-100", product.revisions[2].PartNumber)
  end)

  it("have revisions that are read alone", function()
    assert.equal("B", box:get_json("/api/Product/PCBA-100/B").revision)
    assert.equal(404, box:get("/api/Product/PCBA-100/Z").status)
    assert.equal(404, box:get("/api/Product/none/A").status)
  end)

  it("that are not there are a 404 with a message", function()
    local response = box:get("/api/Product/none")
    assert.equal(404, response.status)
    assert.matches("none", cjson.decode(response.body).Message)
  end)

  it("are created, with a new id, and an empty list of revisions as []", function()
    local status, product = put("/api/Product", { partNumber = "NEW-1", name = "New" })
    assert.equal(200, status)
    assert.equal(36, #product.productId)
    local response = box:get("/api/Product/NEW-1")
    assert.matches('"revisions":[],"tags":[]', response.body, 1, true)
  end)

  it("take part numbers with any characters, percent-encoded", function()
    local number = "A/B #1?x%æ"
    assert.equal(200, (put("/api/Product", { partNumber = number })))
    assert.equal(number, box:get_json("/api/Product/" .. sandboxes.encode(number)).partNumber)
  end)

  it("are updated by their id; members left out keep their value", function()
    local product = box:get_json("/api/Product/PCBA-100")
    local status, new = put("/api/Product", {
      productId = product.productId, partNumber = "PCBA-100", state = 0,
    })
    assert.equal(200, status)
    assert.equal(0, new.state)
    assert.equal(product.name, new.name)
    assert.equal(2, #new.revisions)
  end)

  it("are renamed by their id", function()
    local product = box:get_json("/api/Product/PCBA-100")
    put("/api/Product", { productId = product.productId, partNumber = "PCBA-101" })
    assert.equal(404, box:get("/api/Product/PCBA-100").status)
    assert.equal(product.productId, box:get_json("/api/Product/PCBA-101").productId)
  end)

  it("are not created twice, nor updated when they are not there", function()
    assert.equal(409, (put("/api/Product", { partNumber = "PCBA-100" })))
    assert.equal(404, (put("/api/Product", {
      productId = "00000000-0000-4000-8000-000000000000", partNumber = "X",
    })))
  end)

  it("with faults are refused, each named", function()
    local status, answer = put("/api/Product", { state = "on", name = ("x"):rep(101) })
    assert.equal(400, status)
    assert.is_string(answer.ModelState.partNumber[1])
    assert.is_string(answer.ModelState.state[1])
    assert.is_string(answer.ModelState.name[1])
    local response = box:request("PUT", "/api/Product", { body = "{" })
    assert.equal(400, response.status)
    assert.matches("text/plain", response.headers["content-type"], 1, true)
  end)

  it("get revisions, new and changed", function()
    local product = box:get_json("/api/Product/PCBA-100")
    local status, revision = put("/api/Product/Revision", {
      productId = product.productId, revision = "C", name = "Third",
    })
    assert.equal(200, status)
    assert.equal(36, #revision.productRevisionId)
    assert.equal("Third", box:get_json("/api/Product/PCBA-100/C").name)
    assert.equal(409, (put("/api/Product/Revision", {
      productId = product.productId, revision = "C",
    })))
    revision.name = "Changed"
    assert.equal(200, (put("/api/Product/Revision", revision)))
    assert.equal("Changed", box:get_json("/api/Product/PCBA-100/C").name)
    assert.equal(404, (put("/api/Product/Revision", { PartNumber = "none", revision = "A" })))
    assert.equal(400, (put("/api/Product/Revision", { PartNumber = "PCBA-100" })))
  end)

  it("are queried with $filter, $orderby and $top", function()
    assert.same({ "PCBA-100", "PSU-24V-5A", "RADIO-868" }, query())
    assert.same({ "PSU-24V-5A" }, query("$filter", "Category eq 'Power'"))
    assert.same({ "RADIO-868", "PSU-24V-5A" }, query("$orderby", "partNumber desc", "$top", "2"))
    assert.same({ "PSU-24V-5A", "RADIO-868" }, query("$skip", "1"))
    assert.equal(400, box:get("/api/Product/Query?$filter=nothing+eq+1").status)
    assert.equal(3, #query("$orderby", "nonSerial desc"))
  end)
end)
