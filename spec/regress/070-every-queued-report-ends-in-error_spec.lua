-- Reports that had been queued were handed to a function that did not exist: whatever a station put
-- into its queue ended beside it as an error, and the server never saw one.
local json = require("wats.json")
local queued = require("spec.support.queued")

describe("a queued report", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  it("reaches the server as it was, whatever form it was put in", function()
    local queue = world.open()
    local uut = world.client.report:uut { part_number = "PCBA-100", serial_number = "SN-7",
      revision = "B", process_code = 50, operator = "kari" }
    uut:sequence("Power"):numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
    local record, text = world.record(), world.text()
    local ids = { queue:submit(uut), queue:submit(record), queue:submit(text) }
    assert.equal(3, #ids)
    assert(queue:flush(world.LONG))
    assert.equal(uut:to_json(), world.at_server(ids[1]))
    assert.same(record, json.decode(world.at_server(ids[2])))
    assert.equal(text, world.at_server(ids[3]))
    local stats = queue:stats()
    assert.equal(3, stats.sent)
    assert.equal(0, stats.dead)
    assert.equal(0, stats.pending)
  end)

  it("ends as dead only where the server refuses it, and is kept with the answer", function()
    local queue = world.open()
    local bad, good = world.text { processCode = 4711 }, world.text()
    local refused, taken = assert(queue:submit(bad)), assert(queue:submit(good))
    assert(queue:flush(world.LONG))
    assert.equal("sent", queue:get(taken).state)
    local row = queue:get(refused)
    assert.equal("dead", row.state)
    assert.equal(400, row.status)
    assert.equal(bad, row.body)
    assert.matches("processCode", row.answer)
  end)
end)
