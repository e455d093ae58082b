-- Internal calls of software in the sandbox, as they are on the wire.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")
local xpath = require("wats.sandbox.software.xpath")
local zip = require("wats.sandbox.zip")

local NOWHERE = "00000000-0000-0000-0000-000000000000"
local INTERNAL = "/api/internal/Software/"

describe("the XPath of a search", function()
  local TAGS = { { key = "A", value = "x" }, { key = "B", value = 'it\'s "1"' } }

  it("is true of tags that have what it names", function()
    for text, expected in pairs {
      ['//*[A[.="x"]]'] = true, ["//*[A[.='x']]"] = true, ['//*[A[.="y"]]'] = false,
      ['//*[A[.="y" or .="x"]]'] = true, ['//*[A[.="x"]] [B[.="z"]] '] = false,
      ['//*[C[.="x"]]'] = false, ["//*"] = true, ['//*[A[ .="x"]]'] = "nil",
      ["//*[B[.=concat(\"it's \", '\"', \"1\", '\"')]]"] = true,
    } do
      local test = xpath.compile(text)
      if expected == "nil" then
        assert.is_nil(test)
      else
        assert.equal(expected, test(TAGS), text)
      end
    end
  end)

  it("is refused in any other form", function()
    for _, text in ipairs { "", "//", "/a", "//*[", "//*[A", "//*[A[.=x]]", '//*[A[.="x"]',
      '//*[A[.="x]]', '//*[A[.="x" or]]', '//*[A[.="x"]]y', "//*[A[.=concat('x']]",
      "//*[A[.=concat()]]", "//*[A[.=concat('x',)]]" } do
      assert.is_nil(xpath.compile(text), text)
    end
  end)
end)

describe("sandbox packages, internally", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function send(method, path, record)
    local response = box:request(method, path, { json = record })
    return response.status, response.body ~= "" and cjson.decode(response.body) or nil
  end

  local function make(name)
    local _, package = send("POST", "/api/Software/Package",
      { name = name, tags = { { key = "T", value = "a<b&c" } } })
    return package.packageId
  end

  local function folder(id, record)
    return send("POST", INTERNAL .. "PostPackageFolder?packageId=" .. id, record)
  end

  it("want a Referer", function()
    assert.equal(400, box:get(INTERNAL .. "isConnected", { headers = { Referer = false } }).status)
    assert.is_true(box:get_json(INTERNAL .. "isConnected"))
  end)

  it("tell of the package with the names of these calls", function()
    local id = make("P")
    local list = box:get_json(INTERNAL .. "GetPackageHistory?tags=" .. sandboxes.encode("//*"))
    assert.same({ id, "P", 1, 0, true, "<PackageInfo><T>a&lt;b&amp;c</T></PackageInfo>" },
      { list[1].PackageId, list[1].Name, list[1].Version, list[1].Status, list[1].PackageFolder,
        list[1].Tags })
    assert.equal(400, box:get(INTERNAL .. "GetPackageHistory?tags=x").status)
    assert.equal(400, box:get(INTERNAL .. "GetPackageHistory?status=4&tags="
      .. sandboxes.encode("//*")).status)
  end)

  it("make and move folders", function()
    local id = make("P")
    local _, top = folder(id, { name = "top" })
    local status, low = folder(id, { name = "low", parentId = top.id })
    assert.same({ 200, top.id, 0 }, { status, low.parentId, low.type })
    assert.equal(409, (folder(id, { name = "TOP" })))
    for _, name in ipairs { "", "a/b", "a\\b", "..", "c:" } do
      assert.equal(400, (folder(id, { name = name })))
    end
    assert.equal(404, (folder(id, { name = "x", parentId = NOWHERE })))
    assert.equal(404, (folder(NOWHERE, { name = "x" })))
    local path = INTERNAL .. "UpdatePackageFolder"
    assert.equal(409, (send("POST", path, { id = top.id, name = "top", parentId = low.id })))
    assert.equal(200, (send("POST", path, { id = low.id, name = "own" })))
    assert.equal(409, (send("POST", path, { id = low.id, name = "top" })))
    assert.equal(404, (send("POST", path, { id = NOWHERE, name = "x" })))
    assert.equal(404, (send("POST", path, { name = "x" })))
    assert.equal(200, (send("POST", INTERNAL .. "DeletePackageFolder?packageFolderId=" .. top.id)))
    local details = box:get_json(INTERNAL .. "GetSoftwareEntityDetails?packageId=" .. id)
    assert.same({ 1, "own", cjson.null }, { #details, details[1].name, details[1].parentId })
  end)

  it("delete a folder with all that is below it", function()
    local id = make("P")
    local bytes = zip.write { { name = "a/b/c/x", body = "1" }, { name = "a/b/y", body = "2" },
      { name = "a/d/z", body = "3" }, { name = "e/w", body = "4" } }
    box:request("POST", "/api/Software/Package/UploadZip/" .. id, {
      headers = { ["Content-Type"] = "multipart/form-data; boundary=q" },
      body = "--q\r\nContent-Disposition: form-data; name=\"f\"; filename=\"z\"\r\n"
        .. "Content-Type: application/zip\r\n\r\n" .. bytes .. "\r\n--q--\r\n" })
    local details = box:get_json(INTERNAL .. "GetSoftwareEntityDetails?packageId=" .. id)
    local top, file
    for _, entity in ipairs(details) do
      if entity.name == "a" then top = entity.id end
      if entity.name == "x" then file = entity end
    end
    local res = box:get(INTERNAL .. "File/" .. file.repositoryFolderFileId)
    assert.same({ "1", "application/octet-stream" }, { res.body, res.headers["content-type"] })
    send("POST", INTERNAL .. "DeletePackageFolder?packageFolderId=" .. top)
    details = box:get_json(INTERNAL .. "GetSoftwareEntityDetails?packageId=" .. id)
    assert.same({ 2, "e", "w" }, { #details, details[1].name, details[2].name })
    assert.equal(404, box:get(INTERNAL .. "File/" .. NOWHERE).status)
    assert.equal(404, box:get(INTERNAL .. "GetSoftwareEntityDetails?packageId=" .. NOWHERE).status)
  end)

  it("log downloads", function()
    local id = make("P")
    assert.equal("null", box:get(INTERNAL .. "Log?downloadSize=7&packageId=" .. id).body)
    local list = box:get_json(INTERNAL .. "GetPackageDownloadHistory?clientId=1")
    assert.same({ id, 7 }, { list[1].packageId, list[1].downloadSize })
    assert.equal(404, box:get(INTERNAL .. "Log?downloadSize=7&packageId=" .. NOWHERE).status)
  end)
end)
