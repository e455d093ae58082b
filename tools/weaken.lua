-- weaken.lua - builds the module with one promise of the queue broken on purpose, so that the proof
-- of the queue can be seen to fail: a proof that cannot fail shows nothing.
--
--   lua5.4 tools/weaken.lua [NAME]     prints the names, or what to put before LUA_CPATH
--
-- A weakening is a change of text in C files. It must apply: when the code has changed, this list
-- has to follow. The changed copies lie in build/weak/NAME and are compiled by themselves; all else
-- are the objects of the plain build.

local M = {}

local DIRECTORY = "build/weak/"
local PLAIN = "build/plain/"

-- The changes of one file.
local function changed(file, ...)
  return { ["csrc/core/" .. file] = { ... } }
end

M.LIST = {
  -- Of four transactions three are committed only with the fourth.
  acknowledge_before_commit = changed("outbox_file.c", {
    from = [[
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_BEGIN, ""));
  if (o->result == WATS_OK) run(o, context);
  commit(o);
]],
    to = [[
  static int late;
  if (sqlite3_get_autocommit(o->db))
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_BEGIN, ""));
  if (o->result == WATS_OK) run(o, context);
  if (++late % 4 == 0 || o->result != WATS_OK) commit(o);
]],
  }),
  synchronous_normal = changed("outbox_rows.c",
    { from = "PRAGMA synchronous=FULL;", to = "PRAGMA synchronous=NORMAL;" }),
  synchronous_off = changed("outbox_rows.c",
    { from = "PRAGMA synchronous=FULL;", to = "PRAGMA synchronous=OFF;" }),
  -- Each claim is taken for one of before the machine was started.
  no_lease = changed("outbox_settle.c", {
    from = "(int64_t)o->boot_id, now,", to = "(int64_t)o->boot_id + 1, now,",
  }),
  no_lease_token = changed("outbox_settle.c", {
    from = "memcmp(e.token, claim->token, sizeof e.token) != 0", to = "false",
  }),
  html_counts_as_sent = changed("delivery.c", {
    from = "if (!wats_delivery_confirms(o->body, o->length, o->uuid)) {", to = "if (false) {",
  }),
  delete_before_confirmed = changed("outbox_turn.c", {
    from = [[
                                      (int64_t)o->boot_id, until_ms,
                                      claim->token));
]],
    to = [[
                                      (int64_t)o->boot_id, until_ms,
                                      claim->token));
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_REMOVE, "i", e->seq));
]],
  }),
  no_order = changed("outbox_order.c", {
    from = [[
bool wats_outbox_is_free(struct wats_outbox *o,
                         const struct wats_outbox_entry *e)
{
]],
    to = [[
bool wats_outbox_is_free(struct wats_outbox *o,
                         const struct wats_outbox_entry *e)
{
  if (true) return true;
]],
  }),
  -- A new body takes the place of one that is just being sent.
  replaces_in_flight = changed("outbox_submit.c", {
    from = "met && old.state != WATS_OUTBOX_IN_FLIGHT ?", to = "met ?",
  }),
  no_checksum = changed("outbox_turn.c", {
    from = "wats_outbox_crc(e, turn->target, claim->body, claim->length) != e->crc",
    to = "false",
  }),
  lifeboat_unsynced = changed("durable.c",
    { from = "return outcome(fsync(file));", to = "return 0;" }),
}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function run(command)
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1"))
  local output = pipe:read("a")
  if not pipe:close() then error(command .. "\n" .. output, 0) end
  return output
end

---The text with every `from` replaced by its `to`; each must be there exactly once.
---@param text string
---@param changes { from: string, to: string }[]
---@return string
function M.apply(text, changes)
  for _, change in ipairs(changes) do
    local from, to = change.from, change.to
    local first, last = text:find(from, 1, true)
    if not first then error("it is not there any more: " .. from, 0) end
    if text:find(from, last + 1, true) then error("it is there twice: " .. from, 0) end
    text = text:sub(1, first - 1) .. to .. text:sub(last + 1)
  end
  return text
end

local function setting(name)
  return read(PLAIN .. "config.mk"):match(name .. " := ([^\n]*)") or ""
end

local function compile(source, object)
  run(table.concat({ os.getenv("CC") or "cc", "-std=c11 -D_GNU_SOURCE -O2 -g -w -fPIC",
    "-fvisibility=hidden -iquote csrc/core -iquote csrc -Icsrc -Iinclude", setting("LUA_CFLAGS"),
    setting("LIB_CFLAGS"), "-c -o", quoted(object), quoted(source) }, " "))
end

local function link(module, replaced)
  local objects = {}
  for source in run("ls csrc/*.c csrc/core/*.c"):gmatch("[^\n]+") do
    local object = PLAIN .. source:gsub("%.c$", ".o")
    objects[#objects + 1] = quoted(replaced[source] or object)
  end
  run(table.concat({ os.getenv("CC") or "cc", setting("SHARED"), "-o", quoted(module),
    table.concat(objects, " "), setting("LIBS") }, " "))
end

---Is there a plain build to begin with, and do the specs run with it?
function M.is_possible()
  local file = io.open(PLAIN .. "config.mk")
  if file then file:close() end
  return file ~= nil and (os.getenv("BUILD") or "build/plain") == "build/plain"
end

---Builds one; returns what finds its module, to be put before LUA_CPATH.
---@param name string
---@return string cpath
function M.build(name)
  local weakening = M.LIST[name] or error("no such weakening: " .. name, 0)
  local directory, replaced = DIRECTORY .. name, {}
  run("mkdir -p " .. quoted(directory .. "/wats"))
  for file, changes in pairs(weakening) do
    local copy = directory .. "/" .. file:match("[^/]+$")
    write(copy, M.apply(read(file), changes))
    replaced[file] = copy:gsub("%.c$", ".o")
    compile(copy, replaced[file])
  end
  link(directory .. "/wats/core.so", replaced)
  return run("pwd"):gsub("%s+$", "") .. "/" .. directory .. "/?.so;"
end

if arg and arg[0] and arg[0]:match("weaken%.lua$") then
  if arg[1] then
    print(M.build(arg[1]))
  else
    local names = {}
    for name in pairs(M.LIST) do names[#names + 1] = name end
    table.sort(names)
    print(table.concat(names, "\n"))
  end
end
return M
