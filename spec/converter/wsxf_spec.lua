-- The converter for WSXF: what it does around wats.report.parse_all, for which a stand-in answers.
-- What that reads of XML is shown where it is.

local converter = require("wats.converter")
local errors = require("wats.errors")
local formats = require("wats.queue.formats")
local json = require("wats.json")
local needs = require("spec.support.needs")
local report = require("wats.report")
local sandboxes = require("spec.support.sandbox")

local wsxf = converter.shipped("wsxf")

local HEAD = '\xEF\xBB\xBF<?xml version="1.0" encoding="utf-8"?><Reports xmlns="x">'

local REPORT = [[
<Report type="UUT" ID="%s" Start="2026-01-30T22:01:41.47+01:00" Result="Passed" SN="SN-%d" PN="PN"
  Rev="A" MachineName="M" Location="Oslo" Purpose="Test">
  <UUT UserLoginName="kari" ExecutionTime="12.5"/><Process Code="50" Name="PCBA test"/>
  <Step Id="1" Group="Main" Name="Main" StepType="SequenceCall" Status="Passed">
    <SequenceCall Name="Main.seq" Version="1.2" Filename="Main.seq"/>
  </Step>
</Report>
]]

-- Where the library reads XML: what a real document becomes.
local reads = needs.that(report.parse_all, "wats.report reads no XML", it, pending)

describe("the converter wsxf", function()
  local before, answer, asked

  reads("reads a document", function()
    report.parse_all = before -- luacheck: ignore 122
    local ids = { "33a2d408-3fc8-480b-b554-6866c77fd91c", "33a2d408-3fc8-480b-b554-6866c77fd91d" }
    local text = '\xEF\xBB\xBF<?xml version="1.0"?>\n'
      .. '<Reports xmlns="http://wats.virinco.com/schemas/WATS/Report/wsxf">'
      .. REPORT:format(ids[1]:upper(), 1) .. REPORT:format(ids[2], 2) .. "</Reports>\n"
    local texts = assert(converter.run(wsxf, "a.wsxf", { text = text }))
    for i, one in ipairs(texts) do
      local record = json.decode(one)
      assert.same({ ids[i], "SN-" .. i, "P" }, { record.id:lower(), record.sn, record.result })
    end
    assert.equal(2, #texts)
    for length = 0, #text - 2, 50 do -- cut short it is none
      assert.is_nil((converter.run(wsxf, "a.wsxf", { text = text:sub(1, length) })))
    end
  end)

  before_each(function()
    before = report.parse_all
    report.parse_all = function(text) -- luacheck: ignore 122
      asked = text
      return answer()
    end
  end)
  after_each(function() report.parse_all = before end) -- luacheck: ignore 122

  local function run(text)
    return converter.run(wsxf, "a.wsxf", { text = text })
  end

  it("takes all reports of a document, with their ids, and gives one without its own", function()
    local first, second = sandboxes.report(), sandboxes.report()
    local id = first.id
    second.id = nil
    answer = function() return { { record = first }, { record = second } } end
    local texts = assert(run(HEAD))
    assert.equal(HEAD, asked)
    assert.equal(id, json.decode(texts[1]).id)
    local given = json.decode(texts[2]).id
    assert.matches("^%x+%-%x+%-8%x+%-%x+%-%x+$", given)
    second.id = json.null
    assert.equal(given, json.decode(assert(run(HEAD))[2]).id)
  end)

  it("tells why a document holds none", function()
    answer = function()
      return nil, errors.new { kind = "decode", message = "no XML: line 1" }
    end
    assert.same({ nil, "no XML: line 1", false }, { run("<Reports") })
  end)

  it("knows its files by how they begin", function()
    local set = assert(formats.set { wsxf })
    local function of(name, text)
      local file = formats.file({ path = "/no/such", name = name, size = #text, content = text },
        100000)
      local format = set:of(name, file, true)
      return format and format.name
    end
    assert.equal("wsxf", of("a.xml", HEAD))
    assert.equal("wsxf", of("A.WSXF", "<!-- x -->\n<Report type='UUT'"))
    assert.equal("wsxf", of("a.xml", "<w:Reports>"))
    assert.is_nil(of("a.xml", "<html><body>Reports</body></html>"))
    assert.is_nil(of("a.txt", HEAD))
  end)
end)
