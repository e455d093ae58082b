-- wats.report.html: the page as a whole: well-formed, by itself, escaped, for any record.

local core = require("wats.core")
local html = require("wats.report.html")
local json = require("wats.json")
local page = require("spec.support.page")
local text = require("wats.report.text")

local OPTIONS = { open = "failures", image_limit = 100000 }

local function read(name)
  local file = assert(io.open(name, "rb"))
  local content = file:read("a")
  file:close()
  return json.decode(content, { nulls = "keep" })
end

local SAMPLES = { "spec/support/uut_report.json", "spec/support/uur_report.json" }

local EVIL = "<script>alert(1)</script><img src=x onerror=y>\"'&\27\0\xFF\u{202E}"

-- Every text of a record replaced.
local function infect(value)
  for key, member in pairs(value) do
    if type(member) == "table" then
      infect(member)
    elseif type(member) == "string" and key ~= "type" and key ~= "status" then
      value[key] = EVIL
    end
  end
end

-- What may stand anywhere in a record that somebody else wrote.
local ODD = { json.null, 0, -1, 0 / 0, math.huge, "", EVIL, {}, { 1, 2, "a" }, { {} }, true, false,
  json.array {}, 1e308, "NaN", ("w"):rep(3000), print }

local function places(value, list)
  for key, member in pairs(value) do
    list[#list + 1] = { value, key }
    if type(member) == "table" then places(member, list) end
  end
  return list
end

describe("wats.report.html", function()
  it("is one page that needs nothing beside itself", function()
    for _, name in ipairs(SAMPLES) do
      local content = html.of(read(name), true, OPTIONS)
      local root = page.read(content)
      assert.equal("html", root.name)
      assert.equal(0, #page.all(root, "script"))
      assert.equal(0, #page.all(root, "link"))
      for _, node in ipairs(page.all(root, function() return true end)) do
        for attribute, value in pairs(node.attributes) do
          if type(attribute) == "string" then
            assert.is_nil(attribute:find("^on"), attribute)
            if attribute == "href" then assert.equal("#", value:sub(1, 1)) end
            if attribute == "src" then assert.matches("^data:image/", value) end
          end
        end
      end
    end
  end)

  it("says its language, forbids what it does not need, and opens where something fails", function()
    local bad = { name = "bad", status = "F" }
    local content = html.of({ type = "T", binaryData = { { name = "x", data = "AAAA",
      contentType = "image/png;\" onerror=\"y" } }, root = { name = "a", status = "P",
      steps = { { name = "b", status = "P", steps = { bad } } } } }, true, OPTIONS)
    local root = page.read(content)
    assert.equal("en", root.attributes.lang)
    assert.matches("Content-Security-Policy\"\n content=\"default-src 'none'; ", content, 1, true)
    assert.matches('src="data:image/png;base64,AAAA"/>', content, 1, true)
    for _, details in ipairs(page.all(root, "details")) do
      assert.equal("open", details.attributes.open)
    end
  end)

  it("shows unit, station and verdict, and the parts that there are", function()
    local record = read(SAMPLES[1])
    local root = page.read(html.of(record, true, OPTIONS))
    local header = page.all(root, "header")[1].text
    for _, field in ipairs { "pn", "sn", "rev", "machineName", "id" } do
      assert.matches(record[field], header, 1, true)
    end
    assert.equal(({ P = "Passed", F = "Failed" })[record.result], page.all(root, ".vd")[1].text)
    assert.is_true(#page.all(root, "details") > 0)
    assert.matches(record.sn, page.all(root, "title")[1].text, 1, true)
  end)

  it("keeps text text, wherever it stands", function()
    for _, name in ipairs(SAMPLES) do
      local record = read(name)
      infect(record)
      local content = html.of(record, true, OPTIONS)
      local root = page.read(content)
      assert.equal(0, #page.all(root, "script"))
      assert.equal(0, #page.all(root, function(e) return e.attributes.onerror end))
      assert.is_nil(content:find("[\0-\9\11-\31\127]"))
      assert.matches("<script>alert(1)</script>", root.text, 1, true)
      assert.matches("\\x1B\\x00\\xFF\\u{202E}", root.text, 1, true)
    end
  end)

  it("never raises, and neither does the text, for records with anything in them", function()
    math.randomseed(20260130)
    local rounds = os.getenv("WATS_TEST_LONG") == "1" and 2000 or 60
    for i = 1, rounds do
      local record = read(SAMPLES[i % 2 + 1])
      local list = places(record, {})
      for _ = 1, math.random(30) do
        local place = list[math.random(#list)]
        place[1][place[2]] = ODD[math.random(#ODD)]
      end
      local content = html.of(record, true, OPTIONS)
      assert(pcall(page.read, content), "round " .. i)
      assert.is_nil(content:find("nan[ \"LM]"))
      local plain = text.of(record, true, { width = 60 + i % 60, tree = true })
      assert.is_truthy(utf8.len(plain))
      assert.is_nil(plain:find("[\0-\9\11-\31\127]"))
    end
  end)

  it("shows a test of ten thousand steps in about a second, in some megabytes", function()
    local groups = {}
    for i = 1, 100 do
      local steps = {}
      for k = 1, 100 do
        steps[k] = { name = "Measure " .. k, status = "P", numericMeas = { { compOp = "GELE",
          status = "P", value = k * 1.1, unit = "V", lowLimit = 0, highLimit = 120 } } }
      end
      groups[i] = { name = "Group " .. i, status = "P", steps = steps }
    end
    local record = { type = "T", root = { name = "Main", status = "P", steps = groups } }
    local began = core.monotonic()
    local content = html.of(record, true, OPTIONS)
    assert.is_true(core.monotonic() - began < 10)
    assert.is_true(#content < 5e6)
    began = core.monotonic()
    text.of(record, true, { width = 100, tree = true })
    assert.is_true(core.monotonic() - began < 10)
  end)
end)
