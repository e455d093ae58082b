-- Packages of software in the sandbox, as they are on the wire.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")
local zip = require("wats.sandbox.zip")

local NOWHERE = "00000000-0000-0000-0000-000000000000"

describe("sandbox packages", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function send(method, path, record)
    local response = box:request(method, path, { json = record })
    local value = response.body ~= "" and cjson.decode(response.body) or nil
    return response.status, value
  end

  local function make(name, more)
    local record = more or {}
    record.name = name
    local status, package = send("POST", "/api/Software/Package", record)
    assert.equal(200, status)
    return package
  end

  local function status_to(id, status)
    return (send("POST", "/api/Software/PackageStatus/" .. id .. "?status=" .. status))
  end

  local function upload(id, bytes, more)
    more = more or {}
    return box:request("POST", "/api/Software/Package/UploadZip/" .. id .. (more.query or ""), {
      headers = { ["Content-Type"] = "multipart/form-data; boundary=xyz" },
      body = ("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n"
        .. "Content-Type: %s\r\n\r\n%s\r\n%s--xyz--\r\n"):format(more.type or "application/zip",
        bytes, more.also or ""),
    })
  end

  local ONE = zip.write { { name = "f/x", body = "1" } }

  it("have all members of the API's record", function()
    local package = make("P", { tags = { { key = "a", value = "b" } }, priority = 2,
      virtualFolderId = NOWHERE })
    for _, name in ipairs { "packageId", "name", "installOnRoot", "version", "description",
      "rootDirectory", "tags", "modified", "modifiedBy", "status", "priority", "virtualFolderId",
      "created", "createdBy", "released", "releasedBy", "revoked", "revokedBy" } do
      assert.is_not_nil(package[name], name)
    end
    assert.same({ "Draft", 1, cjson.null }, { package.status, package.version, package.released })
    assert.same({ key = "a", value = "b", change = cjson.null }, package.tags[1])
    assert.equal("[]", box:get("/api/Software/PackageFiles/" .. package.packageId).body)
  end)

  it("tell of faults by field", function()
    for _, record in ipairs { { name = "" }, { name = 5 }, { name = "x", priority = "1" },
      { name = "x", tags = { "a" } }, { name = "x", tags = { { value = "a" } } },
      { name = "x", virtualFolderId = "y" }, { name = "x", status = "Ready" } } do
      local status, answer = send("POST", "/api/Software/Package", record)
      assert.equal(400, status)
      assert.is_table(answer.ModelState)
    end
    assert.equal("[]", box:get("/api/Software/Packages").body)
  end)

  it("go their way, and note when", function()
    local id = make("P").packageId
    for _, step in ipairs { { "Released", 409 }, { "Ready", 400 }, { "pending", 200 },
      { "Pending", 409 }, { "DRAFT", 200 }, { "Pending", 200 }, { "Released", 200 },
      { "Draft", 409 }, { "Revoked", 200 }, { "Released", 409 } } do
      assert.equal(step[2], status_to(id, step[1]), step[1])
    end
    local package = box:get_json("/api/Software/Package/" .. id:upper())
    assert.equal("Revoked", package.status)
    assert.is_string(package.released)
    assert.is_string(package.revoked)
    assert.equal(404, status_to(NOWHERE, "Pending"))
  end)

  it("are changed as their status allows", function()
    local package = make("P")
    local path = "/api/Software/Package/" .. package.packageId
    package.description = "new"
    assert.equal(200, (send("PUT", path, package)))
    assert.equal(400, (send("PUT", path, { name = "P", version = 7 })))
    assert.equal(400, (send("PUT", path, { name = "P", packageId = NOWHERE })))
    assert.equal(409, (send("PUT", path, { name = "P", status = "Released" })))
    make("Q")
    assert.equal(409, (send("PUT", path, { name = "Q" })))
    assert.equal(200, (send("PUT", path, { name = "P", status = "Pending" })))
    local status, answer = send("PUT", path, { name = "P", description = "other" })
    assert.equal(409, status)
    assert.matches("description", answer.Message)
    assert.equal(200, (send("PUT", path, { name = "P", tags = { { key = "a", value = "b" } } })))
    assert.equal("a", box:get_json(path).tags[1].key)
    assert.equal(404, (send("PUT", "/api/Software/Package/" .. NOWHERE, { name = "P" })))
  end)

  it("are deleted as drafts and revoked ones", function()
    local id = make("P").packageId
    assert.equal(404, (send("DELETE", "/api/Software/PackageByName?name=P&version=2")))
    status_to(id, "Pending")
    assert.equal(409, (send("DELETE", "/api/Software/Package/" .. id)))
    status_to(id, "Draft")
    assert.equal(204, (send("DELETE", "/api/Software/PackageByName?name=P&version=1")))
    assert.equal(404, (send("DELETE", "/api/Software/Package/" .. id)))
  end)

  it("are found by name and by tag", function()
    make("P", { tags = { { key = "Line", value = "Two" } } })
    make("P", { tags = { { key = "Line", value = "2" } } })
    local function get(query) return box:get("/api/Software/" .. query) end
    assert.equal(2, cjson.decode(get("PackageByName?name=P&status=draft").body).version)
    assert.equal(404, get("PackageByName?name=p&status=draft").status)
    assert.equal(404, get("PackageByName?name=P&status=draft&version=3").status)
    assert.equal(400, get("PackageByName?name=P&status=ready").status)
    local list = cjson.decode(get("PackagesByTag?tag=Line%3DTWO&status=Draft").body)
    assert.same({ 1, 1 }, { #list, list[1].version })
    assert.equal("[]", get("PackagesByTag?tag=line%3DTwo&status=Draft").body)
    assert.equal(400, get("PackagesByTag?tag=Line&status=Draft").status)
    assert.equal(400, get("PackagesByTag?tag=Line%3D2&status=x").status)
  end)

  describe("take a zip", function()
    it("apart", function()
      local id = make("P").packageId
      assert.equal(200, upload(id, zip.write { { name = "f/", body = "" },
        { name = "f/x", body = "1" }, { name = "g\\h\\y", body = "2" } }).status)
      local files = box:get_json("/api/Software/PackageFiles/" .. id)
      assert.same({ "f", "x", "None" },
        { files[1].packageFolderName, files[1].name, files[1].attributes })
      assert.same({ "g/h", "y" }, { files[2].packageFolderName, files[2].name })
      assert.equal(200, upload(id, ONE, { query = "?cleanInstall=true" }).status)
      assert.equal(1, #box:get_json("/api/Software/PackageFiles/" .. id))
    end)

    it("whole or not at all", function()
      local id = make("P").packageId
      for _, bytes in ipairs { ONE:sub(1, -5), "text", zip.write { { name = "x", body = "" } },
        zip.write { { name = "f/x", body = "" }, { name = "f/../../y", body = "" } },
        zip.write { { name = "/f/x", body = "" } }, zip.write { { name = "C:/x", body = "" } } } do
        assert.equal(400, upload(id, bytes).status)
      end
      assert.equal(400, upload(id, ONE, { type = "application/octet-stream" }).status)
      assert.equal(400, upload(id, ONE, { also = "--xyz\r\nContent-Disposition: form-data; "
        .. "name=\"b\"\r\n\r\nc\r\n" }).status)
      assert.equal(404, upload(NOWHERE, ONE).status)
      assert.equal("[]", box:get("/api/Software/PackageFiles/" .. id).body)
      status_to(id, "Pending")
      assert.equal(409, upload(id, ONE).status)
    end)
  end)

  it("have files with attributes", function()
    local id = make("P").packageId
    upload(id, ONE)
    local file = box:get_json("/api/Software/PackageFiles/" .. id)[1].packageFileId
    local function set(which, text)
      return (send("POST", ("/api/Software/Package/FileAttribute/%s?attribute=%s"):format(which,
        text)))
    end
    assert.equal(200, set(file, "topLEVELfile"))
    assert.equal("TopLevelFile",
      box:get_json("/api/Software/PackageFiles/" .. id)[1].attributes)
    assert.equal(400, set(file, "Execute"))
    assert.equal(404, set(NOWHERE, "None"))
  end)

  it("lie in virtual folders", function()
    local folders = box:get_json("/api/Software/VirtualFolders")
    assert.equal(folders[1].id, folders[2].parentId)
  end)
end)
