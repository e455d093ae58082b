-- What a call of the table sends besides its parameters.

local media = require("wats.media")
local operations = require("wats.operations")
local wats = require("wats")

local RECORD = "PUT /api/Product"
local LIST = "PUT /api/Products"
local TEXT = "PUT /api/internal/ManualInspection/PutTestSequenceDefinitionXaml"
local XML = "PUT /api/Product/BOM"
local FORM = "POST /api/RootCause/Attachment"
local FILE = "POST /api/internal/Blob/Asset"
local NONE = "PUT /api/Asset/State"
local SCIM = "POST /api/SCIM/v2/Users"

local function dress(key, opts)
  return media.dress(assert(operations.find(key)), "here", opts)
end

local function source() end

-- The message that it raises, at a line of this file.
local function fault(key, opts)
  local ok, message = pcall(dress, key, opts)
  assert.is_false(ok)
  return (assert(message:match("^spec/media_spec%.lua:%d+: (.*)$"), message))
end

describe("the operation table", function()
  it("says of each body and answer what it is", function()
    local rows = require("wats.operations.media")
    for key in pairs(rows) do assert(operations.find(key)) end
    for _, operation in ipairs(operations.list) do
      local key = operation.key
      assert.equal(operation.body ~= "none", operation.body_type ~= nil, key)
      assert.equal(operation.body == "json", operation.body_shape ~= nil, key)
      assert.equal(operation.body == "multipart", operation.field ~= nil, key)
      assert.truthy(({ json = 1, xml = 1, text = 1, binary = 1 })[operation.answer], key)
      if operation.answer ~= "json" then assert.is_string(operation.accept, key) end
    end
    assert.equal("application/scim+json", operations.find("POST /api/SCIM/v2/Users").body_type)
    local upload = operations.find("POST /api/Software/Package/UploadZip/{id}")
    assert.equal("application/zip", upload.part_type)
    assert.equal("binary", operations.find("GET /api/Report/Certificate/{id}").answer)
  end)
end)

describe("media.dress", function()
  it("leaves options alone that need nothing", function()
    local opts = { json = { partNumber = "A" }, timeout = 1 }
    assert.equal(opts, dress(RECORD, opts))
    assert.is_nil(dress(NONE, nil))
    assert.is_nil(dress("GET /api/App/Version", nil))
    local form = { multipart = { { name = "file", body = "" } } }
    assert.equal(form, dress(FORM, form))
  end)

  it("adds the Content-Type of what is sent as bytes", function()
    for key, kind in pairs {
      [RECORD] = "application/json", [XML] = "application/xml", [SCIM] = "application/scim+json",
      [FILE] = "application/octet-stream",
    } do
      local opts = { body = "<a/>", timeout = 2 }
      local dressed = dress(key, opts)
      assert.equal(kind, dressed.headers["Content-Type"], key)
      assert.equal(2, dressed.timeout)
      assert.same({ body = "<a/>", timeout = 2 }, opts)
      assert.equal(kind, dress(key, { source = source }).headers["Content-Type"], key)
    end
    assert.equal("application/scim+json", dress(SCIM, { json = {} }).headers["Content-Type"])
  end)

  it("adds an Accept where the answer is no JSON", function()
    for key, accept in pairs {
      ["GET /api/Report/Wsxf/{id}"] = "application/xml, text/xml;q=0.9, */*;q=0.1",
      ["GET /api/Report/Attachments/{id}"] = "*/*",
      ["POST /api/Production/SerialNumbers/Take"] = "*/*",
      ["GET /api/SCIM/v2/Users"] = "application/scim+json, application/json;q=0.9",
    } do assert.same({ headers = { Accept = accept } }, dress(key, nil)) end
  end)

  it("keeps what the caller says, however he says it", function()
    for _, headers in ipairs { { ["content-type"] = "text/xml", A = "b" },
      { { "Content-Type", "text/xml" }, { "A", "b" } } } do
      local opts = { body = "<a/>", headers = headers }
      assert.equal(opts, dress(XML, opts))
    end
    assert.same({ A = "b", ["Content-Type"] = "application/xml" },
      dress(XML, { body = "<a/>", headers = { A = "b" } }).headers)
    assert.same({ { "A", "b" }, { "Content-Type", "application/xml" } },
      dress(XML, { body = "<a/>", headers = { { "A", "b" } } }).headers)
    local form = { body = "--b--",
      headers = { ["Content-Type"] = "multipart/form-data; boundary=b" } }
    assert.equal(form, dress(FORM, form))
  end)

  it("takes an empty table for what is due", function()
    assert.is_true(wats.json.is_array(dress(LIST, { json = {} }).json))
    assert.equal("{}", wats.json.encode(dress(RECORD, { json = {} }).json))
    assert.is_nil(dress(FILE, { body = "" }).json)
  end)

  it("raises for a body where none is taken", function()
    for name, value in pairs { json = {}, body = "", source = source, multipart = {} } do
      assert.equal(("here: PUT /api/Asset/State takes no body, got `%s`"):format(name),
        fault(NONE, { [name] = value }))
    end
  end)

  it("raises for one that is missing, with what it should be", function()
    for key, text in pairs {
      [RECORD] = "a record as `json`", [LIST] = "a list as `json`", [TEXT] = "a string as `json`",
      [XML] = "XML as `body`", [FORM] = "a form as `multipart`",
      [FILE] = "the file as `body` or `source`",
    } do
      assert.equal(("here: %s takes a body: %s"):format(key, text),
        fault(key, { timeout = 1 }))
    end
    assert.matches("takes a body", fault(XML, { body = "" }))
    assert.matches("takes a body", fault(RECORD, nil))
  end)

  it("raises for one of the wrong kind", function()
    for _, case in ipairs {
      { RECORD, { json = { 1 } }, "a record as `json`, got a list" },
      { RECORD, { json = wats.json.array {} }, "a record as `json`, got a list" },
      { RECORD, { json = "x" }, "a record as `json`, got string" },
      { RECORD, { multipart = {} }, "a record as `json`, got `multipart`" },
      { LIST, { json = { a = 1 } }, "a list as `json`, got a record" },
      { LIST, { json = 5 }, "a list as `json`, got number" },
      { TEXT, { json = {} }, "a string as `json`, got a record" },
      { XML, { json = {} }, "XML as `body`, got `json`" },
      { FORM, { json = {} }, "a form as `multipart`, got `json`" },
      { FILE, { multipart = {} }, "the file as `body` or `source`, got `multipart`" },
    } do
      assert.equal(("here: %s takes %s"):format(case[1], case[3]),
        fault(case[1], case[2]))
    end
    assert.equal("options of the request: table expected, got number",
      fault(RECORD, 5))
  end)
end)
