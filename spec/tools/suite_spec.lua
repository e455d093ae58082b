local suite = dofile("tools/suite.lua")

describe("the test runner", function()
  it("reads what C tests and busted print", function()
    assert.same({ passed = 3, failed = 1, skipped = 0 },
      suite.counts("FAILED x\n3 passed, 1 failed\n"))
    assert.same({ passed = 2, failed = 4, skipped = 5 },
      suite.counts("2 successes / 1 failure / 3 errors / 5 pending : 0.1 seconds\n"))
    assert.is_nil(suite.counts("Segmentation fault\n"))
  end)

  local function judged(...)
    local counts, complaint = suite.judge(...)
    return counts.failed, complaint
  end

  it("counts a crash, a leak at the end and an empty run as failed", function()
    assert.equal(0, (judged("3 passed, 0 failed\n", "exit", 0)))
    assert.equal(1, (judged("", "signal", 11)))
    assert.equal(1, (judged("3 passed, 0 failed\n", "exit", 23)))
    assert.equal(1, (judged("0 passed, 0 failed\n", "exit", 0)))
    assert.equal(2, (judged("3 passed, 2 failed\n", "exit", 1)))
  end)

  it("says when a time limit was met", function()
    local _, complaint = judged("", "exit", 124)
    assert.matches("time limit", complaint)
  end)

  local function run(arguments)
    local pipe = assert(io.popen("lua5.4 tools/suite.lua " .. arguments .. " 2>&1"))
    local output = pipe:read("a")
    local ok = pipe:close()
    return ok or false, output
  end

  -- Runs a spec file that holds this.
  local function run_spec(text)
    local path = os.tmpname()
    local program = path .. "_spec.lua"
    local file = assert(io.open(program, "w"))
    file:write(text)
    file:close()
    local ok, output = run(program)
    os.remove(path)
    os.remove(program)
    return ok, output
  end

  it("closes with one line of sums and fails when anything did", function()
    local ok, output = run_spec(
      "it('a', function() end) it('b', function() error('no') end) pending('c')")
    assert.is_false(ok)
    assert.matches("\n1 passed, 1 failed, 1 skipped\n$", output)
    local _, lines = output:gsub("\n%d+ passed, %d+ failed, %d+ skipped\n", "")
    assert.equal(1, lines)
  end)

  it("tells at the end again what failed, and why", function()
    local ok, output = run_spec(
      "it('good', function() end) it('bad', function() error('the reason') end)")
    assert.is_false(ok)
    local ending = output:match("\nwhat failed:\n(.*)$")
    assert.matches("^%S+_spec.lua", ending)
    assert.matches("bad\n.*the reason", ending)
    assert.is_nil(output:match("what failed:.*what failed:"))
    ok, output = run_spec("it('good', function() end)")
    assert.is_true(ok)
    assert.is_nil(output:find("what failed", 1, true))
  end)

  it("cuts from a long output what tells of the failure", function()
    local noise = ("a line\n"):rep(100)
    local excerpt = suite.excerpt(noise .. "file.c:7: 1 is not 2\nFAILED test_x\n" .. noise)
    assert.matches("file.c:7: 1 is not 2\nFAILED test_x\n", excerpt)
    assert.equal(40, select(2, excerpt:gsub("\n", "")))
    assert.equal("the end\n", suite.excerpt(noise .. "the end\n"):match("[^\n]+\n$"))
    assert.equal("\n", suite.excerpt(""))
  end)

  it("shows figures of what passed, and nothing else of it", function()
    local ok, output = run_spec(
      "it('a', function() print('noise') print('figures: 3 lost') end)")
    assert.is_true(ok)
    assert.matches("\n  3 lost\n1 passed, 0 failed, 0 skipped\n$", output)
    assert.is_nil(output:find("noise", 1, true))
  end)

  it("runs what the leak checker's own crash has ended again, three times at most", function()
    local marker = os.tmpname()
    local crash = [[
      local file = io.open(%q, "a")
      file:write("x")
      file:close()
      if #io.open(%q):read("a") <= %d then
        print("Tracer caught signal 11: addr=0x180")
        print("==1==LeakSanitizer has encountered a fatal error.")
        os.exit(1)
      end
      it("a", function() end)
    ]]
    local ok, output = run_spec(crash:format(marker, marker, 1))
    assert.is_true(ok, output)
    assert.matches("crashed: run once more\n.*\n1 passed, 0 failed, 0 skipped\n$", output)
    os.remove(marker)
    ok, output = run_spec(crash:format(marker, marker, 9))
    assert.is_false(ok)
    assert.matches("\n0 passed, 1 failed, 0 skipped\n$", output)
    assert.equal("xxxx", assert(io.open(marker)):read("a"))
    os.remove(marker)
  end)
end)
