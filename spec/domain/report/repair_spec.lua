-- client.report:uur against a server that judges it: alone, from a test that was fetched, and by
-- the queue.
local folders = require("spec.support.folder")
local sandboxes = require("spec.support.sandbox")
local needs = require("spec.support.needs")
local wats = require("wats")

describe("a repair that is sent", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local box, client

  setup(function()
    box = sandboxes.start()
    client = assert(wats.connect { base_url = box.sandbox.url, token = box.token,
      station = { name = "REP-01", purpose = "Repair" }, cache = false })
  end)

  teardown(function()
    client:close()
    box:stop()
  end)

  local function tested()
    local uut = client.report:uut { part_number = "PCBA-100", serial_number = "SN-1",
      revision = "B", process_code = 50 }
    uut:numeric { name = "5V", value = 5.5, high = 5.2 }
    uut:sub_unit { part_number = "PSU", serial_number = "PSU-1" }
    local loop = uut:loop { name = "retry", decides = "last" }
    loop:pass_fail { passed = false }
    loop:pass_fail { passed = true }
    uut:chart { name = "c", series = { { name = "s", y = { 1, 0 / 0 } } } }
    uut:numeric { name = "open", value = 1 / 0, low = 1 }
    assert(client.report:submit(uut))
    return uut.id
  end

  it("is taken, and found by the test's id", function()
    local id = tested()
    local test = assert(client.report:get_report(id))
    assert.is_true(test:validate())
    local uur = client.report:uur { uut = test, operator = "ola" }
      :failure { category = "Component", code = "Defective component", step = "5V",
        attachments = { { name = "a.txt", data = "abc" } } }
      :attachment { name = "b.txt", data = "defg" }
    assert(uur:validate())
    local sent = assert(client.report:submit(uur))
    assert.equal(uur.id, sent.ID:lower())
    local read = assert(client.report:get_report(uur.id))
    assert.same(uur.record.subUnits, read.record.subUnits)
    assert.is_true(read:validate())
    local bytes = assert(client.report:get_attachment(uur.id, read.record.binaryData[1].id))
    assert.equal("defg", bytes)
    local query = { filter = { partNumber = "PCBA-100" } }
    local header = assert(client.report:query_uur_headers(query))[1]
    assert.same({ id, "R", 500 }, { header.referencedUut, header.reportType, header.processCode })
  end)

  it("is refused by the server for what validate tells of", function()
    local uur = client.report:uur { uut = tested(), part_number = "PCBA-100",
      serial_number = "SN-1", revision = "B", test_process_code = 50 }
      :failure { category = "a", code = "b" }
    uur.record.subUnits[1].failures[1].code = ""
    assert.is_nil((uur:validate()))
    local sent, err = client.report:submit(uur)
    assert.is_nil(sent)
    assert.equal("invalid", err.kind)
    assert.matches("subUnits[0].failures[0].code", err.message, 1, true)
  end)

  it("with NaN as text is taken too", function()
    local uut = client.report:uut { part_number = "P", serial_number = "S", revision = "",
      process_code = 50, non_finite = "text" }
    uut:numeric { name = "open", value = 0 / 0, low = 1 }
    assert(client.report:submit(uut))
    local read = assert(client.report:get_report(uut.id))
    assert.equal("NaN", read:find_step("open").numericMeas[1].value)
    assert.equal("F", read.result)
    assert(client.report:get_report_xml(uut.id))
  end)

  it("goes through the queue", function()
    local folder = folders.new()
    local queue = assert(wats.queue.open { path = folder.path .. "/outbox.db", client = client })
    local uur = client.report:uur { uut = assert(client.report:get_report(tested())) }
      :failure { category = "Other", code = "No failure found" }
    assert.equal(uur.id, assert(queue:submit(uur)))
    assert.is_true(queue:flush(20))
    queue:close()
    assert.equal("R", assert(client.report:get_report(uur.id)).record.type)
    folder:remove()
  end)
end)
