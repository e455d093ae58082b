-- The internal calls on processes, as the sandbox answers them.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

describe("sandbox processes", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)
  local BASE = "/api/internal/Process/"
  local REFERER = { Referer = "http://127.0.0.1/" }

  local function get(path)
    local response = box:request("GET", BASE .. path, { headers = REFERER })
    return cjson.decode(response.body), response.status
  end

  it("come in full, inactive ones too", function()
    assert(box.sandbox:seed { processes = { { code = 9, name = "Old", isWipOperation = true,
      state = 0 } } })
    local list = get("GetProcesses")
    assert.equal(7, #list)
    local one = list[7]
    assert.same({ 9, "Old", 0, true, false },
      { one.Code, one.Name, one.State, one.IsWIPOperation, one.IsTestOperation })
    assert.same(one, (get("GetProcess/" .. one.ProcessID:upper())))
    local _, status = get("GetProcess/00000000-0000-0000-0000-000000000000")
    assert.equal(404, status)
    _, status = get("GetProcess/" .. ("0"):rep(8))
    assert.equal(400, status)
  end)

  it("that repair have categories with codes, under ids that stay", function()
    local configs = get("GetRepairOperations")
    assert.truthy(configs["500"] and configs["510"])
    assert.is_nil(configs["100"])
    local first = configs["500"].Categories[1]
    assert.same({ "Component", false, 1 }, { first.Description, first.Selectable, first.Status })
    assert.is_true(first.Failcodes[1].Selectable)
    assert.same({}, first.Failcodes[1].Failcodes)
    assert.equal("Wrong value", first.Failcodes[3].Failcodes[1].Description)
    local seen = {}
    local function unique(node)
      assert.is_nil(seen[node.GUID])
      seen[node.GUID] = true
      assert.matches("^%x+%-%x%x%x%x%-4%x%x%x%-8%x%x%x%-%x+$", node.GUID)
      for _, below in ipairs(node.Failcodes) do unique(below) end
    end
    for _, config in pairs(configs) do
      for _, node in ipairs(config.Categories) do unique(node) end
    end
    assert(box.sandbox:reset())
    assert.same(configs, (get("GetRepairOperations")))
  end)

  it("that repair are had alone, by the right id and of a known process", function()
    local id
    for _, one in ipairs(get("GetProcesses")) do
      if one.Code == 500 then id = one.ProcessID end
    end
    local config = get("GetRepairOperation/" .. id .. "?processCode=50")
    assert.equal("Repair", config.Description)
    local _, status = get("GetRepairOperation/" .. id .. "?processCode=51")
    assert.equal(400, status)
    _, status = get("GetRepairOperation/" .. get("GetProcesses")[1].ProcessID)
    assert.equal(404, status)
  end)
end)
