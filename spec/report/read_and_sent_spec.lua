-- A report read from XML is one that a server takes as JSON and gives back as it was; and what the
-- server gives as XML is read again.

local files = require("spec.support.files")
local needs = require("spec.support.needs")
local same = require("spec.support.same_record")
local support = require("spec.support.client")
local wats = require("wats")

describe("a report that was read from XML", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function()
    box = support.sandbox()
    client = assert(wats.connect { retry = false, rate_limit = false, station = "S",
      base_url = box.sandbox.url, token = box.token })
  end)

  teardown(function()
    if box then box:stop() end
  end)

  for _, path in ipairs { "spec/support/uut_report.xml", "spec/support/uur_report.xml",
    "../shared/wats/samples/uut_export.wsxf.xml" } do
    it("is sent as JSON and comes back the same: " .. path, function()
      local text = files.read(path)
      if not text then
        assert.matches("^%.%./shared/", path)
        return pending("needs " .. path)
      end
      local read = assert(wats.report.parse(text))
      assert(client.report:submit(read))
      local back = assert(client.report:get_report(read.id))
      assert.same({}, same.differences(read.record, back.record))
      -- and as the server writes it in XML, as far as it does
      local xml = assert(client.report:get_report_xml(read.id))
      local again = assert(wats.report.parse(xml))
      assert.same({ read.id, read.result, read.record.sn, read.record.processCode },
        { again.id, again.result, again.record.sn, again.record.processCode })
      -- sent as XML it is given back as it was sent
      assert(client.report:submit_report_xml(text))
      again = assert(wats.report.parse(assert(client.report:get_report_xml(read.id))))
      assert.same({}, same.differences(read.record, again.record))
    end)
  end
end)
