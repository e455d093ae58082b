-- A configuration file that is missing or wrong ended commands with code 1, as a report that failed
-- does, where their help promises 2.

local program = require("spec.support.program")

describe("a configuration file that cannot be used", function()
  it("ends a command with code 2", function()
    local path = os.tmpname()
    local queue = path .. ".db"
    for _, text in ipairs { "{bad", "[]", '{"base_url":5}', '{"base_urlx":"x"}', false } do
      os.remove(path)
      if text then
        local file = assert(io.open(path, "wb"))
        file:write(text)
        file:close()
      end
      for _, arguments in ipairs {
        { "watch", "/tmp", "--once", "--queue", queue },
        { "watch", "/tmp", "--once", "--store-only", "--queue", queue },
        { "convert", path, "--with", "wsxf", "--queue=" .. queue },
        { "convert", path, "--with", "station_log" },
        { "convert", path, "--with", "station_log", "--out", queue },
        { "queue", "flush", "--queue", queue },
      } do
        table.move({ "--config", path }, 1, 2, #arguments + 1, arguments)
        local code, out, errors = program.run(arguments, {})
        assert.same({ 2, "" }, { code, out }, table.concat(arguments, " "))
        assert.matches("configuration file ", errors, 1, true)
      end
    end
    os.remove(path)
    assert.is_nil(io.open(queue))
  end)
end)
