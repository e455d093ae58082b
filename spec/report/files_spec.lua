local core = require("wats.core")
local fault = require("spec.support.fault")
local files = require("wats.report.files")
local report = require("wats.report")

local BYTES = "\0\1\xFFbytes\r\n"

describe("an attachment", function()
  local path

  setup(function()
    path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(BYTES)
    file:close()
  end)

  teardown(function() os.remove(path) end)

  it("is bytes or a file, as they are", function()
    local from_bytes = files.record { name = "a.PNG", data = BYTES }
    assert.same({ name = "a.PNG", contentType = "image/png", data = core.base64_encode(BYTES) },
      from_bytes)
    local from_file = files.record { file = path }
    assert.equal(path:match("[^/\\]*$"), from_file.name)
    assert.equal(BYTES, core.base64_decode(from_file.data))
    assert.equal("application/octet-stream", from_file.contentType)
    -- what a file is says its own name, not what it is called
    assert.equal("application/octet-stream",
      files.record({ file = path, name = "a.png" }).contentType)
    assert.equal("x/y", files.record({ file = path, name = "n", content_type = "x/y" }).contentType)
    assert.equal("", files.record({ name = "empty", data = "" }).data)
  end)

  it("needs one of them, and a name", function()
    for problem, given in pairs {
      ['option "data" (or "file") is missing'] = { name = "x" },
      ['"data" and "file" exclude each other'] = { name = "x", data = "", file = path },
      ['option "name" is missing (string)'] = { data = "" },
    } do
      local record, message = files.record(given)
      assert.is_nil(record)
      assert.equal(problem, message)
    end
  end)

  it("that cannot be read is an error and no mistake, and adds nothing", function()
    local uut = report.uut(
      { part_number = "P", serial_number = "S", revision = "", process_code = 10 },
      { name = "ICT-01" })
    for _, missing in ipairs { path .. ".none", "/" } do
      local step, err = uut:attachment { name = "x", file = missing }
      assert.is_nil(step)
      assert.equal("io", err.kind)
      assert.matches("^attachment: ", err.message)
    end
    assert.equal(0, #uut.record.root.steps)
    assert.equal(1, uut.book.last_id)
    assert.equal("scope.csv", uut:attachment({ file = path, name = "scope.csv" }).name)
    assert.matches('attachment "x": option "data" %(or "file"%) is missing$',
      fault(function() uut:attachment("x") end))
  end)
end)
