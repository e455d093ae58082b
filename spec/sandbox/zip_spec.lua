-- Zip files of the sandbox: written, read, and refused.

local core = require("wats.core")
local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")
local unzip = require("spec.support.unzip")
local zip = require("wats.sandbox.zip")

local has_python = helper.sh("python3 -c 'import zipfile'")

local function flat(entries)
  local list = {}
  for i, entry in ipairs(entries) do list[i] = entry.name .. "=" .. entry.body end
  return list
end

describe("zip", function()
  local LONG = ("hello "):rep(30000)

  it("reads what it writes, packed or not", function()
    local entries = { { name = "a/", body = "" }, { name = "a/long", body = LONG },
      { name = "a/ø stored", body = LONG, stored = true }, { name = "b", body = "" },
      { name = "c", body = ("\0\255"):rep(10) } }
    local bytes = zip.write(entries)
    assert.is_true(#bytes > #LONG and #bytes < #LONG + 2000)
    assert.same(flat(entries), flat(assert(zip.read(bytes))))
    assert.same({}, zip.read(zip.write {}))
  end)

  it("reads one that another program wrote, with a comment", function()
    local bytes = core.base64_decode(""
      .. "UEsDBBQAAAAIAAAAPlxa32eVEAAAANwFAAAHAAAAZC9lLnR4dEtMSk4cRaNoFI2iUTS8EABQSwMEFAAAAAAA"
      .. "AAA+XAv5Q1YGAAAABgAAAAMAAABkL2ZzdG9yZWRQSwECFAMUAAAACAAAAD5cWt9nlRAAAADcBQAABwAAAAAA"
      .. "AAAAAAAAgAEAAAAAZC9lLnR4dFBLAQIUAxQAAAAAAAAAPlwL+UNWBgAAAAYAAAADAAAAAAAAAAAAAACAATUA"
      .. "AABkL2ZQSwUGAAAAAAIAAgBmAAAAXAAAAAkAYSBjb21tZW50")
    assert.same({ "d/e.txt=" .. ("abc"):rep(500), "d/f=stored" }, flat(assert(zip.read(bytes))))
  end)

  it("refuses what is broken", function()
    local bytes = zip.write { { name = "a", body = LONG },
      { name = "b", body = "x", stored = true } }
    for at = 1, #bytes - 1, 7 do assert.is_nil(zip.read(bytes:sub(1, at))) end
    for _, wrong in ipairs { "", "x", ("x"):rep(100), "PK\5\6", "PK\5\6" .. ("\255"):rep(18) } do
      local entries, problem = zip.read(wrong)
      assert.is_nil(entries)
      assert.is_string(problem)
    end
    -- any byte may be another one: it is read, or refused, and never raises
    for at = 1, #bytes do
      local changed = bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ 0x41)
        .. bytes:sub(at + 1)
      local entries, problem = zip.read(changed)
      assert.is_true(entries ~= nil or type(problem) == "string")
    end
  end)

  it("refuses another sum, encryption, other methods, and too much", function()
    local bytes = zip.write { { name = "a", body = "xyz", stored = true } }
    local _, problem = zip.read((bytes:gsub("xyz", "xyy", 1)))
    assert.matches("^a: ", problem)
    local at = bytes:find("PK\1\2", 1, true)
    local function with(offset, text)
      return bytes:sub(1, at + offset - 1) .. text .. bytes:sub(at + offset + #text)
    end
    _, problem = zip.read(with(8, "\1\8"))
    assert.equal("a is encrypted", problem)
    _, problem = zip.read(with(10, "\12\0"))
    assert.equal("a: method 12 is unknown", problem)
    _, problem = zip.read(with(24, "\255\255\255\255"))
    assert.equal("a: it is too large", problem)
    _, problem = zip.read(with(24, "\2\0\0\0")) -- it says that it is smaller than it is
    assert.matches("^a: ", problem)
  end)

  local it_python = needs.that(has_python, "no python3 here", it, pending)

  local members = {
    { "a.txt", "hello" }, { "b/ø\\c", ("\0\255"):rep(5000) }, { "a.txt", "another" },
    { "empty", "" },
  }

  it("holds its members, of equal names too, and no paths", function()
    local found, count = unzip.read(zip.archive(members))
    assert.equal(4, count)
    assert.equal("hello", found["a.txt"])
    assert.equal("another", found["2_a.txt"])
    assert.equal(members[2][2], found["b_ø_c"])
    assert.equal("", found.empty)
    assert.same({}, (unzip.read(zip.archive({}))))
  end)

  it_python("is found whole by another reader", function()
    local directory = helper.directory()
    helper.write(directory .. "/x.zip", zip.archive(members))
    local ok, output = helper.sh("python3 -m zipfile -t " .. directory .. "/x.zip")
    helper.remove(directory)
    assert.is_true(ok, output)
    assert.is_nil(output:find("corrupt", 1, true), output)
  end)
end)
