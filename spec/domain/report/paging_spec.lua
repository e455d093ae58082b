-- client.report:headers over more rows than the server gives at once, while reports come in and old
-- ones come in again.

local boxed = require("spec.support.boxed")
local wats = require("wats")

describe("client.report:headers", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function make(count, more)
    local spec = { count = count }
    for name, value in pairs(more or {}) do spec[name] = value end
    assert(box.sandbox:make_reports(spec))
  end

  -- Sends a report that is there once more, so that its timeStamp moves on.
  local function send_again(id)
    assert(client.report:submit(assert(client.report:get_report(id))))
  end

  -- How often each serial number came.
  local function count(query, at_row)
    local seen, different, all = {}, 0, 0
    for header in client.report:headers(query) do
      local serial = header.serialNumber
      different = different + (seen[serial] and 0 or 1)
      seen[serial] = (seen[serial] or 0) + 1
      all = all + 1
      if at_row then at_row(all, header) end
    end
    return seen, different, all
  end

  it("pages over 25,000 with none lost or doubled, while new ones and old ones come in", function()
    make(25000)
    local early, late = {}, {} -- some that have been read by then, and some that have not
    for header in client.report:headers { top = 3 } do early[#early + 1] = header.uuid end
    for header in client.report:headers { top = 3, skip = 20000 } do
      late[#late + 1] = header.uuid
    end
    local _, different, all = count({ page_size = 5000, select = { "serialNumber" } }, function(row)
      if row == 7000 then
        make(1000, { serialNumber = "N" })
        for i = 1, 3 do
          send_again(early[i])
          send_again(late[i])
        end
      elseif row == 24000 then
        make(500, { serialNumber = "O" })
        for i = 1, 3 do send_again(early[i]) end
      end
    end)
    assert.equal(26500, different)
    assert.equal(26500, all)
  end)

  it("asks no more often than there are pages, and never by number", function()
    make(100)
    assert(box.sandbox:clear_journal())
    local _, different = count { page_size = 30 }
    assert.equal(100, different)
    local journal = assert(box.sandbox:journal())
    assert.equal(4, #journal)
    for _, entry in ipairs(journal) do assert.is_nil(entry.query:find("skip", 1, true)) end
  end)

  it("gives one that is sent again once, and with `again` as it is then, too", function()
    for again, expected in pairs { [false] = 1, [true] = 2 } do
      assert(box.sandbox:reset())
      make(10)
      local first
      local seen, different, all = count({ page_size = 3, again = again }, function(row, header)
        first = first or header
        if row == 5 then send_again(first.uuid) end
      end)
      assert.equal(10, different)
      assert.equal(expected, seen[first.serialNumber], tostring(again))
      assert.equal(9 + expected, all)
    end
  end)

  it("does not lose one that is sent again before its turn", function()
    make(10)
    local last = client.report:query_headers({ orderby = "timestamp desc", top = 1 })[1]
    local seen, different, all = count({ page_size = 3 }, function(row)
      if row == 2 then send_again(last.uuid) end
    end)
    assert.equal(10, different)
    assert.equal(10, all)
    assert.equal(1, seen[last.serialNumber])
  end)

  it("goes on after a timeStamp", function()
    make(10)
    local last
    for header in client.report:headers() do last = header.timeStamp end
    assert.same({}, (count { after = last }))
    make(2, { serialNumber = "N" })
    local seen, different = count { after = last }
    assert.equal(2, different)
    assert.truthy(seen["N-000001"])
    assert.equal(12, select(2, count { after = 0 }))
  end)

  it("goes backwards as well", function()
    make(10)
    local serials = {}
    for header in client.report:headers { orderby = "timestamp desc", page_size = 4 } do
      serials[#serials + 1] = header.serialNumber
    end
    assert.equal(10, #serials)
    assert.equal("M-000010", serials[1])
    assert.equal("M-000001", serials[10])
  end)

  it("has pages of one row, and heeds top across pages", function()
    make(7)
    assert.equal(7, select(2, count { page_size = 1 }))
    assert.equal(5, select(3, count { page_size = 2, top = 5 }))
    local journal = assert(box.sandbox:journal())
    assert.matches("top=2$", journal[#journal].query) -- the one wanted, and that of the edge
    assert.equal(5, select(3, count { page_size = 2, skip = 2 }))
  end)

  it("adds what it needs to select and takes it out again", function()
    make(5)
    for header in client.report:headers { select = { "serialNumber" }, page_size = 2 } do
      assert.same({ "serialNumber" }, { next(header) , nil })
      assert.is_nil(next(header, "serialNumber"))
    end
    local n = 0
    for header in client.report:headers { select = { "UUID", "timestamp" }, page_size = 2 } do
      assert.is_string(header.uuid)
      assert.equal("integer", math.type(header.timeStamp))
      n = n + 1
    end
    assert.equal(5, n)
    for header in client.report:headers { select = { "uuid" }, expand = { "subUnits" } } do
      assert.same({}, header.subUnits)
      assert.is_nil(header.timeStamp)
    end
  end)

  it("tries the page that failed again when it is called again", function()
    make(5)
    local iterate = client.report:headers { page_size = 2 }
    local serials = { iterate().serialNumber, iterate().serialNumber }
    assert(box.sandbox:fault { method = "GET", status = 503, body = "down" })
    local ok, err = pcall(iterate)
    assert.is_false(ok)
    assert.equal("server", err.kind)
    for header in iterate do serials[#serials + 1] = header.serialNumber end
    assert.equal("M-000001 M-000002 M-000003 M-000004 M-000005", table.concat(serials, " "))
  end)

  it("is right in other orders too, as long as no report leaves its place", function()
    make(10)
    local serials = {}
    for header in client.report:headers { orderby = "serialNumber", page_size = 3 } do
      serials[#serials + 1] = header.serialNumber
      if #serials == 4 then make(2, { serialNumber = "A" }) end
    end
    assert.equal(10, #serials)
    assert.equal("M-000010", serials[10])
  end)

  describe("before servers that differ", function()
    local function answer(rows)
      assert(box.sandbox:fault { method = "GET", path = "/api/Report/Query/Header", status = 200,
        headers = { ["Content-Type"] = "application/json" },
        body = wats.json.encode(wats.array(rows)) })
    end

    local function uuids(query)
      local list = {}
      for header in client.report:headers(query) do list[#list + 1] = header.uuid end
      return table.concat(list, " ")
    end

    it("loses none where several reports share a number", function()
      answer { { uuid = "a", timeStamp = 1 }, { uuid = "b", timeStamp = 2 } }
      answer { { uuid = "b", timeStamp = 2 }, { uuid = "c", timeStamp = 2 },
        { uuid = "d", timeStamp = 2 } }
      answer { { uuid = "e", timeStamp = 2 }, { uuid = "f", timeStamp = 3 } }
      assert.equal("a b c d e f", uuids { page_size = 2 })
      local journal = assert(box.sandbox:journal())
      assert.matches("skip=3", journal[#journal].query)
      assert.matches("timeStamp%20ge%202", journal[#journal - 1].query, 1, true)
    end)

    it("ends with an error where the order is another than asked for", function()
      answer { { uuid = "a", timeStamp = 5 }, { uuid = "b", timeStamp = 4 } }
      answer { { uuid = "c", timeStamp = 3 }, { uuid = "d", timeStamp = 2 },
        { uuid = "e", timeStamp = 1 } }
      local ok, err = pcall(uuids, { page_size = 2 })
      assert.is_false(ok)
      assert.equal("decode", err.kind)
      answer { { uuid = "a" }, { uuid = "b" } }
      ok, err = pcall(uuids, { page_size = 2 })
      assert.is_false(ok)
      assert.matches("not in the order of their timeStamp", tostring(err))
    end)
  end)
end)
