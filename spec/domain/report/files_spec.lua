-- client.report: what hangs on a report, reports in XML, many reports at once.

local boxed = require("spec.support.boxed")
local cjson = require("cjson")
local core = require("wats.core")
local helper = require("spec.tools.helper")
local sandboxes = require("spec.support.sandbox")
local support = require("spec.support.client")
local unzip = require("spec.support.unzip")
local wats = require("wats")
local xml = require("wats.xml")

local blamed = support.blamed

local BYTES = ("\0\1\255 binary"):rep(1000)
local NOBODY = "00000000-0000-4000-8000-000000000000"

describe("client.report", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, report

  before_each(function()
    client = box.client
    report = client.report
  end)

  local function post(changes)
    local record = sandboxes.report(changes)
    assert(report:submit(cjson.encode(record)))
    return record
  end

  local function with_photo(bytes, name)
    return post { root = { id = 1, group = "M", name = "Main", status = "P", steps = {
      { id = 2, group = "M", name = "Photo", status = "D", attachment = {
        name = name or "photo.png", contentType = "image/png",
        data = core.base64_encode(bytes) } } } } }
  end

  local function not_found(value, err)
    assert.is_nil(value)
    assert.equal("not_found", err.kind)
  end

  describe("get_attachment", function()
    it("gives the bytes of a step's, and of one by its id", function()
      local id = with_photo(BYTES).id
      assert.equal(BYTES, report:get_attachment(id, 2))
      local attachment_id = core.uuid()
      local repair = post { type = "R", processCode = 500, root = cjson.null, uut = cjson.null,
        uur = { user = "op", processCode = 50 },
        binaryData = { { id = attachment_id, name = "a", data = core.base64_encode("null") } },
        subUnits = { { idx = 0, partType = "Main", pn = "P", sn = "S", rev = "A" } } }
      assert.equal("null", report:get_attachment(repair.id, attachment_id))
      local header = report:query_uur_headers({ expand = { "uurAttachments" } })[1]
      assert.equal(attachment_id, header.uurAttachments[1].id)
    end)

    it("gives an empty one as an empty text", function()
      assert.equal("", report:get_attachment(with_photo("").id, 2))
    end)

    it("streams to a file or a function", function()
      local id = with_photo(BYTES).id
      local directory = helper.directory()
      assert.is_true(report:get_attachment(id, 2, { sink = directory .. "/photo" }))
      local file = assert(io.open(directory .. "/photo", "rb"))
      assert.equal(BYTES, file:read("a"))
      file:close()
      not_found(report:get_attachment(id, 3, { sink = directory .. "/other" }))
      assert.is_nil(io.open(directory .. "/other"))
      helper.remove(directory)
      local size = 0
      assert.is_true(report:get_all_attachments(id, { sink = function(chunk)
        size = size + #chunk
      end }))
      assert.is_true(size > #BYTES)
    end)

    it("tells what is not there and what is refused", function()
      local id = with_photo(BYTES).id
      not_found(report:get_attachment(id, 3))
      not_found(report:get_attachment(id, NOBODY))
      not_found(report:get_attachment(NOBODY, 2))
      assert.matches('"reportId" must be uuid, got "A/B #1?x"',
        blamed(function() report:get_attachment("A/B #1?x", 2) end), 1, true)
      assert.matches('"attachmentId" must be uuid, got "O\'Brien"',
        blamed(function() report:get_attachment(id, "O'Brien") end), 1, true)
    end)

    it("is not stale when the report was sent anew", function()
      local record = with_photo("one")
      assert.equal("one", report:get_attachment(record.id, 2))
      assert.equal("one", report:get_attachment(record.id, 2))
      assert.equal(1, client.cache:stats().hits)
      record.root.steps[1].attachment.data = core.base64_encode("two")
      assert(report:submit(cjson.encode(record)))
      assert.equal("two", report:get_attachment(record.id, 2))
    end)

    it("raises for mistakes at the caller's line", function()
      assert.matches("report_id: a string", blamed(function() report:get_attachment(nil, 2) end))
      for _, which in ipairs { "", 2.5, {}, false } do
        assert.matches("which: an attachment's id %(string%) or a step's number",
          blamed(function() report:get_attachment(NOBODY, which) end))
      end
      assert.matches("got nil", blamed(function() report:get_attachment(NOBODY) end))
    end)
  end)

  it("gets all attachments in one archive", function()
    assert.same({ ["ø.png"] = BYTES },
      (unzip.read(assert(report:get_all_attachments(with_photo(BYTES, "ø.png").id)))))
    not_found(report:get_all_attachments(post().id))
    assert.matches('"id" must be uuid', blamed(function() report:get_all_attachments("x") end))
    assert.matches("id: a string", blamed(function() report:get_all_attachments("") end))
  end)

  it("gets a certificate", function()
    local record = post()
    local bytes = assert(report:get_certificate(record.id))
    assert.matches("^%%PDF", bytes)
    assert.matches(record.sn, bytes, 1, true)
    not_found(report:get_certificate(NOBODY))
    assert.matches('"id" must be uuid', blamed(function() report:get_certificate("O'Brien") end))
    assert.matches("id: a string", blamed(function() report:get_certificate() end))
  end)

  describe("in XML", function()
    it("comes back as it was sent", function()
      local record = post({ sn = "plain" })
      local text = assert(report:get_report_xml(record.id))
      text = text:gsub("plain", "O'Brien &amp; ø")
      local result = assert(report:submit_report_xml(text))
      assert.equal(record.id, result.uuid)
      assert.equal(text, report:get_report_xml(record.id))
      assert.equal("O'Brien & ø", report:get_report(record.id).record.sn)
      assert.equal(2, report:get_headers_by_serial("O'Brien & ø")[1].receiveCount)
    end)

    it("takes a level of detail, and says what else is wanted", function()
      local id = post().id
      local root = assert(xml.read(assert(report:get_report_xml(id, { detail_level = 0 }))))
      assert.equal(1, #root[1])
      assert(report:get_report_xml(id, { include_indexes = false, include_chartdata = false,
        include_attachments = false, detail_level = 7, timeout = 10 }))
      local journal = assert(box.sandbox:journal())
      assert.equal("detailLevel=7&includeAttachments=false&includeChartdata=false"
        .. "&includeIndexes=false", journal[#journal].query)
    end)

    it("tells what is not there, and what is refused", function()
      not_found(report:get_report_xml(NOBODY))
      assert.matches('"id" must be uuid', blamed(function() report:get_report_xml("A/B") end))
      local result, err = report:submit_report_xml("<Reports>")
      assert.is_nil(result)
      assert.equal("invalid", err.kind)
      assert.matches("not WSXF: line 1", tostring(err))
      assert(box.sandbox:fault { method = "POST", status = 200, body = "<html>log in</html>",
        headers = { ["Content-Type"] = "text/html" } })
      result, err = report:submit_report_xml("<Reports/>")
      assert.is_nil(result)
      assert.equal("decode", err.kind)
      assert.matches("/api/Report/WSXF: ", tostring(err), 1, true)
    end)

    it("raises for mistakes at the caller's line", function()
      for _, wrong in ipairs { "", " \n", 5, {} } do
        assert.matches("the text of a report expected",
          blamed(function() report:submit_report_xml(wrong) end))
      end
      assert.matches("id: a string", blamed(function() report:get_report_xml({}) end))
      assert.matches('"detail_level" must be at most 7',
        blamed(function() report:get_report_xml("a", { detail_level = 8 }) end))
      assert.matches("options of the request: table expected",
        blamed(function() report:get_report_xml("a", 7) end))
    end)
  end)

  describe("get_report", function()
    it("takes a level of detail, and a query beside it", function()
      local id = with_photo(BYTES).id
      assert.is_nil(assert(report:get_report(id, { detail_level = 2 })).record.root)
      local back = assert(report:get_report(id, { include_attachments = false }))
      assert.is_nil(back.record.root.steps[1].attachment.data)
      back = assert(report:get_report(id, { query = { includeAttachments = false } }))
      assert.is_nil(back.record.root.steps[1].attachment.data)
      assert.matches('unknown option "include_indexes"',
        blamed(function() report:get_report(id, { include_indexes = true }) end))
      assert.matches('get_report: id: a uuid expected, got "A/B"$',
        blamed(function() report:get_report("A/B") end))
      assert.matches("get_report: id: a string", blamed(function() report:get_report(5.5) end))
    end)

    it("is submit's twin under pyWATS' name", function()
      assert.matches("report:submit: a report, its record or its text expected, got number$",
        blamed(function() report:submit_report(1) end))
    end)
  end)

  describe("get_many", function()
    it("gets reports in the order of their ids, and tells of each that failed", function()
      local ids = {}
      for i = 1, 20 do ids[i] = post({ sn = "S" .. i }).id end
      ids[21], ids[22] = NOBODY, ids[1]
      local reports, errs = report:get_many(ids, { concurrency = 4, include_attachments = false })
      for i = 1, 20 do assert.equal("S" .. i, reports[i].record.sn) end
      assert.equal("S1", reports[22].record.sn)
      assert.are_not.equal(reports[1], reports[22])
      assert.equal("P", reports[22].result)
      assert.is_nil(reports[21])
      assert.equal("not_found", errs[21].kind)
      assert.equal(22, errs.n)
      assert.is_nil(select(2, report:get_many({ ids[1] })))
    end)

    it("raises for mistakes at the caller's line", function()
      assert.matches("report:get_many: ", blamed(function() report:get_many("a") end))
      assert.matches("element 2", blamed(function() report:get_many { NOBODY, "" } end))
      assert.matches("element 2: a uuid expected",
        blamed(function() report:get_many { NOBODY, "a" } end))
      assert.matches('"detail_level" must be',
        blamed(function() report:get_many({ NOBODY }, { detail_level = "x" }) end))
    end)
  end)

  it("does it all in tasks too", function()
    local ids = { with_photo("one").id, with_photo("two").id }
    local results = wats.run(function()
      return wats.map(ids, function(id) return report:get_attachment(id, 2) end)
    end)
    assert.same({ "one", "two", n = 2 }, results)
  end)
end)
