-- client.process: processes by code and by name.

local boxed = require("spec.support.boxed")
local errors = require("wats.errors")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.process", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function codes(list)
    local result = {}
    for i, process in ipairs(list) do result[i] = process.code end
    return result
  end

  it("lists all, and those of each kind", function()
    assert(box.sandbox:seed {
      processes = { { code = 700, name = "Pack", isWipOperation = true } } })
    assert.same({ 10, 50, 90, 100, 500, 510, 700 }, codes(assert(client.process:get_processes())))
    assert.same({ 10, 50, 90, 100 }, codes(assert(client.process:get_test_operations())))
    assert.same({ 500, 510 }, codes(assert(client.process:get_repair_operations())))
    assert.same({ 700 }, codes(assert(client.process:get_wip_operations())))
    assert.equal(1, #assert(box.sandbox:journal()))
  end)

  it("has an empty list, marked as one, where there is none of a kind", function()
    local list = assert(client.process:get_wip_operations())
    assert.same({}, list)
    assert.is_true(json.is_array(list))
  end)

  it("finds one by code or name", function()
    assert.equal("PCBA test", client.process:get_process(50).name)
    assert.equal(50, client.process:get_process("PCBA test").code)
    assert.equal(50, client.process:get_process("pcba TEST").code)
    assert.equal(500, client.process:get_repair_operation("repair").code)
    assert.equal(10, client.process:get_test_operation(10).code)
    assert.equal(1, #assert(box.sandbox:journal()))
  end)

  it("prefers the name as it is written", function()
    assert(box.sandbox:seed { processes = {
      { code = 1, name = "pcba test", isTestOperation = true },
      { code = 2, name = "PCBA TEST", isTestOperation = true } } })
    assert.equal(50, client.process:get_process("PCBA test").code)
    assert.equal(1, client.process:get_process("pcba test").code)
    assert.equal(2, client.process:get_process("PCBA TEST").code)
    assert.truthy(client.process:get_process("PCBA tesT"))
  end)

  it("has not_found for an unknown one, and for one of another kind", function()
    for _, call in ipairs {
      function() return client.process:get_process(51) end,
      function() return client.process:get_process("none") end,
      function() return client.process:get_process("50") end,
      function() return client.process:get_process("") end,
      function() return client.process:get_test_operation(500) end,
      function() return client.process:get_repair_operation(50) end,
      function() return client.process:get_wip_operation(50) end,
    } do
      local process, err = call()
      assert.is_nil(process)
      assert.is_true(errors.is_error(err))
      assert.same({ "not_found", false, "GET", box.sandbox.url .. "/api/App/Processes" },
        { err.kind, err.retryable, err.method, err.url })
    end
    assert.equal("there is no repair operation 50 among the 2 that the server lists",
      select(2, client.process:get_repair_operation(50)).message)
    assert.equal('there is no process "none" among the 6 that the server lists',
      select(2, client.process:get_process("none")).message)
  end)

  it("says so on one short line, whatever was looked for", function()
    local _, err = client.process:get_process(("a\nø"):rep(1000))
    assert.falsy(tostring(err):find("%c"))
    assert.is_true(#err.message < 200)
    assert.truthy(utf8.len(err.message))
  end)

  it("raises at the caller's line for what is neither code nor name", function()
    for _, wrong in ipairs { 1.5, 50.0, true, {}, print } do
      assert.equal("process:get_process: a code (integer) or a name expected, got " .. type(wrong),
        blamed(function() client.process:get_process(wrong) end))
    end
    assert.matches("^process:get_wip_operation: .*got nil",
      blamed(function() client.process:get_wip_operation() end))
    assert.matches("^process:get_repair_operation: ",
      blamed(function() client.process:get_repair_operation({}) end))
    assert.matches("^process:get_test_operation: ",
      blamed(function() client.process:get_test_operation({}) end))
  end)

  it("returns the error when there is no list", function()
    for _, status in ipairs { 500, 401 } do
      for _, name in ipairs { "get_processes", "get_test_operations", "get_test_operation" } do
        assert(box.sandbox:fault { path = "/api/App/Processes", status = status })
        local value, err = client.process[name](client.process, name:find("s$") and {} or 50)
        assert.is_nil(value)
        assert.equal(status, err.status)
      end
    end
  end)

  it("minds no oddities of a list", function()
    local function seed(body)
      assert(box.sandbox:fault { path = "/api/App/Processes", status = 200, body = body,
        headers = { ["Content-Type"] = "application/json" } })
      client.cache:clear()
    end
    seed('[null, 5, "x", {}, {"code": 7}, {"name": 8}, {"code": 9, "name": null, '
      .. '"isTestOperation": 1}, {"code": 10, "name": "T", "isTestOperation": true}]')
    assert.same({ 10 }, codes(assert(client.process:get_test_operations())))
    assert.equal(7, client.process:get_process(7).code)
    assert.equal("not_found", select(2, client.process:get_process("x")).kind)
    seed '{"code": 7}'
    assert.equal("decode", select(2, client.process:get_process(7)).kind)
    seed "null"
    assert.equal("not_found", select(2, client.process:get_processes()).kind)
    seed "[]"
    assert.equal("not_found", select(2, client.process:get_process(7)).kind)
  end)

  it("hands the options on", function()
    assert(box.sandbox:seed { processes = { { code = 3, name = "Old", isTestOperation = true,
      state = 0 } } })
    assert.is_nil(client.process:get_process(3))
    assert.equal("Old", client.process:get_process(3,
      { query = { includeInactiveProcesses = true, includeTestOperations = true } }).name)
    client.process:get_processes { cache = "refresh" }
    assert.equal(3, #assert(box.sandbox:journal()))
  end)
end)
