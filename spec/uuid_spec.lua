local core = require("wats.core")
local uuid = require("wats.uuid")

local NIL = "00000000-0000-0000-0000-000000000000"

describe("wats.uuid", function()
  it("knows a uuid in either case", function()
    for _, text in ipairs { core.uuid(), core.uuid():upper(), NIL,
      "6F9619FF-8B86-d011-b42d-00c04fc964ff" } do
      assert.is_true(uuid.is(text), text)
    end
  end)

  it("knows what is none", function()
    local good = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    for _, value in ipairs { "", "x", good .. "0", good:sub(2), " " .. good, good .. "\n",
      good .. "\0", "{" .. good .. "}", (good:gsub("%-", "")), (good:gsub("ff$", "fg")),
      "6f9619ff8-b86-d011-b42d-00c04fc964ff", "6f9619ff-8b86-d01-1b42d-00c04fc964ff", 5, true,
      {} } do
      assert.is_false(uuid.is(value), tostring(value))
    end
    assert.is_false(uuid.is(nil))
  end)
end)
