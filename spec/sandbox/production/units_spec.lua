-- Units, children, phases and workflow in the sandbox, as they go over the wire.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

describe("sandbox units", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function send(method, path, ...)
    local response = box:request(method, path .. sandboxes.query({ ... }))
    return response.status, response.body
  end

  local function put(units)
    local response = box:request("PUT", "/api/Production/Units", { json = units })
    return response.status, cjson.decode(response.body)
  end

  local function unit(serial, fields)
    local record = { serialNumber = serial, partNumber = "PCBA-100", revision = "A" }
    for name, value in pairs(fields or {}) do record[name] = value end
    assert.equal(200, (put { record }))
  end

  local function get(serial)
    return box:get_json("/api/Production/Unit/" .. serial .. "/PCBA-100")
  end

  it("have the tags that stand in their xmlData", function()
    unit("S", { xmlData = '<Root><Lot Value="7&amp;8"/></Root>' })
    local tag = get("S").tags[1]
    assert.same({ "Lot", "7&8" }, { tag.key, tag.value })
    local status, reply = put { { serialNumber = "S", partNumber = "PCBA-100", xmlData = "<Ro" } }
    assert.equal(400, status)
    assert.is_table(reply.ModelState["[0].xmlData"])
  end)

  it("are put, with all members of the record", function()
    local status, list = put { { serialNumber = "S", partNumber = "PCBA-100" } }
    assert.equal(200, status)
    assert.equal(cjson.null, list[1].revision)
    assert.equal(cjson.null, list[1].parentSerialNumber)
    local body = box:get("/api/Production/Unit/S/PCBA-100").body
    assert.matches('"tags":[],', body, 1, true)
    assert.matches('"subUnits":[]}', body, 1, true)
  end)

  it("that are faulty are told by field, all of them at once", function()
    local status, reply = put {
      { serialNumber = "S", partNumber = "none" }, { partNumber = "PCBA-100" },
      { serialNumber = "S", partNumber = "PCBA-100", unitPhaseId = 7, processCode = "x" },
    }
    assert.equal(400, status)
    local fields = {}
    for field in pairs(reply.ModelState) do fields[#fields + 1] = field end
    table.sort(fields)
    assert.same({ "[0].partNumber", "[1].serialNumber", "[2].processCode", "[2].unitPhaseId" },
      fields)
    assert.equal(404, box:get("/api/Production/Unit/S/PCBA-100").status)
  end)

  it("change in the feed, but for what it does not tell of", function()
    unit("S")
    unit("S", { currentLocation = "Oslo" })
    assert.same({}, box:get_json("/api/Production/Units/Changes?maxCount=10"))
    unit("S", { revision = "B" })
    unit("S", { revision = "B" })
    assert.equal(200, (send("PUT", "/api/Production/SetUnitPhase", "serialNumber", "S",
      "partNumber", "PCBA-100", "phase", "16")))
    local changes = box:get_json("/api/Production/Units/Changes?maxCount=10")
    assert.same({ 2, "B", 2, 16 }, { #changes, changes[1].newRevision, changes[1].newUnitPhaseId,
      changes[2].newUnitPhaseId })
    assert.equal(200, (send("DELETE", "/api/Production/Units/Changes/1")))
    assert.equal(404, (send("DELETE", "/api/Production/Units/Changes/1")))
    assert.equal(400, (send("GET", "/api/Production/Units/Changes", "maxCount", "0")))
  end)

  it("have processes that there are", function()
    unit("S")
    local path = "/api/Production/SetUnitProcess"
    assert.equal(200, (send("PUT", path, "serialNumber", "S", "partNumber", "PCBA-100",
      "processName", "Burn In test")))
    assert.equal("90", get("S").processCode)
    local status, body = send("PUT", path, "serialNumber", "S", "partNumber", "PCBA-100",
      "processName", "x")
    assert.equal(400, status)
    assert.matches("no process 'x'", body)
  end)

  it("are built into each other by the rules", function()
    for _, serial in ipairs { "P", "C", "D" } do unit(serial, { unitPhaseId = 16 }) end
    local function add(parent, child, part, revision)
      return send("POST", "/api/Production/AddChildUnit", "parentSerialNumber", parent,
        "parentPartNumber", "PCBA-100", "childSerialNumber", child, "childPartNumber", "PCBA-100",
        "checkPartNumber", part or "PCBA-100", "checkRevision", revision or "A")
    end
    assert.equal(400, (add("P", "C", "", "")))
    assert.equal(400, (add("P", "C", "PSU-24V-5A")))
    assert.equal(400, (add("P", "C", "PCBA-100", "B")))
    assert.equal(400, (add("P", "P")))
    assert.equal(404, (add("P", "none")))
    assert.equal(200, (add("P", "C")))
    assert.equal(409, (add("P", "C")))
    assert.equal(200, (add("C", "D")))
    assert.equal(400, (add("D", "P"))) -- a circle
    assert.equal("D", get("P").subUnits[1].subUnits[1].serialNumber)
    assert.equal("C", get("D").parentSerialNumber)
    local remove = "/api/Production/RemoveChildUnit"
    local names = { "parentSerialNumber", "P", "parentPartNumber", "PCBA-100",
      "childSerialNumber", "D", "childPartNumber", "PCBA-100" }
    assert.equal(400, (send("POST", remove, table.unpack(names))))
    names[6] = "C"
    assert.equal(200, (send("POST", remove, table.unpack(names))))
    assert.same({}, get("P").subUnits)
  end)

  it("may be built in in the phase that the revision's tag names", function()
    local product = box:get_json("/api/Product/PCBA-100")
    product.revisions[1].xmlData = '<Root><PhaseFinalized Value="In storage"/></Root>'
    assert.equal(200, box:request("PUT", "/api/Product", { json = product }).status)
    unit("P")
    for phase, status in pairs { [16] = 400, [1024] = 200 } do
      unit("C" .. phase, { unitPhaseId = phase })
      assert.equal(status, (send("POST", "/api/Production/AddChildUnit", "parentSerialNumber", "P",
        "parentPartNumber", "PCBA-100", "childSerialNumber", "C" .. phase, "childPartNumber",
        "PCBA-100", "checkPartNumber", "PCBA-100", "checkRevision", "A")))
    end
  end)

  it("are named by the serial number alone while it is the only one", function()
    unit("S")
    local path = "/api/Production/CheckChildUnits"
    local names = { "parentSerialNumber", "S", "parentPartNumber", "" }
    assert.equal(200, (send("GET", path, table.unpack(names))))
    unit("S", { partNumber = "PSU-24V-5A" })
    local status, body = send("GET", path, table.unpack(names))
    assert.equal(404, status)
    assert.matches("several", body)
  end)

  it("have a workflow that stands at one test", function()
    unit("S")
    local function step(name, ...)
      local status, body = send("GET", "/api/Workflow/" .. name, "serialNumber", "S", "partNumber",
        "PCBA-100", ...)
      assert.equal(200, status)
      return body
    end
    assert.equal("false", step("EndTest"))
    assert.equal("false", step("StartTest", "status", "1"))
    assert.equal("true", step("StartTest"))
    assert.equal("true", step("EndTest", "passed", "false"))
    assert.equal("true", step("StartTest", "status", "2"))
    assert.equal("true", step("EndTest"))
    assert.equal("false", step("StartTest"))
    assert.equal(404, (send("GET", "/api/Workflow/StartTest", "serialNumber", "x", "partNumber",
      "PCBA-100")))
  end)

  it("that are there before the sandbox begins anew are gone then", function()
    unit("S")
    assert(box.sandbox:reset())
    assert.equal(404, box:get("/api/Production/Unit/S/PCBA-100").status)
  end)
end)
