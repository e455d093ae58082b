-- client.rootcause: attachments of tickets.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local helper = require("spec.tools.helper")
local support = require("spec.support.client")

local blamed = support.blamed

local NOWHERE = "00000000-0000-0000-0000-000000000000"

describe("client.rootcause: attachments", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local rootcause
  before_each(function() rootcause = box.client.rootcause end)

  local function fails(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind)
    return err
  end

  local BYTES = ("\0\1\255\r\n--"):rep(20000)

  it("are what was sent, from bytes and from a file", function()
    local name = os.tmpname()
    helper.write(name, BYTES)
    for _, text in ipairs { "a.bin", 'O\'Brien "1".txt', "ø/..\\x" } do
      local id = assert(rootcause:upload_attachment(BYTES, text))
      assert.equal(BYTES, assert(rootcause:get_attachment(id)))
      assert.equal(BYTES, assert(rootcause:get_attachment(id, text)))
      id = assert(rootcause:upload_attachment({ file = name, content_type = "text/plain" },
        text))
      assert.equal(BYTES, assert(rootcause:get_attachment(id)))
    end
    assert(rootcause:upload_attachment({ file = name }))
    os.remove(name)
    fails("io", rootcause:upload_attachment({ file = name }))
  end)

  it("may be empty, or look like something else", function()
    for _, body in ipairs { "", "null", "{}", "<html>" } do
      local id = assert(rootcause:upload_attachment(body, "x"))
      assert.equal(body, assert(rootcause:get_attachment(id)))
    end
  end)

  it("go to a sink", function()
    local id, name = assert(rootcause:upload_attachment(BYTES, "x")), os.tmpname()
    assert.is_true(rootcause:get_attachment(id, nil, { sink = name }))
    assert.equal(core.sha256(BYTES), core.sha256_file(name))
    os.remove(name)
  end)

  it("come from the cache the second time: they do not change", function()
    local id = assert(rootcause:upload_attachment("once", "x"))
    assert.equal("once", rootcause:get_attachment(id))
    local before = #assert(box.sandbox:journal())
    assert.equal("once", rootcause:get_attachment(id))
    assert.equal(before, #assert(box.sandbox:journal()))
  end)

  it("have not_found, and no id where the server gave none", function()
    fails("not_found", rootcause:get_attachment(NOWHERE))
    for _, body in ipairs { "", '""', "{}", "null" } do
      assert(box.sandbox:fault { method = "POST", status = 200, body = body,
        headers = { ["Content-Type"] = "application/json" } })
      fails("decode", rootcause:upload_attachment("x", "y"))
    end
  end)

  it("raise at the caller's line", function()
    assert.matches("content: the bytes or { file = name } expected, got nil$",
      blamed(function() rootcause:upload_attachment() end))
    assert.matches("got a table without either$",
      blamed(function() rootcause:upload_attachment({}, "x") end))
    assert.matches("^rootcause:upload_attachment: filename: ",
      blamed(function() rootcause:upload_attachment("x") end))
    assert.matches("^rootcause:upload_attachment: filename: ",
      blamed(function() rootcause:upload_attachment({ file = "x" }, "") end))
    assert.matches("^rootcause:get_attachment: attachment_id: ",
      blamed(function() rootcause:get_attachment() end))
    assert.matches('parameter "fileName" must be string',
      blamed(function() rootcause:get_attachment(NOWHERE, {}) end))
    assert.matches('parameter "attachmentId" must be uuid, got "x"',
      blamed(function() rootcause:get_attachment("x") end))
  end)
end)
