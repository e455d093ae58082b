-- Fields that the format knows and the builder had no word for: whoever moved to it lost them.
local report = require("wats.report")

local function new()
  return report.uut({ part_number = "P", serial_number = "S", revision = "", process_code = 10 },
    { name = "ICT-01" })
end

describe("the builder has a word for", function()
  it("how the number of an interactive run is shown, and whether a step failed its sequence",
    function()
      local uut = new()
      local step = uut:pass_fail { name = "a", passed = false, interactive_exe_num = 2,
        interactive_exe_num_format = "%d", caused_seq_failure = true }
      assert.equal("%d", step.interactiveExeNumFormat)
      assert.is_true(step.causedSeqFailure)
      -- a note, no more: a failure climbs whatever is said of it
      uut:sequence("s"):pass_fail { name = "b", passed = false, caused_seq_failure = false }
      assert.equal("F", uut:finish())
      assert.equal("F", uut:find_step("s").status)
    end)

  it("the rest of a misc info", function()
    local uut = new():misc("Cycles", 7, { numeric_format = "%05d", typedef = "count" })
    assert.same({ { description = "Cycles", numeric = 7, numericFormat = "%05d",
      typedef = "count" } }, uut.record.miscInfos)
    local uur = report.uur({ uut = uut }, { name = "REP-01" })
      :misc("Field", "x", { id = "33A2D408-3FC8-480B-B554-6866C77FD91C" })
    assert.equal("33a2d408-3fc8-480b-b554-6866c77fd91c", uur.record.miscInfos[1].id)
    for problem, wanted in pairs {
      ["only a repair report has an \"id\" here"] = { id = uut.id },
      ["must be a uuid"] = { id = "7" },
      ["at most 30 characters"] = { typedef = ("x"):rep(31) },
      ["did you mean \"typedef\"?"] = { typdef = "x" },
      ["a table of options expected, got string"] = "%d",
    } do
      local ok, message = pcall(function() uut:misc("a", 1, wanted) end)
      assert.is_false(ok)
      assert.matches("202.*spec.lua:%d+: bad argument #3 to 'misc' ", message)
      assert.matches(problem, message, 1, true)
    end
    assert.equal(1, #uut.record.miscInfos)
  end)

  it("how the uses of an asset are shown", function()
    local uut = new():asset("A", 2, { usage_count_format = "%d" }):asset("A")
    assert.same({ { assetSN = "A", usageCount = 3, usageCountFormat = "%d" } }, uut.record.assets)
    local ok, message = pcall(function() uut:asset("A", 1, { format = "%d" }) end)
    assert.is_false(ok)
    assert.matches("202.*spec.lua:%d+: bad argument #3 to 'asset' %(unknown option \"format\"",
      message)
    assert.equal(3, uut.record.assets[1].usageCount)
  end)

  it("what is said of a value in additional data", function()
    local property = report.property
    local uut = new():additional_data("Cal", {
      gain = property(1.5, { comment = "at 20 C", num_format = "%.1f", flags = 4 }),
      poles = property({ 1, property(2, { comment = "weak" }) }, { comment = "two" }),
    })
    local gain, poles = table.unpack(uut.record.additionalData[1].props)
    assert.same({ name = "gain", type = "Number", value = "1.5", comment = "at 20 C",
      numFormat = "%.1f", flags = 4 }, gain)
    assert.equal("two", poles.comment)
    assert.same({ type = "Number", value = "2", comment = "weak" }, poles.array.indexes[2].value)
    assert.is_true(uut:validate())
    for problem, call in pairs {
      ["property: unknown option \"coment\" (did you mean \"comment\"?)"] =
        function() property(1, { coment = "x" }) end,
      ["additional_data: Cal must be a table of values by name"] =
        function() uut:additional_data("Cal", property { a = 1 }) end,
      ["additional_data: Cal.x must be text, number, boolean or table, got nil"] =
        function() uut:additional_data("Cal", { x = property(nil) }) end,
    } do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.matches("202[^\n]*spec.lua:%d+: ", message)
      assert.matches(problem, message, 1, true)
    end
  end)
end)

describe("the judge looks at", function()
  it("these fields, and at those that a server adds", function()
    local uut = new():additional_data("d", { l = { 1 } })
    uut:action("a")
    uut:finish()
    local record = uut.record
    record.productName, record.origin, record.root.steps[1].interactiveExeNumFormat = 1, 2, 3
    local property = record.additionalData[1].props[1]
    property.flags, property.array.dimension, property.array.type = "a", "b", 4
    property.array.indexes[1].text, property.array.indexes[1].indexes = 5, { "x", 1.5 }
    local _, problems = uut:validate()
    local at = "additionalData[0].props[0]."
    assert.same({
      "productName: must be a string, not a number", "origin: must be a string, not a number",
      at .. "flags: must be a whole number", at .. "array.dimension: must be a whole number",
      at .. "array.type: must be a string, not a number",
      at .. "array.indexes[0].text: must be a string, not a number",
      at .. "array.indexes[0].indexes[0]: must be a whole number",
      at .. "array.indexes[0].indexes[1]: must be a whole number",
      "root.steps[0].interactiveExeNumFormat: must be a string, not a number",
    }, problems)
  end)
end)
