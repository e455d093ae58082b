local sequence = require("wats.report.sequence")

local function new()
  local record = sequence.new_record("main")
  record.id = 1
  return sequence.of(record, { finished = false, last_id = 1 })
end

describe("a sequence", function()
  it("numbers steps in the order in which they were run", function()
    local main = new()
    local one, two = main:sequence("one"), main:sequence("two")
    local a, b, c = one:action("a"), two:action("b"), one:action("c")
    assert.same({ 2, 3, 4, 5, 6 }, { one.record.id, two.record.id, a.id, b.id, c.id })
    assert.same({ a, c }, { one.record.steps[1], one.record.steps[2] })
  end)

  it("nests, with the call that the caller described and nothing else", function()
    local main = new()
    local inner = main:sequence { name = "Power", path = "power.seq", version = "1.2" }
      :sequence("Rails")
    inner:action("a")
    local power = main.record.steps[1]
    assert.same({ path = "power.seq", name = "Power", version = "1.2" }, power.seqCall)
    assert.same({ name = "Rails" }, power.steps[1].seqCall)
    assert.equal("a", power.steps[1].steps[1].name)
    assert.equal("SequenceCall", power.stepType)
  end)

  it("is as bad as the worst in it", function()
    for letters, expected in pairs {
      [""] = "P", ["PDS"] = "P", ["PFP"] = "F", ["PUP"] = "F", ["FTP"] = "T", ["TEF"] = "E",
    } do
      local main = new()
      local inner = main:sequence("inner")
      for letter in letters:gmatch(".") do inner:action { name = "x", status = letter } end
      assert.equal(expected, main:settle(), letters)
      assert.equal(expected, inner.record.status, letters)
    end
  end)

  it("does not let what passed afterwards make good what failed", function()
    local main = new()
    for _, given in ipairs { "P", "D", "S" } do
      local inner = main:sequence { name = given, status = given }
      inner:pass_fail { name = "first", passed = false }
      inner:pass_fail { name = "then", passed = true }
      inner:action { name = "last", status = "S" }
    end
    main:action("after")
    assert.equal("F", main:settle())
    for _, step in ipairs { 1, 2, 3 } do assert.equal("F", main.record.steps[step].status) end
  end)

  it("keeps a status that was given, unless what is in it is worse", function()
    local main = new()
    local skipped = main:sequence { name = "s", status = "S" }
    local failed = main:sequence { name = "f", status = "P" }
    failed:pass_fail { name = "x", passed = false }
    assert.equal("F", main:settle())
    assert.equal("S", skipped.record.status)
    assert.equal("F", failed.record.status)
    local broken = main:sequence { name = "e", status = "E" }
    broken:pass_fail { name = "x", passed = false }
    assert.equal("E", main:settle())
    assert.equal("E", broken.record.status)
  end)

  it("raises at the caller's line, naming method and step", function()
    local main = new()
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, message = pcall(function() main:numeric { name = "3V3", value = 1, comp = "GE" } end)
    assert.is_false(ok)
    assert.equal(("spec/report/sequence_spec.lua:%d: numeric \"3V3\": comp GE needs a limit "
      .. '(option "limit" or "low")'):format(line), message)
    line = debug.getinfo(1, "l").currentline + 1
    ok, message = pcall(function() main:sequence { nane = "x" } end)
    assert.is_false(ok)
    assert.equal(("spec/report/sequence_spec.lua:%d: sequence: unknown option \"nane\" "
      .. '(did you mean "name"?)'):format(line), message)
  end)

  it("adds nothing when it raises", function()
    local main = new()
    pcall(main.numeric, main, { name = "x" })
    assert.equal(0, #main.record.steps)
    assert.equal(2, main:action("a").id)
  end)

  it("tells what it is", function()
    assert.equal('wats.sequence: "main", 0 steps', tostring(new()))
  end)
end)
