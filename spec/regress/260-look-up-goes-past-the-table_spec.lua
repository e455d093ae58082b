-- Some methods wrote their paths by hand, past the checks of the operation table: a body in the
-- options of a GET was sent, and the server's refusal came late and named no line.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local support = require("spec.support.client")

local blamed = support.blamed

describe("a look-up", function()
  local it, box = boxed(it, pending, setup, teardown, before_each, { cache = false })
  local client
  before_each(function() client = box.client end)

  it("with a body raises", function()
    local opts = { json = { a = 1 } }
    for name, ask in pairs {
      product = function() client.product:get_product("PN", opts) end,
      products = function() client.product:get_products(opts) end,
      revision = function() client.product:get_revision("PN", "A", opts) end,
      revisions = function() client.product:get_revisions("PN", opts) end,
      version = function() client.app:get_version(opts) end,
      app_processes = function() client.app:get_processes(opts) end,
      levels = function() client.app:get_levels(opts) end,
      level = function() client.app:get_level(1, opts) end,
      groups = function() client.app:get_product_groups(opts) end,
      group = function() client.app:get_product_group(1, opts) end,
      processes = function() client.process:get_processes(opts) end,
      refresh = function() client.process:refresh(opts) end,
      process = function() client.process:get_process(100, opts) end,
      headers = function() client.report:query_headers({}, opts) end,
      report = function() client.report:get_report(core.uuid(), opts) end,
    } do
      assert.matches("takes no body, got `json`", blamed(ask), name)
    end
  end)
end)
