local progress = require("wats.cli.progress")

describe("progress", function()
  local written, now

  local function new(options)
    written, now = {}, 100
    options.out = {
      write = function(_, ...) written[#written + 1] = table.concat { ... } end,
      flush = function() end,
    }
    options.now = function() return now end
    return progress.new(options)
  end

  it("is a bar on one line of a terminal", function()
    local bar = new { total = 4, terminal = true, columns = 80 }
    bar:show(1, "of pears")
    now = now + 1
    bar:show(4, "of pears")
    assert.same({ "\r[######..................] 1/4  of pears\27[K",
      "\r[########################] 4/4  of pears\27[K" }, written)
    bar:clear()
    assert.equal("\r\27[K", written[3])
    bar:clear()
    assert.equal(3, #written)
  end)

  it("is refreshed ten times a second at most, but for the end", function()
    local bar = new { total = 100, terminal = true }
    for i = 1, 99 do
      bar:show(i, "")
      now = now + 0.01
    end
    assert.is_true(#written >= 9 and #written <= 11, #written)
    local before = #written
    bar:show(100, "")
    assert.equal(before + 1, #written)
    bar:show(100, "")
    assert.equal(before + 1, #written)
  end)

  it("is cut to the width of the terminal, between characters", function()
    local bar = new { terminal = true, columns = 11 }
    bar:show(0, ("\u{D8}"):rep(30))
    assert.equal("\r" .. ("\u{D8}"):rep(10) .. "\27[K", written[1])
  end)

  it("asks the terminal for its width where the environment does not say it", function()
    local getenv, terminal_size = os.getenv, progress.terminal_size
    local said
    os.getenv = function() return said end -- luacheck: ignore 122
    progress.terminal_size = function() return 10, 6 end
    local widths = {}
    for _, text in ipairs { "unset", "0", "-5", "x", "9" } do
      said = text ~= "unset" and text or nil
      widths[#widths + 1] = progress.new { terminal = true }.columns
    end
    widths[#widths + 1] = progress.new { terminal = false }.columns
    os.getenv, progress.terminal_size = getenv, terminal_size -- luacheck: ignore 122
    assert.same({ 6, 6, 6, 6, 9, 9 }, widths)
  end)

  it("is a plain line now and then elsewhere", function()
    local bar = new { total = 10, terminal = false }
    bar:show(1, "sent")
    bar:show(2, "sent")
    now = now + 6
    bar:show(3, "sent")
    bar:clear()
    bar:show(10, "sent")
    assert.same({ "1/10  sent\n", "3/10  sent\n", "10/10  sent\n" }, written)
  end)

  it("is nothing elsewhere when it is to be quiet", function()
    local bar = new { total = 10, terminal = false, quiet = true }
    bar:show(10, "sent")
    assert.same({}, written)
    bar = new { total = 10, terminal = true, quiet = true }
    bar:show(10, "sent")
    assert.equal(1, #written)
  end)

  it("survives totals of nothing", function()
    local bar = new { total = 0, terminal = true }
    bar:show(0, "")
    assert.matches("0/0", written[1])
  end)
end)
