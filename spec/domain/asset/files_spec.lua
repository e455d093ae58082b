-- client.asset: the files of an asset.

local assets = require("spec.support.assets")
local boxed = require("spec.support.boxed")
local core = require("wats.core")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.asset", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, probe, fixture

  before_each(function()
    client, probe = assets.begin(box)
    fixture = assets.add(client, probe, "FX/1 ø")
  end)

  local BYTES = "\0\1\255 not UTF-8: \xC3\x28\r\n"

  local function is_error(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind, tostring(err))
  end

  it("keeps any bytes under any name", function()
    for _, content in ipairs { BYTES, "", "null", '{"a":1}', "<html>", ("x"):rep(100000) } do
      for _, name in ipairs { "plain.txt", "A/B #1?x.bin", "O'Brien & ø.pdf" } do
        assert.is_true(client.asset:upload_file(fixture, name, content))
        assert.equal(content, client.asset:download_file(fixture, name))
      end
    end
    assert.same({ "A/B #1?x.bin", "O'Brien & ø.pdf", "plain.txt" },
      client.asset:list_files(fixture))
  end)

  it("finds the asset by any of its names; an id needs no look-up", function()
    assert(client.asset:upload_file("FX/1 ø", "a", "1"))
    assert.equal("1", client.asset:download_file({ serial_number = "FX/1 ø" }, "a"))
    local before = assets.mark(box)
    assert.equal("1", client.asset:download_file({ id = fixture.assetId }, "a"))
    assert.same({ "GET /api/internal/Blob/Asset" }, assets.journal(box, before))
  end)

  it("sends what it is given as bytes, with the Referer of internal calls", function()
    assert(client.asset:upload_file(fixture, "a", BYTES))
    local entries = assert(box.sandbox:journal())
    local entry = entries[#entries]
    assert.same({ "application/octet-stream", core.sha256(BYTES), box.sandbox.url },
      { entry.headers["content-type"], entry.body_sha256, entry.headers.referer })
    for _, headers in ipairs { { ["content-type"] = "image/png" },
      { { "Content-Type", "image/png" } } } do
      assert(client.asset:upload_file(fixture, "a", BYTES, { headers = headers }))
      entries = assert(box.sandbox:journal())
      assert.equal("image/png", entries[#entries].headers["content-type"])
    end
  end)

  it("streams: from a file and a function, into a file and a function", function()
    local name = os.tmpname()
    finally(function() os.remove(name) end)
    local file = assert(io.open(name, "wb"))
    file:write(BYTES)
    file:close()
    assert(client.asset:upload_file(fixture, "a", { file = name }))
    assert.equal(BYTES, client.asset:download_file(fixture, "a"))
    local pieces = { "one ", "two" }
    assert(client.asset:upload_file(fixture, "b",
      function() return table.remove(pieces, 1) end))
    assert.is_true(client.asset:download_file(fixture, "b", { sink = name }))
    file = assert(io.open(name, "rb"))
    assert.equal("one two", file:read("a"))
    file:close()
    local got = {}
    assert.is_true(client.asset:download_file(fixture, "a",
      { sink = function(chunk) got[#got + 1] = chunk end }))
    assert.equal(BYTES, table.concat(got))
  end)

  it("shows at once what was written or deleted", function()
    assert.equal("[]", json.encode(client.asset:list_files(fixture)))
    is_error("not_found", client.asset:download_file(fixture, "a"))
    assert(client.asset:upload_file(fixture, "a", "1"))
    assert(client.asset:upload_file(fixture, "b", "2"))
    assert.equal("1", client.asset:download_file(fixture, "a"))
    assert(client.asset:upload_file(fixture, "a", "changed"))
    assert.equal("changed", client.asset:download_file(fixture, "a"))
    assert.is_true(client.asset:delete_files(fixture, "a"))
    is_error("not_found", client.asset:download_file(fixture, "a"))
    assert.same({ "b" }, client.asset:list_files(fixture))
    assert.is_true(client.asset:delete_files(fixture, { "b", "not there" }))
    assert.same({}, client.asset:list_files(fixture))
  end)

  it("has not_found for an asset that is not there", function()
    for _, which in ipairs { "none", { id = "4711" } } do
      is_error("not_found", client.asset:upload_file(which, "a", "1"))
      is_error("not_found", client.asset:download_file(which, "a"))
      is_error("not_found", client.asset:list_files(which))
      is_error("not_found", client.asset:delete_files(which, "a"))
    end
    assert(client.asset:upload_file(fixture, "a", "1"))
    assert(client.asset:delete_asset(fixture))
    is_error("not_found", client.asset:list_files(fixture))
  end)

  it("has an error where the server tells no id", function()
    for _, id in ipairs { "null", '""', "{}" } do
      assert(box.sandbox:fault { path = "/api/Asset/*", times = 4, status = 200,
        headers = { ["Content-Type"] = "application/json" },
        body = '{"serialNumber":"FX","assetId":' .. id .. "}" })
      is_error("decode", client.asset:upload_file("FX", "a", "1"))
      is_error("decode", client.asset:download_file("FX", "a"))
      is_error("decode", client.asset:list_files("FX"))
      is_error("decode", client.asset:delete_files("FX", "a"))
    end
  end)

  it("returns what the server says when it refuses", function()
    assert(box.sandbox:fault { path = "/api/internal/Blob/Asset", status = 413,
      body = '{"Message":"too large"}' })
    local value, err = client.asset:upload_file(fixture, "a", "1")
    assert.is_nil(value)
    assert.same({ 413, "too large" }, { err.status, err.message })
  end)

  it("raises at the caller's line, before anything is sent", function()
    local before = assets.mark(box)
    assert.matches("^asset:upload_file: file_name: ",
      blamed(function() client.asset:upload_file("A", "", "x") end))
    assert.matches("^asset:upload_file: content: .* got nil$",
      blamed(function() client.asset:upload_file("A", "a") end))
    assert.matches("^asset:upload_file: content: .* got table$",
      blamed(function() client.asset:upload_file("A", "a", {}) end))
    assert.matches("^asset:download_file: file_name: ",
      blamed(function() client.asset:download_file("A") end))
    assert.matches("^asset:list_files: asset: ", blamed(function() client.asset:list_files() end))
    assert.matches("^asset:delete_files: file_names: at least one",
      blamed(function() client.asset:delete_files("A", {}) end))
    assert.matches("^asset:delete_files: file_names is a list with holes: 2 of 3",
      blamed(function() client.asset:delete_files("A", { "a", nil, "c" }) end))
    assert.matches("^asset:delete_files: file_name: .* got number$",
      blamed(function() client.asset:delete_files("A", { 5 }) end))
    for _, opts in ipairs { 5, true, { headers = 5 }, { headers = "x" } } do
      blamed(function() client.asset:upload_file({ id = 1 }, "a", "x", opts) end)
    end
    assert.equal(before, assets.mark(box))
  end)
end)
