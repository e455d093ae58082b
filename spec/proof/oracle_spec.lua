-- The judge of the queue, judged: made-up histories, and in each of them one promise is broken.

local oracle = require("spec.support.oracle")

-- A history of the reports of one unit, all acknowledged, received once and confirmed. `names` are
-- uuid and body in one: "a1" is the first body of report a.
local function history(names)
  local h = { submissions = {}, journal = {}, left = {} }
  for i, name in ipairs(names) do
    h.submissions[i] = { uuid = name:sub(1, 1), sha256 = name, unit = "U", said = "ack",
      elapsed = 0.01 }
    h.journal[i] = { method = "POST", path = "/api/Report/WSJF", body_sha256 = name, time = i,
      delay = 0, status = 200, processed = 200, dropped = false,
      headers = { ["idempotency-key"] = name:sub(1, 1) } }
  end
  return h
end

local function kinds(h)
  local verdict = oracle.judge(h)
  local list = {}
  for kind in pairs(verdict.kinds) do list[#list + 1] = kind end
  table.sort(list)
  assert.equal(#list == 0, verdict.ok)
  return table.concat(list, " "), verdict
end

local function again(h, place, changes)
  local entry = {}
  for name, value in pairs(h.journal[place]) do entry[name] = value end
  entry.time = #h.journal + 1
  for name, value in pairs(changes or {}) do entry[name] = value end
  table.insert(h.journal, entry)
  return entry
end

describe("the judge of the queue", function()
  it("finds nothing where nothing is wrong, and counts", function()
    local h = history { "a1", "b1", "c1" }
    h.bound, h.emptied, h.patience = 10, 1, 1
    local found, verdict = kinds(h)
    assert.equal("", found)
    assert.same({ 3, 3, 3, 0, 0, 1 }, { verdict.counts.acknowledged, verdict.counts.received,
      verdict.counts.delivered, verdict.counts.left, verdict.counts.doubled,
      verdict.counts.units })
    assert.matches("^submitted 3, acknowledged 3, .*lost 0, doubled 0", tostring(verdict))
    assert.is_nil(tostring(verdict):find("\n"))
  end)

  it("finds the lost one", function()
    local h = history { "a1", "b1", "c1" }
    table.remove(h.journal)
    local found, verdict = kinds(h)
    assert.equal("lost", found)
    assert.matches("lost: c ", tostring(verdict))
    h.left = { { uuid = "c", sha256 = "c1", state = "waiting" } }
    assert.equal("", kinds(h))
    h.left[1].state, h.dead = "dead", 1
    assert.equal("", kinds(h))
    h.left, h.dead, h.expected_loss = {}, 0, 1
    assert.equal("", kinds(h))
    assert.equal(1, oracle.judge(h).counts.lost)
  end)

  it("does not take for delivered what was refused, or answered by something else", function()
    for _, entry in ipairs { { status = 500, processed = 500 },
      { status = 200, processed = false } } do
      local h = history { "a1" }
      for name, value in pairs(entry) do h.journal[1][name] = value end
      assert.equal("lost", kinds(h))
    end
    local h = history { "a1" }
    h.journal[1].status, h.journal[1].dropped = nil, "after"
    assert.equal("", kinds(h))
  end)

  it("does not miss what nobody was promised", function()
    local h = history { "a1", "b1" }
    h.submissions[2].said = nil
    table.remove(h.journal)
    assert.equal("", kinds(h))
    h.submissions[2].said = "refused"
    assert.equal("", kinds(h))
  end)

  it("finds what nobody submitted, on the way or left", function()
    local h = history { "a1" }
    again(h, 1, { body_sha256 = "x" })
    assert.equal("invented", kinds(h))
    h = history { "a1" }
    h.left = { { uuid = "a", sha256 = "x", state = "ready" } }
    assert.equal("invented", kinds(h))
    h = history { "a1", "b1" }
    h.journal[2].headers["idempotency-key"] = "a"
    assert.equal("invented", kinds(h))
  end)

  it("wants the last body of a report, and no older one after it", function()
    local h = history { "a1", "a2" }
    assert.equal("", kinds(h))
    table.remove(h.journal, 1) -- replaced before it was sent
    assert.equal("", kinds(h))
    h = history { "a1", "a2" }
    table.remove(h.journal)
    assert.equal("body lost", kinds(h))
    h = history { "a1", "a2" }
    h.journal[1], h.journal[2] = h.journal[2], h.journal[1]
    h.journal[1].time, h.journal[2].time = 1, 2
    assert.equal("body", kinds(h))
    h = history { "a1", "a2" } -- it is not known whether the second was accepted
    h.submissions[2].said = nil
    table.remove(h.journal)
    assert.equal("", kinds(h))
  end)

  it("finds reports of a unit in another order", function()
    local h = history { "a1", "b1" }
    h.journal[1], h.journal[2] = h.journal[2], h.journal[1]
    h.journal[1].time, h.journal[2].time = 1, 2
    assert.equal("order", kinds(h))
    h.submissions[2].unit = "V"
    assert.equal("", kinds(h))
  end)

  it("knows no place in the order of what was refused at first", function()
    local h = history { "a1", "b1", "a1" }
    h.submissions[1].said = "refused"
    table.remove(h.journal, 1)
    assert.equal("", kinds(h))
    h.submissions[1].said = "ack"
    assert.equal("order", kinds(h))
  end)

  it("finds one that is sent while an earlier one of its unit is not settled", function()
    local h = history { "a1", "b1" }
    again(h, 1)
    h.journal[1].status, h.journal[1].processed = 500, 500
    assert.equal("order", kinds(h))
    h = history { "a1", "b1" }
    h.journal[1].status, h.journal[1].processed = 500, 500
    h.left = { { uuid = "a", sha256 = "a1", state = "waiting" } }
    assert.equal("order", kinds(h))
    h.left[1].state, h.dead = "dead", 1
    assert.equal("", kinds(h))
  end)

  it("finds doubles that nothing explains", function()
    local h = history { "a1", "b1" }
    again(h, 2)
    assert.equal("doubled", kinds(h))
    h.kills, h.concurrency = 1, 1
    assert.equal("", kinds(h))
    again(h, 2)
    assert.equal("doubled", kinds(h))
    h.lost_leases = 1
    assert.equal("", kinds(h))
    assert.equal(2, oracle.judge(h).counts.doubled)
  end)

  it("calls it no double where the client was not told", function()
    for _, change in ipairs { { dropped = "after" }, { dropped = "mid" }, { status = 503 } } do
      local h = history { "a1" }
      for name, value in pairs(change) do h.journal[1][name] = value end
      again(h, 1, { status = 200, dropped = false })
      assert.equal("", kinds(h))
    end
    local h = history { "a1" }
    h.journal[1].delay, h.timeout = 5, 2
    again(h, 1, { delay = 0, time = 4 })
    assert.equal("", kinds(h))
  end)

  it("finds two sends of one report at a time", function()
    local h = history { "a1" }
    h.journal[1].delay, h.journal[1].status, h.journal[1].processed = 3, 500, false
    again(h, 1, { delay = 0, status = 200, processed = 200, time = 2 })
    assert.equal("overlap", kinds(h))
    h.lost_leases = 1
    assert.equal("", kinds(h))
    again(h, 2, { time = 9 })
    assert.equal("", kinds(h))
    h.doubles = 0 -- whoever lost the lease had not been confirmed anything
    assert.equal("doubled", kinds(h))
  end)

  it("does not hold against a machine what it did without power", function()
    local h = history { "a1", "b1" }
    again(h, 1, { time = 3 }) -- a was sent, b was, then the power was gone before that was settled
    again(h, 2, { time = 4 })
    assert.equal("doubled order", kinds(h))
    h.blackouts = { { 1, 2 } }
    assert.equal("", kinds(h))
    h.blackouts = { { 2, 2 } }
    assert.equal("doubled", kinds(h))
  end)

  it("finds deaths that were not expected", function()
    local h = history { "a1", "b1" }
    table.remove(h.journal)
    h.left = { { uuid = "b", sha256 = "b1", state = "dead" } }
    assert.equal("died", kinds(h))
  end)

  it("finds a queue that does not get empty, or too late", function()
    local h = history { "a1", "b1" }
    h.bound, h.emptied = 10, 11
    assert.equal("liveness", kinds(h))
    h.emptied = nil
    assert.equal("liveness", kinds(h))
    h.emptied = 1
    h.left = { { uuid = "b", sha256 = "b1", state = "ready" } }
    assert.equal("liveness", kinds(h))
  end)

  it("finds a submit that took too long", function()
    local h = history { "a1" }
    h.submissions[1].elapsed, h.patience = 31, 30
    assert.equal("patience", kinds(h))
  end)

  it("finds what was refused and came all the same, where that is asked", function()
    local h = history { "a1" }
    h.submissions[1].said = "refused"
    assert.equal("", kinds(h))
    h.strict_refusals = true
    assert.equal("refused", kinds(h))
    table.insert(h.submissions, { uuid = "a", sha256 = "a1", unit = "U", said = "ack" })
    assert.equal("", kinds(h))
  end)

  it("finds a batch of which a part came", function()
    local h = history { "a1", "b1", "c1" }
    h.submissions[1].batch, h.submissions[2].batch = "X", "X"
    assert.equal("", kinds(h))
    for i = 1, 2 do h.submissions[i].said = nil end
    table.remove(h.journal, 2)
    assert.equal("torn", kinds(h))
    table.remove(h.journal, 1)
    assert.equal("", kinds(h))
  end)

  it("shows five of each kind and counts all", function()
    local h = history { "a1", "b1", "c1", "d1", "e1", "f1", "g1" }
    h.journal = {}
    local _, verdict = kinds(h)
    assert.equal(7, verdict.kinds.lost)
    assert.equal(6, select(2, tostring(verdict):gsub("[^\n]+", "")))
  end)
end)
