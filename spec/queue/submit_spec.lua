-- queue:submit and queue:submit_batch: what is taken in, what is not, and that nothing is altered.

local core = require("wats.core")
local helper = require("spec.tools.helper")
local json = require("wats.json")
local queued = require("spec.support.queued")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("queue:submit", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  local function built()
    local uut = world.client.report:uut { part_number = "PCBA-100", serial_number = "SN-1",
      revision = "B", process_code = 50, operator = "kari" }
    uut:sequence("Power"):numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
    return uut
  end

  it("finishes a report, stores its text, and returns its id", function()
    local queue, uut = world.store(), built()
    local id, err = queue:submit(uut)
    assert.is_nil(err)
    assert.equal(uut.id, id)
    assert.is_true(uut.finished)
    local row = queue:get(id)
    assert.equal(uut:to_json(), row.body)
    assert.equal("ready", row.state)
    assert.equal("T", row.type)
    assert.equal(5, row.priority)
    assert.equal("PCBA-100", row.part_number)
    assert.equal("SN-1", row.serial_number)
    assert.equal(#row.body, row.size)
    assert.equal(0, row.attempts)
    assert.is_true(math.abs(row.created - core.time()) < world.LONG)
  end)

  it("takes a finished report as it is, and a record", function()
    local queue, uut = world.store(), built()
    assert.equal("P", uut:finish())
    assert.equal(uut.id, assert(queue:submit(uut)))
    local record = world.record { comment_of_ours = "kept", list_of_ours = wats.array {} }
    local id = assert(queue:submit(record))
    assert.equal(record.id, id)
    local read = json.decode(queue:get(id).body)
    assert.equal("kept", read.comment_of_ours)
    assert.same({}, read.list_of_ours)
  end)

  it("stores text byte for byte, whatever stands in it", function()
    local queue = world.store()
    for _, extra in ipairs { "", ' ,"x": "\u{1F600} æøå"', ',"x":"\\u0000\\ud83d\\ude00"',
      "  ,\n\t\"y\" : [ 1e300 , 0.1000, -0.0 ]\r\n" } do
      local id = core.uuid()
      local text = (' {"id":"%s","type":"R","pn":null%s} \n'):format(id:upper(), extra)
      assert.equal(id, assert(queue:submit(text)))
      assert.equal(text, queue:get(id:upper()).body)
    end
  end)

  it("brings every number to the server as it was measured", function()
    local queue = world.open()
    local values = { 0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 2 ^ 53 + 1, 1e22,
      math.maxinteger, math.mininteger, 123456789012345678 }
    local record = world.record { ours = values }
    local id = assert(queue:submit(record))
    assert(queue:flush(world.LONG))
    local there = json.decode(world.at_server(id)).ours
    for i, value in ipairs(values) do
      assert.equal(math.type(value), math.type(there[i]))
      assert.equal(("%q"):format(value), ("%q"):format(there[i]))
    end
  end)

  it("returns an error with all problems where it is not valid, and stores nothing", function()
    local queue, uut = world.store(), built()
    uut.record.sn = ""
    uut.record.processCode = "fifty"
    for _, report in ipairs { uut, uut.record } do
      local id, err = queue:submit(report)
      assert.is_nil(id)
      assert.equal("invalid", err.kind)
      assert.is_false(err.retryable)
      assert.equal(2, #err.problems)
      assert.matches("sn", err.message)
      assert.matches("processCode", err.message)
    end
    local _, err = queue:submit {}
    assert.equal("invalid", err.kind)
    assert.is_true(#err.problems > 5)
    assert.matches("and %d+ more$", err.message)
    assert.equal(0, queue:stats().pending)
  end)

  it("returns an error of kind decode for text that is no report", function()
    local queue = world.store()
    for _, text in ipairs { "", " ", "null", "[]", "{}", "not json", '{"id":"x","type":"T"}',
      world.text():sub(1, -2), world.text() .. "x", '{"id":"' .. core.uuid() .. '"}',
      world.text { id = "00000000-0000-0000-0000-000000000000" }, "\0", "\xff",
      '{"id":"' .. core.uuid() .. '","type":"T","x":"\0"}',
      '{"id":"' .. core.uuid() .. '","type":"T","x":"\xC3"}', ("["):rep(100000),
      world.text { type = "X" } } do
      local id, err = queue:submit(text)
      assert.is_nil(id)
      assert.equal("decode", err.kind)
      assert.is_false(err.retryable)
    end
    assert.equal(0, queue:stats().pending)
  end)

  it("raises at the caller's line for what is no report, and for wrong options", function()
    local queue, text = world.store(), world.text()
    for _, what in ipairs { 1, true, print, queue.submit } do
      assert.matches("^queue:submit: a report, its record or its text expected",
        blamed(function() queue:submit(what) end))
    end
    assert.matches("got nil", blamed(function() queue:submit() end))
    assert.matches('unknown option "prio"', blamed(function() queue:submit(text, { prio = 1 }) end))
    for _, priority in ipairs { 0, 11, 1.5, "1", 0 / 0 } do
      assert.matches('"priority"',
        blamed(function() queue:submit(text, { priority = priority }) end))
    end
    assert.matches("table of options", blamed(function() queue:submit(text, 1) end))
    assert.matches("a queue expected", blamed(function() queue.submit(text) end))
    assert.matches("a queue expected", blamed(function() queue.submit({}, text) end))
    assert.matches("a queue expected", blamed(function() queue.submit({ {} }, text) end))
    local record = world.record { ours = print }
    assert.matches("cannot write as JSON: a function at ours",
      blamed(function() queue:submit(record) end))
    assert.equal(0, queue:stats().pending)
  end)

  it("keeps the priority", function()
    local queue = world.store()
    for priority = 1, 10 do
      local id = assert(queue:submit(world.text(), { priority = priority }))
      assert.equal(priority, queue:get(id).priority)
    end
  end)

  it("takes a report of many megabytes", function()
    local queue = world.open()
    local text = world.text { ours = ("x"):rep(5 * 1024 * 1024) }
    local id = assert(queue:submit(text))
    assert(queue:flush(world.LONG))
    assert.equal(#text, world.posts()[1].body_size)
    assert.equal("sent", queue:get(id).state)
  end)

  it("is one report when it comes twice, waiting or sent", function()
    local queue, text = world.store(), world.text()
    local id = assert(queue:submit(text))
    assert.equal(id, assert(queue:submit(text)))
    assert.equal(1, queue:stats().pending)
    local sender = world.open()
    assert(sender:flush(world.LONG))
    assert.equal(id, assert(queue:submit(text)))
    assert(sender:flush(world.LONG))
    assert.equal(1, #world.posts())
    assert.equal(1, queue:stats().sent)
  end)

  it("takes the place of another body that waits under its id", function()
    local queue, id = world.store(), core.uuid()
    assert(queue:submit(world.text { id = id, sn = "A" }))
    assert(queue:submit(world.text { id = id, sn = "B" }))
    assert.equal(1, queue:stats().pending)
    assert.equal("B", queue:get(id).serial_number)
    assert(world.open():flush(world.LONG))
    assert.equal("B", json.decode(world.at_server(id)).sn)
    assert.equal(1, #world.posts())
  end)

  it("leaves no credential in any file", function()
    local queue = world.open()
    assert(queue:submit(world.text()))
    assert(queue:flush(world.LONG))
    world.answer { status = 400, body = "Authorization: Basic " .. support.TOKEN }
    local refused = assert(queue:submit(world.text()))
    assert(queue:flush(world.LONG))
    assert.matches("Authorization: Basic %*%*%*", queue:get(refused).answer)
    assert(queue:submit(world.text()))
    local found = helper.sh(("grep -r -c -F %s %s"):format(helper.quoted(support.TOKEN),
      world.directory))
    assert.is_false(found)
  end)

  it("is refused, and the report is still the caller's, where the bound is reached", function()
    local queue = world.store { max_rows = 2 }
    assert(queue:submit(world.text()))
    assert(queue:submit(world.text()))
    local id, err = queue:submit(world.text())
    assert.is_nil(id)
    assert.equal("queue_full", err.kind)
    assert.is_true(err.retryable)
    assert.equal(2, queue:stats().pending)
  end)
end)

describe("queue:submit_batch", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  it("takes in all, of every form, and returns their ids in order", function()
    local queue = world.open()
    local list = { world.text(), world.record(), world.client.report:uut {
      part_number = "PCBA-100", serial_number = "SN-9", revision = "B", process_code = 50,
      operator = "k" } }
    list[3]:sequence("Main"):action { name = "Do" }
    local ids = assert(queue:submit_batch(list, { priority = 2 }))
    assert.same({ json.decode(list[1]).id, list[2].id, list[3].id }, ids)
    assert(queue:flush(world.LONG))
    assert.equal(3, #world.posts())
    assert.equal(3, queue:stats().sent)
  end)

  it("takes in none where one is wrong, and says which", function()
    local queue, good = world.store(), world.text()
    for _, case in ipairs { { "decode", "{}" }, { "invalid", world.record { sn = "" } } } do
      local ids, err = queue:submit_batch { good, world.record(), case[2], good }
      assert.is_nil(ids)
      assert.equal(case[1], err.kind)
      assert.equal(3, err.index)
      assert.matches("^element 3: ", err.message)
    end
    assert.equal(0, queue:stats().pending)
  end)

  it("takes in none where there is no room for all", function()
    local queue = world.store { max_rows = 2 }
    local ids, err = queue:submit_batch { world.text(), world.text(), world.text() }
    assert.is_nil(ids)
    assert.equal("queue_full", err.kind)
    assert.is_nil(err.index)
    assert.equal(0, queue:stats().pending)
  end)

  it("takes an empty list, and hundreds", function()
    local queue, list = world.store(), {}
    assert.same({}, assert(queue:submit_batch {}))
    for i = 1, 300 do list[i] = world.text() end
    assert.equal(300, #assert(queue:submit_batch(list)))
    assert.equal(300, queue:stats().pending)
  end)

  it("raises for what is no list of reports", function()
    local queue = world.store()
    assert.matches("a list of reports expected, got string",
      blamed(function() queue:submit_batch("x") end))
    local uut = world.client.report:uut { part_number = "P", serial_number = "S", revision = "A",
      process_code = 50, operator = "k" }
    assert.matches("got one report", blamed(function() queue:submit_batch(uut) end))
    local record = world.record()
    assert.matches("as one record is", blamed(function() queue:submit_batch(record) end))
    assert.matches("before element 2", blamed(function() queue:submit_batch { [2] = record } end))
    assert.same(1, #assert(queue:submit_batch { record, n = 1 }))
    assert.matches("queue:submit_batch: element 2: a report",
      blamed(function() queue:submit_batch { world.text(), 7 } end))
    assert.matches("unknown option", blamed(function() queue:submit_batch({}, { x = 1 }) end))
  end)
end)
