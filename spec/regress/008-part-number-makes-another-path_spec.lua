-- What stands in a part number must not change which resource is asked for.
local operations = require("wats.operations")

describe("a path parameter", function()
  it("stays one segment, whatever is in it", function()
    local operation = assert(operations.find("GET /api/Product/{partNumber}"))
    for _, value in ipairs { "A/B #1?x", "..", ".", "a%2Fb", "a\\b", "a;b", "x?y=z#w" } do
      local path = operations.build_path(operation, { partNumber = value })
      local segment = path:match("^/api/Product/([^/?#;\\]+)$")
      assert.truthy(segment, path)
      assert.falsy(segment == "." or segment == "..")
      assert.equal(value, (segment:gsub("%%(%x%x)", function(digits)
        return string.char(tonumber(digits, 16))
      end)))
    end
  end)
end)
