-- client.process: the internal calls: processes in full, fail codes of repair operations.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed
local CONFIGS = "/api/internal/Process/GetRepairOperations"

describe("client.process, internal:", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, process

  before_each(function()
    client = box.client
    process = client.process
  end)

  local function configs(body)
    assert(box.sandbox:fault { path = CONFIGS, status = 200, body = body,
      headers = { ["Content-Type"] = "application/json" } })
    client.cache:clear()
  end

  it("processes in full, one and all", function()
    local all = assert(process:get_processes_detailed())
    assert.equal(6, #all)
    assert.same({ 50, "PCBA test", true, false, false, 1 }, { all[2].Code, all[2].Name,
      all[2].IsTestOperation, all[2].IsRepairOperation, all[2].IsWIPOperation, all[2].State })
    local one = assert(process:get_process_detailed(all[2].ProcessID))
    assert.same(all[2], one)
    local none, err = process:get_process_detailed("00000000-0000-0000-0000-000000000000")
    assert.is_nil(none)
    assert.same({ "not_found", 404 }, { err.kind, err.status })
    assert.matches("^process:get_process_detailed: .*\"id\" is missing",
      blamed(function() process:get_process_detailed() end))
    assert.matches("^process:get_process_detailed: .*\"id\" must be uuid, got \"\"",
      blamed(function() process:get_process_detailed("") end))
  end)

  it("an id that is no uuid raises", function()
    for _, id in ipairs { "A/B #1?x", "O'Brien", "ø", ".." } do
      assert.matches('"id" must be uuid', blamed(function() process:get_process_detailed(id) end))
    end
  end)

  it("reference data: asked for once", function()
    for _ = 1, 3 do
      assert(process:get_processes_detailed())
      assert(process:get_fail_codes(500))
      assert(process:get_repair_categories(510))
    end
    assert.equal(2, #assert(box.sandbox:journal()))
  end)

  it("the set-up of repair operations, all by code, one by id", function()
    local all = assert(process:get_repair_operation_configs())
    assert.same({ "Repair", "RMA Repair" }, { all[500].Description, all[510].Description })
    assert.is_nil(all[100])
    local id
    for _, one in ipairs(process:get_processes_detailed()) do
      if one.Code == 510 then id = one.ProcessID end
    end
    assert.same(all[510], assert(process:get_repair_operation_config(id)))
    assert.same(all[510], assert(process:get_repair_operation_config(id, 100)))
    local config, err = process:get_repair_operation_config(id, 101)
    assert.is_nil(config)
    assert.equal("invalid", err.kind)
    config, err = process:get_repair_operation_config("00000000-0000-0000-0000-000000000000")
    assert.is_nil(config)
    assert.equal("not_found", err.kind)
    assert.matches("^process:get_repair_operation_config: .*processCode.* must be integer",
      blamed(function() process:get_repair_operation_config(id, "100") end))
  end)

  it("categories, of the repair operation by code, by name, or the default", function()
    local list = assert(process:get_repair_categories(500))
    assert.equal("Component", list[1].Description)
    assert.equal("Defective component", list[1].Failcodes[1].Description)
    assert.same(list, process:get_repair_categories("repair"))
    assert.same(list, process:get_repair_categories())
    assert.not_equal(list[1].GUID, process:get_repair_categories("RMA Repair")[1].GUID)
  end)

  it("fail codes in one list, each with its category", function()
    local codes = assert(process:get_fail_codes("Repair"))
    assert.equal(12, #codes)
    assert.same({ code = "Defective component", category = "Component", failure_type = 4,
      selectable = true, status = 1, guid = codes[1].guid, category_guid = codes[1].category_guid },
      codes[1])
    local by_code = {}
    for _, code in ipairs(codes) do by_code[code.code] = code end
    assert.same({ "Component", true }, { by_code["Wrong value"].category,
      by_code["Wrong value"].selectable })
    assert.is_false(by_code["Wrong component"].selectable)
    assert.same({ "Solder bridge", "Cold joint", "No solder" },
      process:get_repair_codes(500, "Solder process"))
    assert.equal(12, #process:get_repair_codes())
    local none = assert(process:get_repair_codes(500, "solder process"))
    assert.equal("[]", json.encode(none))
  end)

  it("one fail code, by text or by id", function()
    local code = assert(process:get_fail_code(500, "Cold joint"))
    assert.equal("Solder process", code.category)
    assert.same(code, process:get_fail_code("repair", "COLD JOINT"))
    assert.same(code, process:get_fail_code(nil, code.guid:upper()))
    local none, err = process:get_fail_code(500, "bad\nluck")
    assert.is_nil(none)
    assert.same({ "not_found", 'there is no fail code "bad?luck" among the 12 of the repair '
      .. "operation", box.sandbox.url .. CONFIGS }, { err.kind, err.message, err.url })
  end)

  it("not_found where there is no such repair operation", function()
    for _, which in ipairs { 501, 100, "none" } do
      for _, name in ipairs { "get_repair_categories", "get_fail_codes", "get_repair_codes" } do
        local list, err = process[name](process, which)
        assert.is_nil(list)
        assert.equal("not_found", err.kind)
      end
      assert.equal("not_found", select(2, process:get_fail_code(which, "Cold joint")).kind)
    end
  end)

  it("errors of the server, of either call", function()
    assert(box.sandbox:fault { path = CONFIGS, status = 403 })
    assert.equal("auth", select(2, process:get_fail_codes(500)).kind)
    assert(box.sandbox:fault { path = "/api/App/Processes", status = 500 })
    assert.equal("server", select(2, process:get_fail_codes()).kind)
    assert(box.sandbox:fault { path = "/api/App/Processes", status = 500 })
    assert.equal("server", select(2, process:get_repair_codes("Repair")).kind)
    configs "[]"
    assert.equal("decode", select(2, process:get_repair_operation_configs()).kind)
  end)

  it("oddities of a tree are minded", function()
    configs('{"500":{"Categories":[null,5,{"Description":"C","GUID":"g","Failcodes":['
      .. '{"Description":"x"},7,{"Failcodes":5}]},{"Description":"D"}]},'
      .. '"x":{},"501":5,"502":{},"7.5":{}}')
    local codes = assert(process:get_fail_codes(500))
    assert.same({ { code = "x", category = "C", category_guid = "g", failure_type = 0,
      selectable = true }, { category = "C", category_guid = "g", failure_type = 0,
      selectable = true } }, codes)
    assert.equal("x", process:get_fail_code(500, "X").code)
    assert.same({}, process:get_fail_codes(502))
    assert.equal("not_found", select(2, process:get_fail_codes(501)).kind)
    local count = 0
    for _ in pairs(process:get_repair_operation_configs()) do count = count + 1 end
    assert.equal(2, count)
  end)

  it("mistakes raise at the caller's line", function()
    for _, name in ipairs { "get_repair_categories", "get_fail_codes", "get_repair_codes" } do
      assert.equal("process:" .. name
        .. ": a code (integer) or a name of a repair operation expected, got table",
        blamed(function() process[name](process, {}) end))
    end
    assert.equal("process:get_repair_codes: category: string expected, got number",
      blamed(function() process:get_repair_codes(500, 5) end))
    assert.equal("process:get_fail_code: code: string expected, got nil",
      blamed(function() process:get_fail_code(500) end))
    assert.matches("^process:get_fail_code: a code %(integer%) or a name of a repair",
      blamed(function() process:get_fail_code(5.5, "x") end))
  end)
end)
