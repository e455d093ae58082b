-- A box build template as a variable to be closed: when it saves, and when it must not.

local boxed = require("spec.support.boxed")
local support = require("spec.support.client")
local wats = require("wats")

describe("a box build template that is closed", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client

  before_each(function()
    client = box.client
    assert(client.product:create_product { partNumber = "BOX" })
    assert(client.product:create_revision("BOX", { revision = "A" }))
  end)

  local function load() return assert(client.product:get_box_build_template("BOX", "A")) end

  -- "PCBA-100/A x2" for each part, as another client sees it.
  local function on_server()
    local texts = {}
    for i, row in ipairs(assert(support.connect(box).product:get_box_build_subunits("BOX", "A"))) do
      texts[i] = ("%s/%s x%d"):format(row.PartNumber, row.Revision, row.Quantity)
    end
    return texts
  end

  it("saves at the end of the block", function()
    do
      local template <close> = load()
      assert(template:add_subunit("PCBA-100", "A"))
    end
    assert.same({ "PCBA-100/A x1" }, on_server())
    do
      local template <close> = load()
      template:clear_all():discard()
    end
    assert.same({ "PCBA-100/A x1" }, on_server())
  end)

  it("saves nothing when an error ends the block", function()
    local ok, problem = pcall(function()
      local template <close> = load()
      assert(template:add_subunit("PCBA-100", "A"))
      error("changed my mind", 0)
    end)
    assert.same({ false, "changed my mind" }, { ok, problem })
    assert.same({}, on_server())
  end)

  it("raises the error of a save that fails", function()
    local ok, err = pcall(function()
      local template <close> = load()
      assert(template:add_subunit("PCBA-100", "A"))
      assert(box.sandbox:fault { method = "POST", status = 500, body = "" })
    end)
    assert.is_false(ok)
    assert.equal("server", err.kind)
  end)

  it("saves nothing when a coroutine is closed, or a task cancelled, in the block", function()
    local function edit(wait)
      local template <close> = load()
      assert(template:add_subunit("PCBA-100", "A"))
      assert(wait())
    end
    local abandoned = coroutine.create(edit)
    assert(coroutine.resume(abandoned, coroutine.yield))
    assert.is_true(coroutine.close(abandoned))
    local task = wats.spawn(edit, function() return wats.sleep(30) end)
    wats.sleep(0.05)
    task:cancel()
    assert.is_nil(task:join())
    assert.same({}, on_server())
    local finished = coroutine.wrap(edit)
    finished(function() return true end)
    assert.same({ "PCBA-100/A x1" }, on_server())
  end)

  it("saves where a function returns out of it", function()
    local function edit()
      local template <close> = load()
      return template:add_subunit("PCBA-100", "A")
    end
    assert(edit())
    assert.same({ "PCBA-100/A x1" }, on_server())
  end)

  it("saves within a task", function()
    wats.run(function()
      local template <close> = load()
      assert(template:add_subunit("PCBA-100", "A"))
    end)
    assert.same({ "PCBA-100/A x1" }, on_server())
  end)
end)
