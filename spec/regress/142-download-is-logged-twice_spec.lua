-- The call that logs a download is a GET: it was repeated, and answered from the cache.
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

describe("the log of downloads", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("gets one line for each call", function()
    client = support.connect(box, { retry = { max_attempts = 4, base_delay = 0.01 } })
    local id = assert(client.software:create_package { name = "P" }).packageId
    assert(box.sandbox:fault { path = "/api/internal/Software/Log", drop = "after" })
    local value, err = client.software:log_download(id, 100)
    assert.is_nil(value)
    assert.same({ "connection", false }, { err.kind, err.retryable })
    assert(client.software:log_download(id, 100))
    assert(client.software:log_download(id, 100))
    assert.equal(3, #assert(client.software:get_package_download_history(1)))
  end)
end)
