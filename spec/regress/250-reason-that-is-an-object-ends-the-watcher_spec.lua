-- A converter or a format may return or raise anything as its reason. That of an object was asked
-- for its text, outside of everything that holds errors back: one that raised ended the watcher,
-- one that did not return held it for ever.

local watched = require("spec.support.watched")

local function never_ends()
  while true do end -- luacheck: ignore
end

local HOSTILE = {
  setmetatable({}, { __tostring = function() error("gotcha") end }),
  setmetatable({}, { __tostring = function() return nil end }),
  setmetatable({}, { __tostring = never_ends, __name = "x" }),
}

describe("a reason that is no text", function()
  local it, place = watched(it, pending, setup, teardown, before_each, after_each)

  local function step(format)
    format.name, format.extensions, format.tells_end = "x", { "x" }, true
    place.folder:drop("a.x", "text")
    local events = assert(place.watch({ formats = { format } }):step())
    place.watcher:close()
    os.remove(place.folder.path .. "/a.x")
    assert.equal(1, #events)
    return events[1].kind, events[1].reason
  end

  it("is said to be none, and not asked", function()
    local none = "a reason that is no text (a table)"
    for _, reason in ipairs(HOSTILE) do
      assert.same({ "refused", none }, { step { read = function() return nil, reason end } })
      assert.same({ "refused", none }, { step { read = function() error(reason) end } })
      assert.same({ "kept", none }, { step { read = error, ready = function()
        return false, reason
      end } })
      assert.same({ "refused", "ready: " .. none }, { step { read = error, ready = function()
        error(reason)
      end } })
      assert.same({ "refused", "head: " .. none }, { step { read = error, files = { "*.x" },
        head = function() error(reason) end } })
    end
    assert.same({ "refused", "42" }, { step { read = function() return nil, 42 end } })
  end)
end)
