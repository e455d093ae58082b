-- Pages of headers by number never ended where the server, or somebody before it, does not heed
-- $skip: it gave the same page for ever.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

describe("pages of a server that does not heed $skip", function()
  local server, client

  -- 5 reports a to e; of "all" all, whatever is asked for, of the others the first $top; "pushed"
  -- heeds $skip, but for each of the first two pages a new report pushes the others back
  setup(function()
    server = raw_servers.start([[
      local function row(id) return '{"uuid":"' .. id .. '","timeStamp":7}' end
      while true do
        local request = read()
        if not request then return end
        local how = request.headers["x-how"]
        local top = tonumber(request.target:match("top=(%d+)"))
        local skip = tonumber(request.target:match("skip=(%d+)")) or 0
        local rows = {}
        shared[how] = (shared[how] or 0) + 1
        if how == "pushed" then
          local late = math.min(shared[how] - 1, 2)
          for i = 1, late do rows[i] = row("new" .. i) end
          for id in ("abcde"):gmatch(".") do rows[#rows + 1] = row(id) end
          table.move(rows, skip + 1, skip + top, 1)
        else
          for id in ("abcde"):gmatch(".") do rows[#rows + 1] = row(id) end
        end
        for i = #rows, (how == "all" and 5 or top) + 1, -1 do rows[i] = nil end
        local body = shared[how] > 50 and "[]" or "[" .. table.concat(rows, ",") .. "]"
        send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " .. #body ..
          "\r\n\r\n" .. body)
      end
    ]])
    client = support.connect(server, { cache = false })
  end)

  teardown(function() server:stop() end)

  -- The ids that come, and the error that ends it.
  local function ids(how, query)
    local list = {}
    local ok, err = pcall(function()
      for header in client.report:headers(query, { headers = { ["X-How"] = how } }) do
        list[#list + 1] = header.uuid
      end
    end)
    return table.concat(list, " "), not ok and err or nil
  end

  local function same(got, err)
    assert.equal("a b", got)
    assert.equal("decode", err.kind)
    assert.matches("the same headers again", err.message)
    assert.matches("/api/Report/Query/Header", err.url, 1, true)
  end

  it("end with an error when one comes time after time", function()
    same(ids("first", { page_size = 2, orderby = "start desc" }))
  end)

  it("end with an error where a report may come twice", function()
    local got, err = ids("again", { page_size = 2, orderby = "start desc", again = true })
    assert.matches("^a b", got)
    assert.equal("decode", err and err.kind)
  end)

  it("end with an error when more comes than was asked for", function()
    local got, err = ids("all", { page_size = 2, orderby = "start desc" })
    assert.equal("", got)
    assert.equal("decode", err.kind)
    assert.matches("asked for 2 headers and gave 5", err.message)
  end)

  it("go on where new reports have pushed a page back", function()
    local got, err = ids("pushed", { page_size = 1, orderby = "start desc" })
    assert.is_nil(err)
    assert.equal("a b c d e", got)
  end)

  it("go on for all that one number holds", function()
    assert.equal("a b c d e", (ids("first", { page_size = 2 })))
  end)
end)
