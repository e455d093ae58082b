-- A program that ends with requests under way, over TLS too: the library's thread must not be in
-- OpenSSL when the C library takes that down.

local needs = require("spec.support.needs")
local support = require("spec.support.client")
local tls = require("spec.support.tls")

local LUA = os.getenv("LUA") or "lua5.4"
local TIMES = os.getenv("WATS_TEST_LONG") and 200 or 8

describe("a program that ends with requests under way", function()
  local available = tls.available()
  local it = needs.that(available, "no openssl command here", it, pending)
  local authority, server

  setup(function()
    if not available then return end
    authority = tls.authority()
    server = tls.serve(authority:issue("IP:127.0.0.1"))
  end)
  teardown(function()
    if server then server:stop() end
    if authority then authority:remove() end
  end)

  local SCRIPT = [[
    local wats = require("wats")
    local client = wats.connect { base_url = %q, token = %q, ca_file = %q, cache = false }
    for i = 1, 16 do
      wats.spawn(function()
        while true do client:get("/x") end
      end)
    end
    wats.sleep(%g)
    %s
  ]]

  local function check(ending, code)
    for i = 1, TIMES do
      local name = os.tmpname()
      local file = assert(io.open(name, "w"))
      file:write(SCRIPT:format(server.url, support.TOKEN, authority.ca_file, 0.03 + i * 0.002,
        ending))
      file:close()
      local pipe = io.popen(("timeout 60 %s %s 2>&1; echo $?"):format(LUA, name))
      local text = pipe:read("a")
      pipe:close()
      os.remove(name)
      server:requests() -- or its pipe would fill
      assert.equal(code .. "\n", text)
    end
  end

  it("by its last line", function() check("", 0) end)
  it("by os.exit, at once", function() check("os.exit(3)", 3) end)
  it("by os.exit, its state closed", function() check("os.exit(3, true)", 3) end)
end)
