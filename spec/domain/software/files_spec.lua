-- client.software: what is in a package.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local helper = require("spec.tools.helper")
local support = require("spec.support.client")
local zip = require("wats.sandbox.zip")

local blamed = support.blamed

local NOWHERE = "00000000-0000-0000-0000-000000000000"

describe("client.software: files", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local software, id

  before_each(function()
    software = box.client.software
    id = assert(software:create_package { name = "ICT" }).packageId
  end)

  local function fails(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind)
    return err
  end

  -- "folder/name" of all files, in the order of their names.
  local function names()
    local list = {}
    for i, file in ipairs(assert(software:get_package_files(id))) do
      list[i] = file.packageFolderName .. "/" .. file.name
    end
    table.sort(list)
    return table.concat(list, " ")
  end

  local function last_request()
    local journal = assert(box.sandbox:journal())
    return journal[#journal]
  end

  -- By the file's name: its record, and its entity.
  local function find(name)
    local found, entity
    for _, file in ipairs(assert(software:get_package_files(id))) do
      if file.name == name then found = file end
    end
    for _, each in ipairs(assert(software:get_software_entity_details(id))) do
      if found and each.id == found.packageFileId then entity = each end
    end
    return found, entity
  end

  describe("upload_zip", function()
    it("sends bytes as a form, with the type that the server wants", function()
      local bytes = zip.write { { name = "a/x.txt", body = "x" },
        { name = "a/b/ø y.bin", body = ("\0\255"):rep(5000) } }
      assert.is_true(software:upload_zip(id, bytes))
      assert.matches("^multipart/form%-data; boundary=", last_request().headers["content-type"])
      assert.equal("a/b/ø y.bin a/x.txt", names())
      local _, entity = find("ø y.bin")
      assert.equal(("\0\255"):rep(5000), assert(software:get_file(entity.repositoryFolderFileId)))
    end)

    it("sends a file, and tells of its progress", function()
      local name = os.tmpname()
      helper.write(name, zip.write { { name = "a/x", body = ("x\n"):rep(500000), stored = true } })
      local told = {}
      assert.is_true(software:upload_zip(id, { file = name }, {
        on_progress = function(done, total) told = { done, total } end }))
      os.remove(name)
      assert.is_true(told[1] > 1000000 and told[1] == told[2])
      local _, entity = find("x")
      assert.equal(1000000, entity.fileSize)
      fails("io", software:upload_zip(id, { file = name }))
    end)

    it("merges, or begins anew", function()
      local options = { timeout = 20 }
      assert(software:upload_zip(id, zip.write { { name = "a/x", body = "1" } }, options))
      local first = find("x")
      assert(software:upload_zip(id, zip.write { { name = "A/X", body = "2" },
        { name = "b/y", body = "3" } }, options))
      assert.equal("a/x b/y", names())
      local again, entity = find("x")
      assert.equal(first.packageFileId, again.packageFileId)
      assert.equal("2", software:get_file(entity.repositoryFolderFileId))
      options.clean_install = true
      assert(software:upload_zip(id, zip.write { { name = "c/z", body = "4" } }, options))
      assert.equal("cleanInstall=true", last_request().query)
      assert.equal("c/z", names())
      assert.same({ timeout = 20, clean_install = true }, options)
    end)

    it("tells what the server refuses", function()
      local on_root = zip.write { { name = "a/x", body = "1" }, { name = "y", body = "2" } }
      assert.matches("root", fails("invalid", software:upload_zip(id, on_root)).message)
      assert.equal("", names())
      local whole = zip.write { { name = "a/x", body = "1" } }
      fails("invalid", software:upload_zip(id, whole:sub(1, -10)))
      fails("invalid", software:upload_zip(id, zip.write { { name = "a/../../x", body = "" } }))
      fails("not_found", software:upload_zip(NOWHERE, whole))
      assert(software:submit_for_review(id))
      fails("conflict", software:upload_zip(id, whole))
    end)

    it("raises for what is no zip, before anything is sent", function()
      local before = #assert(box.sandbox:journal())
      assert.equal('software:upload_zip: zip: the bytes of a zip expected, or { file = name }; '
        .. 'these begin with "tools.zip"',
        blamed(function() software:upload_zip(id, "tools.zip") end))
      assert.matches("got nil$", blamed(function() software:upload_zip(id) end))
      assert.matches("got a table without either$",
        blamed(function() software:upload_zip(id, {}) end))
      assert.matches("one of body and file", blamed(function()
        software:upload_zip(id, { file = "x", body = zip.write {} }) end))
      assert.matches('unknown field "files"', blamed(function()
        software:upload_zip(id, { body = zip.write {}, files = "x" }) end))
      assert.matches("^software:upload_zip: id: ",
        blamed(function() software:upload_zip(nil, zip.write {}) end))
      assert.matches('parameter "cleanInstall" must be boolean', blamed(function()
        software:upload_zip(id, zip.write {}, { clean_install = "yes" }) end))
      assert.equal(before, #assert(box.sandbox:journal()))
    end)
  end)

  describe("update_file_attribute", function()
    it("takes our names and the server's", function()
      assert(software:upload_zip(id, zip.write { { name = "a/x", body = "1" } }))
      for name, own in pairs(software.FILE_ATTRIBUTES) do
        assert.is_true(software:update_file_attribute(find("x").packageFileId, name))
        assert.equal(own, find("x").attributes)
        assert.is_true(software:update_file_attribute(find("x").packageFileId, own:upper()))
      end
    end)

    it("has not_found without the file, and raises for what is no attribute", function()
      fails("not_found", software:update_file_attribute(NOWHERE, "none"))
      assert.matches('one of .*, none, .* expected, got "nome" %(did you mean "none"%?%)$',
        blamed(function() software:update_file_attribute("x", "nome") end))
      assert.matches("file_id", blamed(function()
        software:update_file_attribute("", "none") end))
    end)
  end)

  describe("get_file", function()
    it("gives bytes, whatever they are", function()
      local bodies = { empty = "", null = "null", page = "<html>", zeros = ("\0"):rep(70000) }
      local entries = {}
      for name, body in pairs(bodies) do
        entries[#entries + 1] = { name = "a/" .. name, body = body }
      end
      assert(software:upload_zip(id, zip.write(entries)))
      for name, body in pairs(bodies) do
        local _, entity = find(name)
        assert.equal(body, assert(software:get_file(entity.repositoryFolderFileId)))
        local pieces = {}
        assert.is_true(software:get_file(entity.repositoryFolderFileId,
          { sink = function(chunk) pieces[#pieces + 1] = chunk end }))
        assert.equal(body, table.concat(pieces))
      end
    end)

    it("goes into a file, whole or not at all", function()
      local name = os.tmpname()
      assert(software:upload_zip(id, zip.write { { name = "a/x", body = ("x"):rep(70000) } }))
      local _, entity = find("x")
      assert.is_true(software:get_file(entity.repositoryFolderFileId, { sink = name }))
      assert.equal(core.sha256(("x"):rep(70000)), core.sha256_file(name))
      assert(box.sandbox:fault { method = "GET", path = "/api/internal/Software/File/*",
        drop = "mid" })
      fails("connection", software:get_file(entity.repositoryFolderFileId, { sink = name }))
      assert.equal(core.sha256(("x"):rep(70000)), core.sha256_file(name))
      os.remove(name)
    end)

    it("has not_found, and raises without an id", function()
      fails("not_found", software:get_file(NOWHERE))
      assert.matches("^software:get_file: file_id: ", blamed(function() software:get_file() end))
    end)
  end)

  describe("check_file", function()
    it("asks whether the server has it", function()
      assert(software:upload_zip(id, zip.write { { name = "a/x y", body = "1" } }))
      local sum = core.sha256("1")
      assert.is_true(software:check_file(id, NOWHERE, "a/x y", sum, 1769806901).exists)
      assert.is_true(software:check_file(id, NOWHERE, "a/x y", sum, "2026-01-30T22:01:41+01:00")
        .exists)
      assert.matches("fileDateEpoch=1769806901", last_request().query)
      assert.is_false(software:check_file(id, NOWHERE, "a/x", sum, 1.5).exists)
      fails("not_found", software:check_file(NOWHERE, NOWHERE, "a/x", sum, 1))
    end)

    it("raises for what is no instant, or missing", function()
      for _, wrong in ipairs { "yesterday", "2026-01-30T22:01:41", 0 / 0, math.huge, true } do
        assert.matches("^software:check_file: file_date: ", blamed(function()
          software:check_file(id, NOWHERE, "a/x", "sum", wrong) end))
      end
      assert.matches('parameter "checksum" is missing', blamed(function()
        software:check_file(id, NOWHERE, "a/x", nil, 1) end))
      assert.matches("package_id", blamed(function()
        software:check_file("", NOWHERE, "a/x", "sum", 1) end))
    end)
  end)

  describe("folders", function()
    it("are made, renamed, moved and deleted", function()
      local top = assert(software:create_package_folder(id, { name = "O'Brien ø" }))
      local low = assert(software:create_package_folder(id, { name = "low", parentId = top.id }))
      assert(software:upload_zip(id, zip.write { { name = "o'brien ø/low/x", body = "1" } }))
      assert.equal("O'Brien ø/low/x", names())
      low.name = "deep"
      assert.equal("deep", assert(software:update_package_folder(low)).name)
      assert.equal("O'Brien ø/deep/x", names())
      low.parentId = nil
      assert(software:update_package_folder(low))
      assert.equal("deep/x", names())
      assert.is_true(software:delete_package_folder(low.id))
      assert.equal("", names())
    end)

    it("lose files", function()
      assert(software:upload_zip(id, zip.write { { name = "a/x", body = "1" },
        { name = "a/y", body = "2" }, { name = "a/z", body = "3" } }))
      assert.is_true(software:delete_package_folder_files { find("x").packageFileId,
        find("y").packageFileId })
      assert.equal("a/z", names())
      fails("not_found", software:delete_package_folder_files { find("z").packageFileId, NOWHERE })
      assert.is_true(software:delete_package_folder_files(find("z").packageFileId))
      assert.equal("", names())
    end)

    it("are refused where they cannot be", function()
      local top = assert(software:create_package_folder(id, { name = "a" }))
      fails("conflict", software:create_package_folder(id, { name = "A" }))
      fails("not_found", software:create_package_folder(id, { name = "b", parentId = NOWHERE }))
      fails("not_found", software:create_package_folder(NOWHERE, { name = "b" }))
      fails("invalid", software:create_package_folder(id, { name = "a/b" }))
      fails("conflict", software:update_package_folder { id = top.id, name = "a",
        parentId = top.id })
      fails("not_found", software:update_package_folder { id = NOWHERE, name = "a" })
      fails("not_found", software:delete_package_folder(NOWHERE))
      assert(software:submit_for_review(id))
      fails("conflict", software:create_package_folder(id, { name = "b" }))
      fails("conflict", software:delete_package_folder(top.id))
    end)

    it("raise at the caller's line", function()
      assert.matches("^software:create_package_folder: name: ",
        blamed(function() software:create_package_folder("x", {}) end))
      assert.matches("^software:create_package_folder: folder: a table expected, got string",
        blamed(function() software:create_package_folder("x", "a") end))
      assert.matches("^software:create_package_folder: package_id: ",
        blamed(function() software:create_package_folder(nil, { name = "a" }) end))
      assert.matches("^software:update_package_folder: id: ",
        blamed(function() software:update_package_folder { name = "a" } end))
      assert.matches("^software:delete_package_folder: folder_id: ",
        blamed(function() software:delete_package_folder() end))
      assert.matches("file_ids: an id or a list of ids expected, got an empty list$",
        blamed(function() software:delete_package_folder_files {} end))
      assert.matches('file_ids%[2%]: an id expected, got "b,c"$',
        blamed(function() software:delete_package_folder_files { "a", "b,c" } end))
      assert.matches("got nil$", blamed(function() software:delete_package_folder_files() end))
      assert.matches("^software:get_package_files: id: ",
        blamed(function() software:get_package_files() end))
    end)
  end)

  it("has not_found for the files of no package", function()
    fails("not_found", software:get_package_files(NOWHERE))
    fails("not_found", software:get_software_entity_details(NOWHERE))
  end)
end)
