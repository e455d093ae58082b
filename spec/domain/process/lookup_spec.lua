-- client.process: what is made of the one list: whether, which codes and names, defaults, refresh.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("client.process", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, process

  before_each(function()
    client = box.client
    process = client.process
  end)

  -- The server has these processes, and no others.
  local function listed(list, times)
    assert(box.sandbox:fault { path = "/api/App/Processes", status = 200, times = times or 1,
      body = json.encode(json.array(list)), headers = { ["Content-Type"] = "application/json" } })
    client.cache:clear()
  end

  it("finds by code or by name where only one of them will do", function()
    assert.equal("PCBA test", assert(process:get_process_by_code(50)).name)
    assert.equal(50, assert(process:get_process_by_name("pcba TEST")).code)
    assert.equal("not_found", select(2, process:get_process_by_code(51)).kind)
    assert.equal("not_found", select(2, process:get_process_by_name("50")).kind)
    assert.equal("process:get_process_by_code: a code (integer) expected, got string",
      blamed(function() process:get_process_by_code("50") end))
    assert.equal("process:get_process_by_name: a name expected, got number",
      blamed(function() process:get_process_by_name(50) end))
  end)

  it("tells whether there is one, of a kind or of any", function()
    for name, answers in pairs {
      process_exists = { true, true, false, false },
      is_valid_test_operation = { true, false, false, false },
      is_valid_repair_operation = { false, true, false, false },
      is_valid_wip_operation = { false, false, false, false },
    } do
      for i, which in ipairs { 50, 500, 51, "none" } do
        assert.equal(answers[i], process[name](process, which), name .. tostring(which))
      end
      assert.equal(answers[1], process[name](process, "PCBA test"))
      assert.matches("^process:" .. name .. ": a code %(integer%) or a name expected, got nil",
        blamed(function() process[name](process) end))
    end
    assert(box.sandbox:seed { processes = { { code = 7, name = "Pack", isWipOperation = true } } })
    assert(process:refresh())
    assert.is_true(process:is_valid_wip_operation("pack"))
    assert.equal(2, #assert(box.sandbox:journal()))
  end)

  it("says neither yes nor no when the list cannot be had", function()
    for _, name in ipairs { "process_exists", "is_valid_test_operation",
      "is_valid_repair_operation", "is_valid_wip_operation", "list_process_codes",
      "list_process_names", "get_default_test_code", "get_default_repair_code",
      "get_default_test_operation", "get_default_repair_operation", "get_process_by_code",
      "get_process_by_name", "refresh" } do
      assert(box.sandbox:fault { path = "/api/App/Processes", status = 403 })
      local argument = 50
      if name:find("list_") or name:find("default") or name == "refresh" then argument = nil end
      if name:find("by_name") then argument = "x" end
      local value, err = process[name](process, argument)
      assert.is_nil(value, name)
      assert.equal("auth", err.kind)
    end
  end)

  it("lists codes and names", function()
    assert.same({ 10, 50, 90, 100, 500, 510 }, assert(process:list_process_codes()))
    assert.equal("SW Debug", assert(process:list_process_names())[1])
    assert.equal(6, #assert(process:list_process_names()))
    listed({ { code = 1 }, { name = "N" }, { code = "2", name = "" }, { code = 3, name = "T" } }, 2)
    assert.same({ 1, 3 }, assert(process:list_process_codes()))
    client.cache:clear()
    assert.same({ "N", "T" }, assert(process:list_process_names()))
    listed {}
    assert.is_true(json.is_array(process:list_process_codes()))
  end)

  it("has the usual codes for defaults, else the first of their kind", function()
    assert.equal(100, process:get_default_test_code())
    assert.equal(500, process:get_default_repair_code())
    assert.equal("End of line test", process:get_default_test_operation().name)
    assert.equal("Repair", process:get_default_repair_operation().name)
    listed {
      { code = 100, name = "Mend", isRepairOperation = true },
      { name = "x", isTestOperation = true },
      { code = 30, name = "First", isTestOperation = true },
      { code = 20, name = "Second", isTestOperation = true },
    }
    assert.equal(30, process:get_default_test_code())
    assert.equal("First", process:get_default_test_operation().name)
    assert.equal(100, process:get_default_repair_code())
    listed { { code = 500, name = "A test", isTestOperation = true } }
    local code, err = process:get_default_repair_code()
    assert.is_nil(code)
    assert.same({ "not_found", "the server lists no repair operation" }, { err.kind, err.message })
  end)

  it("asks anew with refresh, and finds in the cache what that brought", function()
    assert.is_false(process:process_exists(7))
    assert(box.sandbox:seed { processes = { { code = 7, name = "New", isTestOperation = true } } })
    assert.is_false(process:process_exists(7))
    assert.equal(7, #assert(process:refresh()))
    assert.is_true(process:process_exists(7))
    assert.equal("New", process:get_test_operation(7).name)
    assert.equal(2, #assert(box.sandbox:journal()))
    assert(process:refresh { cache = "default", timeout = 9 })
    assert.equal(3, #assert(box.sandbox:journal()))
  end)

  it("tells when the list was fetched, and forgets it", function()
    assert.is_nil(process:last_refresh())
    assert.equal(0, process:clear_cache())
    assert(process:get_processes())
    assert(process:get_fail_codes(500))
    local at = process:last_refresh()
    assert.is_true(math.abs(os.time() - at) < 60)
    assert.equal(2, process:clear_cache())
    assert.is_nil(process:last_refresh())
    -- by the age that the server gives it, not by when it came
    assert(box.sandbox:fault { method = "GET", path = "/api/App/Processes",
      headers = { Age = "600", ["Cache-Control"] = "max-age=3600" } })
    assert(process:get_processes())
    assert.is_true(math.abs(os.time() - 600 - process:last_refresh()) < 60)
    assert(process:get_fail_codes(500))
    assert.equal(4, #assert(box.sandbox:journal()))
    local bare = support.connect(box, { cache = false }).process
    assert(bare:get_processes())
    assert.same({ 0 }, { bare:clear_cache(), bare:last_refresh() })
  end)

  it("asks once, however many tasks look something up", function()
    local found = wats.run(function()
      return (wats.map({ 10, 50, 90, 100, 500, 510, 50, 50 }, function(code)
        return process:get_process(code)
      end))
    end)
    assert.equal(8, #found)
    found[2].name = "changed"
    assert.equal("PCBA test", found[7].name)
    assert.equal(1, #assert(box.sandbox:journal()))
  end)
end)
