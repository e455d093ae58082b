local report = require("wats.report")

describe("validate of a repair", function()
  local function repair()
    local uut = report.uut({ part_number = "PN-1", serial_number = "SN-1", revision = "A",
      process_code = 10, start = 1.7e9 }, { name = "ICT-01" })
    uut:sub_unit { part_number = "p", serial_number = "s" }
    return report.uur({ uut = uut, start = 1.7e9 }, { name = "REP-01" })
      :failure { category = "a", code = "b", attachments = { { name = "x", data = "y" } } }
      :attachment { name = "z", data = "" }
  end

  for problem, spoil in pairs {
    ["uur: is missing"] = function(r) r.uur = nil end,
    ["uur.processCode: is missing"] = function(r) r.uur.processCode = nil end,
    ["uur.refUUT: must be a uuid"] = function(r) r.uur.refUUT = "7" end,
    ["uur.confirmDate: is no date and time with an offset"] = function(r)
      r.uur.confirmDate = "today"
    end,
    ["subUnits: the main unit (idx 0) is missing"] = function(r) r.subUnits[1].idx = 7 end,
    ["subUnits[1].idx: is used twice"] = function(r) r.subUnits[2].idx = 0 end,
    ["subUnits[1].parentIdx: there is no unit with idx 9"] = function(r)
      r.subUnits[2].parentIdx = 9
    end,
    ["subUnits[1].replacedIdx: is the unit itself"] = function(r)
      r.subUnits[2].replacedIdx = 1
    end,
    ["sn: is not that of the main unit (idx 0)"] = function(r) r.subUnits[1].sn = "other" end,
    ["subUnits[0].failures[0].category: is empty"] = function(r)
      r.subUnits[1].failures[1].category = ""
    end,
    ["subUnits[0].failures[0].code: is missing"] = function(r)
      r.subUnits[1].failures[1].code = nil
    end,
    ["subUnits[0].failures[0].refStepId: must be a whole number"] = function(r)
      r.subUnits[1].failures[1].refStepId = 1.5
    end,
    ["subUnits[0].failures[0].attachments[0].data: is no base64"] = function(r)
      r.subUnits[1].failures[1].attachments[1].data = "?"
    end,
    ["binaryData[0].id: must be a uuid"] = function(r) r.binaryData[1].id = "1" end,
  } do
    it("finds: " .. problem, function()
      local uur = repair()
      assert.is_true(uur:validate())
      uur:finish()
      spoil(uur.record)
      local _, found = uur:validate()
      found = table.concat(found or {}, "\n")
      assert.truthy(found:find(problem, 1, true), found)
    end)
  end

  it("warns where it has no failure or no test", function()
    local uur = report.uur({ part_number = "P", serial_number = "S", revision = "",
      test_process_code = 10, start = 1.7e9 }, { name = "REP-01" })
    local _, _, warned = uur:validate()
    assert.same({ "uur.refUUT: missing: the repair belongs to no test",
      "subUnits: the repair has no failure" }, warned)
  end)
end)
