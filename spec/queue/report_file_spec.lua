-- A file as formats and converters see it.

local folders = require("spec.support.folder")
local report_file = require("wats.queue.report_file")
local report_files = require("spec.support.report_files")

local file = report_files.new

teardown(report_files.remove)

describe("a file", function()
  it("is read once, and not when it is too large", function()
    local one = file("abc", nil, 3)
    assert.equal("abc", one:text())
    os.remove(one.path)
    assert.equal("abc", one:text())
    assert.equal("", file(""):text())
    local text, reason = file("abcd", nil, 3):text()
    assert.is_nil(text)
    assert.equal("larger than 3 bytes", reason)
  end)

  it("says why it cannot be read, without its name", function()
    local gone = file("", { path = "/no/such/file: here" })
    assert.same({ nil, "No such file or directory" }, { gone:text() })
    assert.equal("No such file or directory", gone.problem)
    local directory = file("", { path = "/" })
    assert.same({ nil, "Is a directory" }, { directory:text() })
  end)

  it("gives ids that follow from name, time and content", function()
    local one = file("a,b")
    local id = one:uuid()
    assert.matches("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-8%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$",
      id)
    assert.equal(id, file("a,b"):uuid(1))
    local seen = { [id] = true }
    for _, other in ipairs { file("a,c"), file("a,b", { name = "y.csv" }),
      file("a,b", { modified = 1700000001 }) } do
      assert.is_nil(seen[other:uuid()])
      seen[other:uuid()] = true
    end
    assert.is_nil(seen[one:uuid(2)])
    assert.has_error(function() file("", { path = "/no/such" }):uuid() end)
  end)

  it("of which the content says what it is has the same ids at another time", function()
    local function id(text, fields)
      local one = file(text, fields)
      one.identity = "content"
      return one:uuid()
    end
    local first = id("a,b")
    assert.equal(first, id("a,b", { modified = 1 }))
    assert.not_equal(first, id("a,c"))
    assert.not_equal(first, id("a,b", { name = "y.csv" }))
    local unknown = report_file.new({ path = "x", name = "x", size = 1, content = "x" }, 10)
    assert.has_error(function() unknown:uuid() end,
      "the time of change is not known: it needs LuaFileSystem")
    unknown.identity = "content"
    assert.is_string(unknown:uuid())
  end)

  it("gives its lines, whatever ends them, and knows where it is", function()
    local function lines(text)
      local one, list = file(text), {}
      for line, number in one:lines() do
        assert.equal(number, one.line)
        list[number] = line
      end
      assert.is_nil(one.line)
      return list
    end
    assert.same({ "a", "", "b" }, lines("a\n\nb"))
    assert.same({ "a", "b" }, lines("\xEF\xBB\xBFa\r\nb\r\n"))
    assert.same({ "a\rb", "\0" }, lines("a\rb\n\0\n"))
    assert.same({}, lines(""))
    assert.same({ "" }, lines("\n"))
    assert.has_error(function() file("", { path = "/no/such" }):lines() end,
      "No such file or directory")
  end)

  it("shows its head, and whether that is all", function()
    assert.same({ "ab", true }, { file("ab"):head() })
    assert.same({ ("x"):rep(4096), false }, { file(("x"):rep(4096)):head() })
    assert.same({ "", true }, { file(""):head() })
    local read = file(("y"):rep(5000))
    read:text()
    assert.same({ ("y"):rep(4096), false }, { read:head() })
    assert.same({ nil, "No such file or directory" }, { file("", { path = "/no/such" }):head() })
  end)

  it("ends with a reason, and says at the caller's line when that cannot be formatted", function()
    local one = file("")
    local function message(...) return select(2, pcall(one.fail, one, ...)) end
    assert.equal("100% of it", message("100% of it"))
    assert.equal("3 of x", message("%d of %s", 3, "x"))
    local line = debug.getinfo(1, "l").currentline + 1
    local _, text = pcall(function() one:fail("%d", "x") end)
    assert.matches("report_file_spec.lua:" .. line .. ": file:fail: bad argument", text)
  end)

  it("finds what lies beside it, also once it is out of reach", function()
    local folder = folders.new()
    folder:write("a.b.pdf", "plot")
    folder:write("a.b.csv.done", "")
    os.execute(("mkdir '%s/.taken' '%s/a.b.dir'"):format(folder.path, folder.path))
    for _, path in ipairs { folder.path .. "/a.b.csv", folder.path .. "/.taken/a.b.csv" } do
      local one = report_file.new({ path = path, name = "a.b.csv", size = 0 }, 100)
      assert.equal("plot", one:sibling("{stem}.pdf"):text())
      assert.equal(4, one:sibling("{stem}.pdf").size)
      assert.equal("", one:sibling("{name}.done"):text())
      assert.is_nil(one:sibling("{stem}.txt"))
      assert.is_nil(one:sibling("{stem}.dir"))
      assert(os.execute("mkfifo " .. one.path:gsub("[^/]*$", "") .. "/pipe")) -- nobody writes to it
      assert.is_nil(one:sibling("pipe"))
    end
    folder:remove()
    assert.equal("none.pdf", report_file.sibling_name("none", "{stem}.pdf"))
  end)

  it("makes reports of its station, else of the configured one", function()
    local fields = { part_number = "PN", serial_number = "SN", revision = "A", process_code = 10 }
    local one = file("x")
    one.station = { name = "T-7", location = "Oslo" }
    assert.same({ "T-7", "Oslo" }, { one:uut(fields).record.machineName,
      one:uut(fields).record.location })
    local configuration = file('{"station":{"name":"C-1","purpose":"P"}}').path
    report_file.config = configuration
    local record = file("x"):uut(fields).record
    report_file.config = nil
    assert.equal(os.getenv("WATS_STATION") or "C-1", record.machineName)
    assert.equal("P", record.purpose)
    report_file.config = "/no/such/file"
    assert.has_error(function() file("x"):uut(fields) end)
    report_file.config = nil
    fields.station = { name = "own" }
    assert.equal("own", file("x"):uut(fields).record.machineName)
  end)
end)
