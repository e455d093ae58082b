-- The sandbox's product groups, vendors and categories.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

describe("the sandbox's", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function send(method, path, record)
    return assert(box:request(method, path, { json = record })).status
  end

  it("product groups take in what a filter names", function()
    local path = "/api/Product/ProductGroupFilter?productGroup=%s&partNumber=A%%2F1"
    assert.equal(200, send("POST", path:format("Power")))
    assert.equal(200, send("POST", path:format("Power") .. "&revision=B&exclude=true"))
    assert.equal(404, send("POST", path:format("none")))
    assert.equal(400, send("POST",
      "/api/Product/ProductGroupFilter?productGroup=Power&partNumber="))
    local by = "/api/Product/ProductGroupsByProduct?partNumber=A%2F1"
    assert.same({ { productGroupId = 1, productGroupName = "Power" } }, box:get_json(by))
    assert.equal(1, #box:get_json(by .. "&revision=A"))
    assert.same({}, box:get_json(by .. "&revision=B"))
  end)

  it("vendors are known by name", function()
    local path = "/api/Product/Vendors"
    assert.equal(200, send("PUT", path, { { VendorName = "A" }, { VendorName = "B" } }))
    assert.equal(200, send("PUT", path, { { VendorName = "A" } }))
    assert.same({ { VendorName = "A" }, { VendorName = "B" } }, box:get_json(path))
    assert.equal(404, send("DELETE", path, { { VendorName = "A" }, { VendorName = "C" } }))
    assert.equal(2, #box:get_json(path))
    assert.equal(200, send("DELETE", path, { { VendorName = "A" } }))
    for _, wrong in ipairs { { { name = "A" } }, { { VendorName = "" } }, { "A" } } do
      assert.equal(400, send("PUT", path, wrong))
    end
    assert.same({ { VendorName = "B" } }, box:get_json(path))
  end)

  it("categories are those of the products, and those that are saved", function()
    local path = "/api/internal/Product/GetProductCategories"
    local put = "/api/internal/Product/PutProductCategories"
    local list = box:get_json(path)
    assert.equal(3, #list)
    list[1].Name = "Other"
    assert.equal(200, send("PUT", put, { list[1], { Name = "New" } }))
    assert.equal(4, #box:get_json(path))
    assert.equal("Other", box:get_json("/api/Product/PCBA-100").productCategoryName)
    for _, wrong in ipairs { { { Name = "New" } }, { { Name = "" } }, { {} }, { "x" },
      { { Name = "X", ProductCategoryId = "no id" } },
      { { Name = "X", ProductCategoryId = "00000000-0000-0000-0000-000000000000" } } } do
      assert.equal(400, send("PUT", put, wrong))
    end
    local product = { partNumber = "N", productCategoryId = list[2].ProductCategoryId }
    assert.equal(200, send("PUT", "/api/Product", product))
    assert.equal("Power", box:get_json("/api/Product/N").productCategoryName)
    product = { partNumber = "M", productCategoryId = "00000000-0000-0000-0000-000000000000" }
    assert.equal(400, send("PUT", "/api/Product", product))
  end)

  it("bulk writes add and update, all or nothing", function()
    assert.equal(200, send("PUT", "/api/Products", { { partNumber = "N", name = "new",
      revisions = { { revision = "1" } } }, { partNumber = "PCBA-100", description = "d" } }))
    assert.equal("1", box:get_json("/api/Product/N").revisions[1].revision)
    assert.equal("Controller board", box:get_json("/api/Product/PCBA-100").name)
    assert.equal(200, send("PUT", "/api/Products/Revisions",
      { { PartNumber = "N", revision = "2" } }))
    assert.equal(2, #box:get_json("/api/Product/N").revisions)
    for path, lists in pairs {
      ["/api/Products"] = { { { partNumber = "M" }, {} }, { { partNumber = "M" }, "x" },
        { { partNumber = "M", xmlData = "<a>" } } },
      ["/api/Products/Revisions"] = { { { PartNumber = "N", revision = "3" },
        { PartNumber = "none", revision = "1" } }, { { PartNumber = "N" } } },
    } do
      for _, list in ipairs(lists) do assert.equal(400, send("PUT", path, list)) end
    end
    assert.equal(404, box:get("/api/Product/M").status)
    assert.equal(404, box:get("/api/Product/N/3").status)
  end)

  it("tags are what stands in xmlData, whatever is sent as tags", function()
    local product = box:get_json("/api/Product/PCBA-100")
    product.tags = { { key = "no", value = "1" } }
    product.xmlData = '<Root><Site Value="1"/></Root>'
    assert.equal(200, send("PUT", "/api/Product", product))
    assert.same({ { key = "Site", value = "1", change = 0 } },
      box:get_json("/api/Product/PCBA-100").tags)
    product.xmlData = "<Root>"
    local response = assert(box:request("PUT", "/api/Product", { json = product }))
    assert.equal(400, response.status)
    assert.matches("xmlData", cjson.decode(response.body).ModelState.xmlData[1])
  end)
end)
