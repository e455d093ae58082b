-- Reports from texts in either format: the same report from both, nothing lost, nothing raised.
local errors = require("wats.errors")
local files = require("spec.support.files")
local json = require("wats.json")
local needs = require("spec.support.needs")
local report = require("wats.report")
local same = require("spec.support.same_record")

local SHARED = "../shared/wats/samples/"
local NAMESPACE = "http://wats.virinco.com/schemas/WATS/Report/wsxf"

local HEAD = ' type="UUT" ID="5c9b0e9a-7b50-4e31-9d11-0a7e6b1f2c3d" PN="p" SN="s" Rev="" '
local STEP = '<Step Id="1" Name="r" Status="Passed" Group="Main" StepType="SequenceCall">'

local function document(...)
  local parts = { ('<Reports xmlns="%s">'):format(NAMESPACE) }
  for _, inner in ipairs { ... } do parts[#parts + 1] = inner end
  return table.concat(parts) .. "</Reports>"
end

local function one(inner) return document(("<Report%s>%s</Report>"):format(HEAD, inner or "")) end

local function refused(message, text, options)
  local parsed, err = report.parse(text, options)
  assert.is_nil(parsed, text:sub(1, 100))
  assert.is_true(errors.is_error(err))
  assert.equal("decode", err.kind)
  assert.is_false(err.retryable)
  assert.matches(message, err.message)
end

local function utf16(text, little, mark)
  local parts = { mark and (little and "\xFF\xFE" or "\xFE\xFF") or "" }
  for _, code in utf8.codes(text) do
    local units = { code }
    if code > 0xFFFF then
      units = { 0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code & 0x3FF) }
    end
    for _, unit in ipairs(units) do
      parts[#parts + 1] = string.pack(little and "<I2" or ">I2", unit)
    end
  end
  return table.concat(parts)
end

describe("the two formats", function()
  local function pair(xml_path, json_path, shared)
    it("give the same report: " .. xml_path, function()
      local xml, wsjf = files.read(xml_path), files.read(json_path)
      if shared and not xml then return pending("needs " .. xml_path) end
      local by_xml, by_json = assert(report.parse(xml)), assert(report.parse(wsjf))
      assert.same({}, same.differences(by_json.record, by_xml.record))
      -- and written they are the same still
      local again = assert(report.parse(by_xml:to_json()))
      assert.same({}, same.differences(by_json.record, again.record))
      assert.equal(by_json.result, again.result)
      local good, problems = again:validate()
      assert.is_true(good, problems and table.concat(problems, "\n"))
    end)
  end

  pair("spec/support/uut_report.xml", "spec/support/uut_report_of_xml.json")
  pair("spec/support/uur_report.xml", "spec/support/uur_report_of_xml.json")
  pair(SHARED .. "uut_export.wsxf.xml", SHARED .. "uut_export.json", true)

  it("are told apart by how a text begins, or by what one is told", function()
    assert.equal("p", assert(report.parse("\xEF\xBB\xBF" .. one())).record.pn)
    assert.equal("p", assert(report.parse("\r\n\t " .. one())).record.pn)
    assert.equal("T", assert(report.parse('\xEF\xBB\xBF {"type":"T"}')).record.type)
    assert.equal("p", assert(report.parse(one(), { format = "wsxf" })).record.pn)
    refused("^not WSXF: line 1", '{"type":"T"}', { format = "wsxf" })
    refused("^not JSON", one(), { format = "wsjf" })
  end)
end)

describe("several reports in one document", function()
  local three = document(("<Report%s/>"):format(HEAD), '<Report type="UUR" PN="q"/>',
    ("<Report%s/>"):format(HEAD))

  it("are all read by parse_all, and parse names it", function()
    local all = assert(report.parse_all(three))
    assert.same({ "p", "q", "p" }, { all[1].record.pn, all[2].record.pn, all[3].record.pn })
    assert.same({ 3, "T", "R" }, { #all, all[1].record.type, all[2].record.type })
    assert.is_true(report.is_report(all[3]))
    refused("^this document holds 3 reports: wats.report.parse_all reads them$", three)
    assert.equal(1, #assert(report.parse_all('{"type":"T"}')))
    assert.equal(1, #assert(report.parse_all(one())))
  end)

  it("are refused together when one is no report, and it is named", function()
    local list, err = report.parse_all(document(("<Report%s/>"):format(HEAD), "\n\n<Report/>"))
    assert.is_nil(list)
    assert.matches('report 2, which begins on line 3, is no report: "type" is neither', err.message)
    refused("^this document holds no report$", document())
    refused("several outermost steps", one(STEP .. "</Step>" .. STEP .. "</Step>"))
  end)
end)

describe("what is no report", function()
  it("comes back as an error that tells the place", function()
    for text, message in pairs {
      ["<a/>"] = "^not WSXF: line 1, column %d+: this is no report: the document is <a>, not <Rep",
      ['<Reports xmlns="urn:x"/>'] = 'the document is <Reports> of "urn:x", not',
      ["<Reports>\n <Rapport/></Reports>"] = "line 2, column %d+: <Rapport> stands where",
      ["<Reports>\n<Report"] = "^not WSXF: line 2",
      ["<Reports><Report type='UUT'></Reports>"] = "mismatched tag",
      ["<"] = "^not WSXF: line 1", ["\0<"] = "^not WSXF", ["\xFF\xFE<"] = "^not ",
    } do refused(message, text) end
    for _, little in ipairs { true, false } do
      for _, mark in ipairs { true, false } do
        refused("^not JSON: the text is UTF%-16", utf16('\n{"type":"T"}', little, mark))
      end
    end
    refused("^not JSON: a value expected", ("\0"):rep(100)) -- what a power cut leaves of a file
    local whole = one(STEP .. "</Step>")
    for cut = 1, #whole - 1 do refused("^not ", whole:sub(1, cut)) end
  end)

  it("may not be long", function()
    local parsed, err = report.parse(one(), { max_size = 50 })
    assert.is_nil(parsed)
    assert.equal("too_large", err.kind)
    assert.matches("^the text has %d+ bytes; at most 50 are read$", err.message)
    assert.truthy(report.parse(one(), { max_size = #one() }))
  end)

  it("is blamed on the caller only where he is to blame", function()
    for _, call in ipairs {
      function() report.parse(5) end, function() report.parse_all() end,
      function() report.parse("", { max_siez = 1 }) end,
      function() report.parse("", { format = "xml" }) end,
    } do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.matches("reading_spec.lua:%d+: ", message)
    end
  end)
end)

describe("documents made to do harm", function()
  it("with a document type are refused before anything in it counts", function()
    local bomb = { "<!DOCTYPE Reports [<!ENTITY a0 'lol'>" }
    for i = 1, 30 do
      bomb[#bomb + 1] = ("<!ENTITY a%d '%s'>"):format(i, ("&a%d;"):format(i - 1):rep(10))
    end
    refused("a document type is not taken", table.concat(bomb) .. "]>" .. one("&a30;"))
    for _, inner in ipairs { '[<!ENTITY e SYSTEM "file:///etc/passwd">]',
      'SYSTEM "http://127.0.0.1:1/x.dtd"', '[<!ATTLIST Report PN CDATA "z">]', "" } do
      refused("a document type is not taken", ("<!DOCTYPE x %s>"):format(inner) .. one("&e;"))
    end
    refused("undefined entity", one("&e;"))
  end)

  it("of any depth end at the limit; and what is read can be written", function()
    local function nested(open, close, depth) return open:rep(depth) .. close:rep(depth) end
    for _, pair in ipairs { { STEP, "</Step>" }, { "<Odd a='1'>", "</Odd>" } } do
      local parsed = assert(report.parse(one(nested(pair[1], pair[2], 98))))
      assert.same({}, same.differences(parsed.record,
        assert(report.parse(parsed:to_json())).record))
      refused("elements stand too deep", one(nested(pair[1], pair[2], 99)))
    end
    local half = STEP:rep(50) .. "<Odd a='1'>" .. nested("<Odd>", "</Odd>", 47) .. "</Odd>"
      .. ("</Step>"):rep(50)
    assert.truthy(assert(report.parse(one(half))):to_json())
    local measured = STEP:rep(97) .. "<NumericLimit odd='1'/>" .. ("</Step>"):rep(97)
    assert.truthy(assert(report.parse(one(measured))):to_json())
    refused("^not ", "<" .. ("a"):rep(1000))
    refused("elements stand too deep", ("<Reports>"):rep(100000))
    refused("^not JSON", '{"type":"T","root":' .. ('{"steps":['):rep(50000))
  end)

  it("of a million elements end too", function()
    refused("too many elements", one(("<a/>"):rep(1000001)))
  end)

  it("with an attribute of megabytes cost what they weigh", function()
    local long = ("'>\" "):rep(500000):gsub("[\"]", "&quot;")
    local xml = one(('<UUT UserLoginName="%s"/>'):format((long:gsub(">", "&gt;"))))
    local started = os.clock()
    local parsed = assert(report.parse(xml))
    assert.equal(2000000, #parsed.record.uut.user)
    refused("^not WSXF", xml:sub(1, #xml // 2))
    -- a number with a megabyte of spaces before it is no number
    local spaces = (" "):rep(1000000) .. "5" .. (" "):rep(1000000) .. "x"
    parsed = assert(report.parse(one(('<UUT ErrorCode="%s"/>'):format(spaces))))
    assert.equal("string", type(parsed.record.uut.errorCode))
    assert.is_true(os.clock() - started < 10 * needs.slowness)
  end)

  it("with text in a hundred thousand places take no longer for it", function()
    local started = os.clock()
    local record = assert(report.parse(one(("<a/>xy"):rep(100000)))).record
    assert.equal(200000, #record.wsxf.text)
    assert.equal(100000, #record.wsxf.elements)
    record = assert(report.parse(one(STEP .. ("<MiscInfo>a<b/></MiscInfo>x"):rep(50000)
      .. "</Step>"))).record
    assert.equal(50000, #record.root.wsxf.elements)
    assert.is_true(os.clock() - started < 10 * needs.slowness)
  end)

  it("with bytes that are no characters are refused", function()
    for _, bytes in ipairs { "\0", "\1", "\xFF", "\xC0\x80", "\xED\xA0\x80", "&#0;", "&#xD800;",
      "&#xFFFE;" } do
      refused("^not WSXF", one("<UUT><Comment>" .. bytes .. "</Comment></UUT>"))
      refused("^not WSXF", one('<UUT UserLoginName="' .. bytes .. '"/>'))
    end
    refused("^not JSON", '{"type":"T","pn":"\0"}')
  end)
end)

describe("encodings", function()
  local inner = one('<UUT UserLoginName="\u{E6}\u{F8}\u{E5} \u{1F50C}"/>')

  it("are read as they are declared, and become UTF-8", function()
    local user = "\u{E6}\u{F8}\u{E5} \u{1F50C}"
    local function read(text)
      local parsed = assert(report.parse(text))
      assert.truthy(utf8.len(parsed:to_json()))
      return parsed.record.uut.user
    end
    local utf16_head = '<?xml version="1.0" encoding="utf-16"?>'
    assert.equal(user, read(inner))
    assert.equal(user, read(utf16(utf16_head .. inner, true, true)))
    assert.equal(user, read(utf16(utf16_head .. inner, false, true)))
    assert.equal(user, read(utf16(inner, true, true)))
    assert.equal(user, read(utf16("\r\n\t " .. inner, true, true)))
    assert.equal(user, read(utf16("\n\n" .. inner, false, true)))
    local latin = '<?xml version="1.0" encoding="ISO-8859-1"?>'
      .. one('<UUT UserLoginName="\xE6"/>')
    assert.equal("\u{E6}", read(latin))
  end)

  it("that are wrong, or known to nobody, are refused", function()
    refused("not well%-formed", one('<UUT UserLoginName="\xE6"/>'))
    refused("unknown encoding", '<?xml version="1.0" encoding="windows-1250"?>' .. inner)
    refused("encoding specified in XML declaration is incorrect",
      '<?xml version="1.0" encoding="utf-16"?>' .. inner)
    refused("^not ", utf16(inner, true, true):sub(1, -2))
    for _, text in ipairs { inner, '{"type":"T"}' } do
      local wide = text:gsub("[\0-\x7F]", "%0\0\0\0")
      refused("^not %u+: the text is UTF%-32", wide)
      refused("^not %u+: the text is UTF%-32", "\xFF\xFE\0\0" .. wide)
      refused("^not %u+: the text is UTF%-32", "\0\0\0" .. wide)
    end
    -- half of a pair
    refused("half of a UTF%-16 pair$", (utf16(inner, true, true):gsub("\x0C\xDD", "A\0")))
  end)
end)

describe("what only the XML format knows", function()
  local text = one('<UUT Odd="1"/>stray<Odd xmlns="urn:o" a="2">t<b/></Odd>'
    .. STEP .. '<NumericLimit more="3"/><SequenceCall/><SequenceCall Name="second"/></Step>')

  it("is kept beside the fields", function()
    local record = assert(report.parse(text)).record
    assert.same({ attributes = { Odd = "1" } }, record.uut.wsxf)
    assert.equal("stray", record.wsxf.text)
    assert.same({ name = "Odd", namespace = "urn:o", attributes = { a = "2" },
      content = { "t", { name = "b", namespace = "urn:o" } } }, record.wsxf.elements[1])
    assert.same({ attributes = { more = "3" } }, record.root.numericMeas[1].wsxf)
    assert.same({ Name = "second" }, record.root.wsxf.elements[1].attributes)
  end)

  it("or left out, if that is wanted", function()
    local parsed = assert(report.parse(text, { unknown = "drop" }))
    assert.is_nil(parsed:to_json():find("wsxf", 1, true))
    assert.is_nil(parsed:to_json():find("stray", 1, true))
    -- what a JSON text has under that name is its own affair
    parsed = assert(report.parse('{"type":"T","wsxf":{}}', { unknown = "drop" }))
    assert.same({}, parsed.record.wsxf)
  end)
end)

describe("a large document", function()
  it("of 5 MB is read in a few seconds", function()
    local step = '<Step Id="%d" Group="Main" Name="step" StepType="ET_NLT" Status="Passed" '
      .. 'total_time="0.5" StepIndex="%d"><NumericLimit NumericValue="%.17g" Units="V" '
      .. 'CompOperator="GELE" HighLimit="2" LowLimit="0" Status="Passed" MeasIndex="0"/></Step>'
    local parts = {}
    for i = 1, 23000 do parts[i] = step:format(i + 1, i - 1, i / 23001) end
    local text = one(STEP .. table.concat(parts) .. "</Step>")
    assert.is_true(#text > 5000000)
    local started = os.clock()
    local parsed = assert(report.parse(text))
    assert.is_true(os.clock() - started < 20)
    local steps = parsed.record.root.steps
    assert.equal(23000, #steps)
    assert.equal(23000 / 23001, steps[23000].numericMeas[1].value)
    assert.is_true(json.is_array(steps))
  end)
end)

describe("without lua-expat", function()
  it("JSON is read, and of XML it is said what is missing", function()
    local script = [[
      package.preload.lxp = function() error("not there") end
      local report = require("wats.report")
      assert(report.parse('{"type":"T"}'))
      local parsed, err = report.parse('<Reports/>')
      print(parsed, err.kind, err.message)
    ]]
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(script)
    file:close()
    local pipe = assert(io.popen((os.getenv("LUA") or "lua5.4") .. " " .. path .. " 2>&1"))
    local output = pipe:read("a")
    pipe:close()
    os.remove(path)
    assert.matches("^nil\tdecode\twats needs the package lua%-expat", output)
  end)
end)

describe("a mistake of the reader's own", function()
  it("is no fault of the text: it is not passed off as one", function()
    local steps = require("wats.report.wsxf_steps")
    local number = steps.number
    steps.number = function() error("a mistake", 0) end
    local called, message = pcall(report.parse, one(STEP .. "</Step>"))
    steps.number = number
    assert.is_false(called)
    assert.equal("a mistake", message)
  end)
end)

describe("the sandbox", function()
  it("writes XML from which the same head, units and steps are read", function()
    local found, sandbox = pcall(require, "wats.sandbox.report_wsxf")
    if not found then return pending("no sandbox: built without libmicrohttpd") end
    for _, path in ipairs { "spec/support/uut_report.json", "spec/support/uur_report.json" } do
      local sent = require("wats.sandbox.json").decode((files.read(path):gsub("\\u0000", "")))
      local record = assert(report.parse(files.read(path))).record
      local back = assert(report.parse(sandbox.write(sent, 7))).record
      for _, name in ipairs { "type", "id", "pn", "sn", "rev", "processCode", "processName",
        "result", "machineName", "location", "purpose", "start", "startUTC", "productName" } do
        assert.equal(record[name] or json.null, back[name] or json.null, name)
      end
      local unit, unit_back = record.uut, back.uut
      if record.type == "R" then unit, unit_back = record.uur, back.uur end
      assert.same({ unit.user, unit.comment }, { unit_back.user, unit_back.comment })
      assert.same({ unit.processCode, unit.processName },
        { unit_back.processCode, unit_back.processName })
      assert.equal(record.miscInfos[1].numeric or json.null, back.miscInfos[1].numeric)
      assert.equal(record.subUnits[1].sn, back.subUnits[1].sn)
      local function steps(step)
        local own = { step.id, step.name, step.status, step.group, step.stepType }
        local inner = step.steps ~= json.null and step.steps or {}
        for _, child in ipairs(inner) do own[#own + 1] = steps(child) end
        return own
      end
      if record.type == "T" then assert.same(steps(record.root), steps(back.root)) end
    end
  end)
end)
