local config = require("wats.config")
local lfs = require("lfs")
local place = require("wats.queue.place")

describe("place.find", function()
  local root, before

  setup(function()
    root = os.tmpname()
    os.remove(root)
    assert(lfs.mkdir(root))
    before = config.getenv
  end)
  teardown(function() os.execute("rm -rf '" .. root .. "'") end)
  after_each(function() config.getenv = before end)

  local function environment(variables)
    config.getenv = function(name) return variables[name] end
  end

  local function config_file(text)
    local path = root .. "/config.json"
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    return path
  end

  it("takes what was named, then WATS_QUEUE, then the configuration, then the default", function()
    local path = config_file('{ "queue": { "path": "/of/the/file.db" } }')
    local all = { WATS_QUEUE = "/of/the/environment.db", WATS_CONFIG = path, HOME = root }
    environment(all)
    assert.equal("named.db", place.find("named.db"))
    assert.equal("/of/the/environment.db", place.find())
    all.WATS_QUEUE = ""
    assert.equal("/of/the/file.db", place.find())
    all.WATS_CONFIG = nil
    assert.equal("/of/the/file.db", place.find(nil, path))
    assert.is_nil(lfs.attributes(root .. "/.local"))
    assert.equal(root .. "/.local/state/wats/outbox.db", place.find())
    assert.equal("rwx------", lfs.attributes(root .. "/.local/state/wats", "permissions"))
    all.XDG_STATE_HOME = root .. "/state \u{D8}/"
    assert.equal(root .. "/state \u{D8}/wats/outbox.db", place.find())
    assert.equal("directory", lfs.attributes(root .. "/state \u{D8}/wats", "mode"))
    all.XDG_STATE_HOME = "state" -- relative: not to be used
    assert.equal(root .. "/.local/state/wats/outbox.db", place.find())
  end)

  it("needs neither server nor token", function()
    environment { HOME = root }
    assert.is_string(place.find())
  end)

  it("says why there is none", function()
    environment {}
    local path, err = place.find()
    assert.is_nil(path)
    assert.equal("io", err.kind)
    assert.matches("there is no HOME", err.message, 1, true)
    environment { HOME = config_file("{}") }
    path, err = place.find()
    assert.is_nil(path)
    assert.matches("Not a directory", err.message, 1, true)
    path, err = place.find(nil, config_file('{ "queue": { "pat": "x" } }'))
    assert.is_nil(path)
    assert.matches('unknown option "queue.pat" (did you mean "path"?)', err.message, 1, true)
  end)
end)
