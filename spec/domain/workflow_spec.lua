-- client.workflow: GETs that move a unit on.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")
local support = require("spec.support.client")
local wats = require("wats")

local asked, blamed = production.asked, support.blamed

local START, END = "/api/Workflow/StartTest", "/api/Workflow/EndTest"

describe("client.workflow", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local function service() return world.client.workflow end

  before_each(function()
    if world.client then production.unit(world.client, "S1") end
  end)

  it("begins and ends a test; one that failed may be begun again", function()
    assert.is_true(service():start_test("S1", "PCBA-100"))
    assert.is_false(service():start_test("S1", "PCBA-100"))
    assert.is_true(service():end_test("S1", "PCBA-100", false))
    assert.is_true(service():start_test("S1", "PCBA-100", { operator_name = "kari" }))
    assert.is_true(service():end_test("S1", "PCBA-100", true))
    local started, err = service():start_test("S1", "PCBA-100")
    assert.is_false(started)
    assert.is_nil(err)
    assert.is_false(service():end_test("S1", "PCBA-100", true))
  end)

  it("says who asks", function()
    assert(service():start_test("S1", "PCBA-100",
      { operator_name = "kari ø", status = "released" }))
    assert(service():end_test("S1", "PCBA-100", true, { station_name = "X/1" }))
    assert.is_false(service():start_test("S1", "PCBA-100", { station_name = false, status = 0 }))
    local journal = assert(world.sandbox:journal())
    assert.matches("operatorName=kari%%20%%C3%%B8&.*stationName=S&status=2",
      journal[#journal - 2].query)
    assert.matches("passed=true&.*stationName=X%%2F1$", journal[#journal - 1].query)
    assert.is_nil(journal[#journal].query:find("stationName", 1, true))
    assert.equal(2, service().STATUSES.released)
  end)

  it("knows no unit that is not there", function()
    for _, call in ipairs {
      function() return service():start_test("none", "PCBA-100") end,
      function() return service():end_test("none", "PCBA-100", true) end,
    } do
      local value, err = call()
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
    end
  end)

  it("takes units of any name", function()
    for _, text in ipairs(production.ODD) do
      production.unit(world.client, text)
      assert.is_true(service():start_test(text, "PCBA-100"))
      assert.is_true(service():end_test(text, "PCBA-100", false))
    end
  end)

  it("asks the server each time, two at once too", function()
    local results = wats.map({ 1, 2, 3, 4 }, function()
      return service():start_test("S1", "PCBA-100")
    end)
    local started = 0
    for i = 1, 4 do started = started + (results[i] and 1 or 0) end
    assert.equal(1, started)
    assert.equal(4, asked(world.sandbox, "GET", START))
    assert.equal(0, world.client.cache:stats().size)
  end)

  it("sends nothing a second time on its own", function()
    local client = support.connect(world, { retry = { max_attempts = 4, base_delay = 0.01 } })
    for path, call in pairs {
      [START] = function() return client.workflow:start_test("S1", "PCBA-100") end,
      [END] = function() return client.workflow:end_test("S1", "PCBA-100", true) end,
    } do
      assert(world.sandbox:clear_journal())
      for _, fault in ipairs { { drop = "after" }, { drop = "mid" } } do
        fault.path = path
        assert(world.sandbox:fault(fault))
        local value, err = call()
        assert.is_nil(value)
        assert.equal("connection", err.kind)
      end
      assert.equal(2, asked(world.sandbox, "GET", path))
    end
  end)

  it("has no word but true and false", function()
    for body, expected in pairs { ["true"] = true, ["false"] = false, ['"True"'] = true } do
      assert(world.sandbox:fault { path = START, status = 200, body = body,
        headers = { ["Content-Type"] = "application/json" } })
      assert.equal(expected, service():start_test("S1", "PCBA-100"))
    end
    for _, body in ipairs { "{}", "1", '"yes"', "", "[]", "<html>true</html>" } do
      assert(world.sandbox:fault { path = END, status = 200, body = body,
        headers = { ["Content-Type"] = "application/json" } })
      local value, err = service():end_test("S1", "PCBA-100", true)
      assert.is_nil(value)
      assert.equal("decode", err.kind)
    end
  end)

  it("raises at the caller's line, also where it is not said whether the test passed", function()
    assert.matches("^bad argument #3 to 'workflow:end_test' %(boolean expected, got nil%)",
      blamed(function() service():end_test("S1", "PCBA-100") end))
    assert.matches("^workflow:start_test: serial_number: ",
      blamed(function() service():start_test() end))
    assert.matches("^workflow:end_test: part_number: ",
      blamed(function() service():end_test("S1", "", true) end))
    assert.matches('^workflow:start_test: status: one of draft, pending, released, revoked .*'
      .. 'did you mean "released"',
      blamed(function() service():start_test("S1", "P", { status = "relesed" }) end))
    assert.matches("^workflow:start_test: sink: ",
      blamed(function() service():start_test("S1", "P", nil, { sink = print }) end))
    assert.matches("unknown option",
      blamed(function() service():start_test("S1", "P", { op = 1 }) end))
    assert.equal(1, world.asked()) -- the unit's
  end)
end)
