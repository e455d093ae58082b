-- What lies too deep to be written is refused where it is added: at the end of a test it would be
-- the whole report that is lost.
local report = require("wats.report")

local function nested(depth)
  local values = { v = 1 }
  for _ = 1, depth do values = { l = { values } } end
  return { r = values }
end

describe("additional results in the deepest sequence", function()
  local uut, deepest

  before_each(function()
    uut = report.uut({ part_number = "P", serial_number = "S", revision = "", process_code = 10 },
      { name = "ICT-01" })
    deepest = uut
    for i = 1, 88 do deepest = deepest:sequence("s" .. i) end
  end)

  it("are refused where JSON has no more levels for them, and add nothing", function()
    for _, name in ipairs { "action", "sequence", "loop" } do
      local ok, message = pcall(function()
        deepest[name](deepest, { name = "a", additional_results = nested(9) })
      end)
      assert.is_false(ok)
      assert.matches('205.*_spec.lua:%d+: ' .. name .. ' "a": option "additional_results" lies too '
        .. 'deep in a step that lies as deep as this$', message)
    end
    assert.equal(88, uut:count_steps())
    assert.equal(90, uut:action("x").id)
  end)

  it("are written as deep as they were taken", function()
    local taken
    for depth = 0, 9 do
      local ok = pcall(deepest.action, deepest, { name = "a", additional_results = nested(depth) })
      if ok then taken = depth end
    end
    assert.is_true(taken >= 1 and taken < 9)
    assert.is_true(uut:validate())
    local read = assert(report.parse(uut:to_json()))
    assert.equal(89 + taken, read:count_steps())
  end)
end)
