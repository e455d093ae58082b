-- client.software:download_package: all files of a package into a directory, and no further.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local helper = require("spec.tools.helper")
local json = require("wats.json")
local support = require("spec.support.client")
local wats = require("wats")
local zip = require("wats.sandbox.zip")

local blamed = support.blamed

local NOWHERE = "00000000-0000-0000-0000-000000000000"
local LISTING = "/api/Software/PackageFiles/*"
local DETAILS = "/api/internal/Software/GetSoftwareEntityDetails"
local BYTES = "/api/internal/Software/File/*"

describe("download_package", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local software, id, directory

  before_each(function()
    software = box.client.software
    id = assert(software:create_package { name = "ICT" }).packageId
    directory = helper.directory()
  end)

  after_each(function() if directory then helper.remove(directory) end end)

  local function fails(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind)
    return err
  end

  local function upload(entries)
    local list = {}
    for name, body in pairs(entries) do list[#list + 1] = { name = name, body = body } end
    assert(software:upload_zip(id, zip.write(list)))
  end

  local function read(path)
    local file = assert(io.open(directory .. "/" .. path, "rb"))
    local text = file:read("a")
    file:close()
    return text
  end

  -- All files below the directory.
  local function found()
    local _, text = helper.sh(("cd %s && find . -type f | sort"):format(helper.quoted(directory)))
    return text
  end

  -- The next answer to a path.
  local function answer(path, value)
    assert(box.sandbox:fault { method = "GET", path = path, status = 200,
      body = json.encode(json.array(value)),
      headers = { ["Content-Type"] = "application/json" } })
  end

  local function bytes(text)
    assert(box.sandbox:fault { method = "GET", path = BYTES, status = 200, body = text,
      headers = { ["Content-Type"] = "application/octet-stream" }, times = 0 })
  end

  it("fetches all, in their folders", function()
    upload { ["prog/main.seq"] = "main", ["prog/sub dir/ø #1?.lua"] = "lua", ["prog/empty"] = "",
      ["data/big"] = ("0123456789"):rep(100000) }
    local told = {}
    local got = assert(software:download_package(id, directory .. "/new/place/",
      { on_progress = function(done, total) told[#told + 1] = done .. "/" .. total end }))
    assert.equal(1000007, got.bytes)
    assert.equal(4, #got.files)
    assert.same({ "1/4", "2/4", "3/4", "4/4" }, told)
    assert.equal("./new/place/data/big\n./new/place/prog/empty\n./new/place/prog/main.seq\n"
      .. "./new/place/prog/sub dir/ø #1?.lua\n", found())
    assert.equal("lua", read("new/place/prog/sub dir/ø #1?.lua"))
    assert.equal(core.sha256(("0123456789"):rep(100000)),
      core.sha256_file(directory .. "/new/place/data/big"))
    for _, file in ipairs(got.files) do
      assert.equal(file.record.name, file.path:match("[^/]*$"))
    end
  end)

  it("replaces what is there, and leaves the rest alone", function()
    upload { ["a/x"] = "old" }
    assert(software:download_package(id, directory))
    helper.write(directory .. "/a/own", "mine")
    upload { ["a/x"] = "new" }
    assert(software:download_package(id, directory))
    assert.equal("new", read("a/x"))
    assert.equal("mine", read("a/own"))
    assert.equal("./a/own\n./a/x\n", found())
  end)

  it("works in a task, several at once", function()
    upload { ["a/x"] = "1", ["a/y"] = "2" }
    local slots = wats.run(function()
      return wats.gather {
        function() return software:download_package(id, directory .. "/1", { concurrency = 2 }) end,
        function() return software:download_package(id, directory .. "/2", { concurrency = 1 }) end,
      }
    end)
    assert.is_true(slots[1].ok and slots[2].ok)
    assert.equal("./1/a/x\n./1/a/y\n./2/a/x\n./2/a/y\n", found())
  end)

  it("makes an empty directory of an empty package, and has not_found for none", function()
    local new = directory .. "/a/b"
    assert.same({ files = {}, bytes = 0 }, assert(software:download_package(id, new)))
    assert.is_true((helper.sh("rmdir " .. helper.quoted(new))))
    fails("not_found", software:download_package(NOWHERE, directory))
  end)

  describe("does not trust names:", function()
    local bad = {
      { "", "../x" }, { "..", "x" }, { "a/../..", "x" }, { "a\\..\\..", "x" }, { "/etc", "x" },
      { "\\etc", "x" }, { "C:", "x" }, { "a", "x:stream" }, { "a", ".." }, { "a", "." },
      { "a", "" }, { ".", "x" }, { "a//b", "x" }, { "a", "b/x" }, { "a", "b\\x" },
      { "a", "x\n" }, { "a\0b", "x" }, { "a", 5 }, { "a" },
    }
    for _, pair in ipairs(bad) do
      it(("%q %q"):format(pair[1], tostring(pair[2])), function()
        answer(LISTING, { { packageFileId = NOWHERE, name = "fine", packageFolderName = "a" },
          { packageFileId = NOWHERE, name = pair[2], packageFolderName = pair[1] } })
        bytes("evil")
        fails("protocol", software:download_package(id, directory .. "/in"))
        assert.equal("", found())
      end)
    end
  end)

  it("takes either slash, and a folder that ends in one", function()
    answer(LISTING, { { packageFileId = NOWHERE, name = "x", packageFolderName = "a\\b\\" },
      { packageFileId = NOWHERE, name = "y", packageFolderName = "a/c/" },
      { packageFileId = NOWHERE, name = "..z.." }, { packageFileId = NOWHERE, name = "w",
        packageFolderName = "" } })
    bytes("1")
    assert(software:download_package(id, directory))
    assert.equal("./..z..\n./a/b/x\n./a/c/y\n./w\n", found())
  end)

  it("refuses two files of one place", function()
    answer(LISTING, { { packageFileId = NOWHERE, name = "x", packageFolderName = "a" },
      { packageFileId = NOWHERE, name = "X", packageFolderName = "A" } })
    assert.matches("two files", fails("protocol",
      software:download_package(id, directory)).message)
    answer(LISTING, { { name = "x", packageFolderName = "a" } })
    assert.matches("no id", fails("protocol", software:download_package(id, directory)).message)
    answer(LISTING, { { packageFileId = "f", name = "x" } })
    assert.matches("no uuid", fails("protocol", software:download_package(id, directory)).message)
  end)

  it("finds the folders above one of which it is told the last name", function()
    local folders = { { id = "1", name = "top" }, { id = "2", name = "low", parentId = "1" },
      { id = "F", name = "x", repositoryFolderFileId = NOWHERE } }
    local listing = { { packageFileId = "f", name = "x", packageFolderName = "low" } }
    answer(LISTING, listing)
    answer(DETAILS, folders)
    bytes("1")
    assert(software:download_package(id, directory))
    assert.equal("./top/low/x\n", found())
    folders[4] = { id = "3", name = "low" }
    answer(LISTING, listing)
    answer(DETAILS, folders)
    assert.matches("2 folders", fails("protocol",
      software:download_package(id, directory)).message)
    -- the one above stands for the package: it has no name
    folders[4], folders[1].name = nil, ""
    answer(LISTING, listing)
    answer(DETAILS, folders)
    assert(software:download_package(id, directory))
    assert.equal("./low/x\n./top/low/x\n", found())
    folders[1].parentId = "2"
    answer(LISTING, listing)
    answer(DETAILS, folders)
    assert.matches("lies in itself", fails("protocol",
      software:download_package(id, directory)).message)
    folders[1].parentId = nil
    -- above them is one that would lead out
    folders[4], folders[1].name = nil, ".."
    answer(LISTING, listing)
    answer(DETAILS, folders)
    fails("protocol", software:download_package(id, directory))
  end)

  it("takes a name as long as names can be", function()
    local name = ("n"):rep(255)
    upload { ["a/" .. name] = "1" }
    assert(software:download_package(id, directory))
    assert.equal("1", read("a/" .. name))
    assert.equal(("./a/%s\n"):format(name), found())
  end)

  it("goes by the files' own ids where the server does not tell others", function()
    upload { ["a/x"] = "1" }
    assert(box.sandbox:fault { method = "GET", path = DETAILS, status = 404 })
    bytes("2")
    assert(software:download_package(id, directory))
    local files = assert(software:get_package_files(id))
    local journal = assert(box.sandbox:journal())
    local own = 0
    for _, entry in ipairs(journal) do
      if entry.path:find(files[1].packageFileId, 1, true) then own = own + 1 end
    end
    assert.equal(1, own)
    assert(box.sandbox:fault { method = "GET", path = DETAILS, status = 405 })
    assert(software:download_package(id, directory))
    assert(box.sandbox:fault { method = "GET", path = DETAILS, status = 500 })
    fails("server", software:download_package(id, directory))
  end)

  describe("checks what came:", function()
    local function offer(entity)
      entity.id, entity.repositoryFolderFileId = NOWHERE, NOWHERE
      answer(LISTING, { { packageFileId = NOWHERE, name = "x", packageFolderName = "a" } })
      answer(DETAILS, { entity })
      bytes("hello")
      return software:download_package(id, directory)
    end

    local function packed(hex)
      return core.base64_encode((hex:gsub("%x%x", function(c)
        return string.char(tonumber(c, 16))
      end)))
    end

    it("its size", function()
      assert(offer { fileSize = 5 })
      assert.equal("./a/x\n", found())
      assert.matches("5 bytes, the server says 6", fails("protocol",
        offer { fileSize = 6 }).message)
      assert.equal("hello", read("a/x"))
      assert.equal("./a/x\n", found())
      assert(offer { fileSize = 0 })
    end)

    it("its SHA-256", function()
      assert(offer { checksum = packed(core.sha256("hello")) })
      assert.matches("checksum", fails("protocol",
        offer { checksum = packed(core.sha256("Hello")) }).message)
      assert.equal("./a/x\n", found())
      -- of another kind, which cannot be told
      assert(offer { checksum = packed(("00"):rep(16)) })
      assert(offer { checksum = core.base64_encode(("0a"):rep(16)) })
      assert(offer { checksum = "?" })
    end)
  end)

  it("has the error of the one that failed, and no half files", function()
    upload { ["a/x"] = ("1"):rep(50000), ["a/y"] = ("2"):rep(50000), ["a/z"] = "3" }
    assert(box.sandbox:fault { method = "GET", path = BYTES, drop = "mid", times = 0 })
    fails("connection", software:download_package(id, directory, { concurrency = 1 }))
    assert.equal("", found())
    local journal, asked = assert(box.sandbox:journal()), 0
    for _, entry in ipairs(journal) do
      if entry.path:find("/Software/File/", 1, true) then asked = asked + 1 end
    end
    assert.equal(1, asked)
    assert(box.sandbox:clear_faults())
    helper.write(directory .. "/in the way", "")
    fails("io", software:download_package(id, directory .. "/in the way"))
    assert(core.make_directory(directory .. "/b/a/z"))
    fails("io", software:download_package(id, directory .. "/b"))
    local _, left = helper.sh(("find %s -name '*.new' -o -name '*.part'"):format(directory))
    assert.equal("", left)
  end)

  it("raises at the caller's line", function()
    assert.matches("^software:download_package: id: ",
      blamed(function() software:download_package(nil, "x") end))
    for _, wrong in ipairs { "", 5, "a\0b" } do
      assert.matches("^software:download_package: directory: the name of a directory expected",
        blamed(function() software:download_package("x", wrong) end))
    end
    assert.matches("concurrency", blamed(function()
      software:download_package("x", directory, { concurrency = 0 }) end))
    assert.matches("on_progress", blamed(function()
      software:download_package("x", directory, { on_progress = 1 }) end))
    assert.matches("sink: the files go to the directory", blamed(function()
      software:download_package("x", directory, { sink = "y" }) end))
    upload { ["a/x"] = "1" }
    assert.error_matches(function()
      software:download_package(id, directory, { on_progress = function() error("mine") end })
    end, "mine")
  end)
end)
