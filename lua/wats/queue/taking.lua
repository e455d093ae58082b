-- wats.queue.taking: what is to be done with one file of a watch folder, and its reports into the
-- queue. Moves nothing: that is the watcher's, afterwards.
--
-- A format with `once` has a journal between file and queue (queue/journal.lua): a file that was
-- taken in is not read again, also when a crash came right after the commit.

local core = require("wats.core")
local errors = require("wats.errors")
local formats = require("wats.queue.formats")
local journals = require("wats.queue.journal")
local json = require("wats.json")
local log = require("wats.log")
local uuid = require("wats.uuid")

local taking = {}

-- Kinds of errors of `queue:submit` that say something of the report. After all others the file
-- stays.
local FINAL = { decode = true, invalid = true, too_large = true }

local KNOWN = "it was taken in before"

-- So often the program may end while it reads one file: then the file is to blame.
local DEATHS = 3

---@class wats.Taking
---@field queue wats.Queue
---@field folder wats.Folder
---@field options wats.WatchOptions
---@field journal? wats.Journal
---@field unmet table<string, true>  marks of files that are new but for their conditions: they are
---                                 not read anew at each pass

local function journal_error(reason)
  return errors.new { kind = "io", message = "journal of the watch folder: " .. tostring(reason) }
end

local function open_journal(self)
  if self.journal then return true end
  local err
  self.journal, err = journals.open(self.folder.path .. "/.journal")
  return self.journal, err
end

-- A file, as what it is read by, for one server by way of one queue.
local function key_of(self, format, file)
  file.identity = format.identity
  return core.sha256(table.concat({ file:uuid(0), format.name, format.once,
    tostring(self.queue.path), tostring(self.queue.target) }, "\0")):sub(1, 32)
end

-- Does the queue have all of these, or has it sent them? nil and an error where it cannot say.
local function has_all(queue, ids)
  for _, id in ipairs(ids) do
    local row, err = queue:get(id)
    if not row then
      if err.kind == "not_found" then return false end
      return nil, err
    end
  end
  return true
end

-- The ids of a file that was taken in before; false: it was not.
local function known_ids(self, key)
  local state, ids = self.journal:look(key)
  if state == "T" then return ids end
  if state ~= "B" then return false end
  local there, err = has_all(self.queue, ids)
  if not there then return there, err end
  self.journal:finish(key, ids) -- if that fails, the queue is asked again next time
  return ids
end

local function ids_of(format, file, texts)
  local ids = {}
  for i, text in ipairs(texts) do
    if format.keeps_ids then
      local record = json.decode(text)
      local id = type(record) == "table" and record.id
      -- no report is known by anything else; the queue says what is wrong with it
      if not uuid.is(id) then return nil end
      ids[i] = id
    else
      ids[i] = file:uuid(i)
    end
  end
  return ids
end

local function submit(self, texts)
  local opts = { priority = self.options.priority }
  if #texts > 1 then return self.queue:submit_batch(texts, opts) end
  local id, err = self.queue:submit(texts[1], opts)
  if not id then return nil, err end
  return { id }
end

-- Note, commit, note.
local function submit_once(self, texts, key, ids)
  if not ids then return submit(self, texts) end
  local known, err = has_all(self.queue, { ids[1] })
  if known == nil then return nil, err end
  local noted, reason = self.journal:begin(key, ids, known)
  if not noted then return nil, journal_error(reason) end
  local taken
  taken, err = submit(self, texts)
  if not taken then return nil, err end
  noted, reason = self.journal:finish(key, taken)
  if not noted then
    log.write("warn", "the journal of a watch folder cannot be written", {
      folder = self.folder.path, reason = tostring(reason),
    })
  end
  return taken
end

-- Conditions. What comes of them: nil when they are met.
local function wait_for(format, file, settled, waited)
  local ready, reason, final = formats.ready(format, file)
  if ready then return nil end
  if final then return settled and "refused" or "waiting", reason end
  if format.patience and waited >= format.patience then
    return "refused", ("waited %g s: %s"):format(format.patience, reason)
  end
  return "kept", reason
end

local function read_marked(self, format, file, key)
  if not key then return formats.read(format, file) end
  local mark <close> = self.journal:reading(key) -- luacheck: ignore mark
  local texts, reason, later = formats.read(format, file)
  return texts, reason, later
end

local MUCH = 64 * 1024 -- KiB

-- What the reading leaves behind may be all of the memory, and who allocates in C, as all do that
-- come now, asks no collector for room.
local function read_tidily(self, format, file, key)
  local before = collectgarbage("count")
  local texts, reason, later = read_marked(self, format, file, key)
  if collectgarbage("count") - before > MUCH then collectgarbage() end
  return texts, reason, later
end

local function read(self, entry, format, file, settled, key)
  if key and settled and self.journal:deaths(key) >= DEATHS then
    self.journal:forgive(key)
    return "refused", ("the program ended %d times while it read this file"):format(DEATHS)
  end
  local texts, reason, later = read_tidily(self, format, file, key)
  if file.problem then return self.folder:is_there(entry) and "kept" or nil, file.problem end
  if texts then return texts end
  if later then return "kept", reason end
  return settled and "refused" or nil, reason
end

-- The file's key in the journal, where its format has one; or nil and what comes of it at once.
local function look_up(self, format, file)
  if not format.once or file.complaint or not file:text() then return nil end
  local opened, err = open_journal(self)
  if not opened then return nil, "held", err end
  local key = key_of(self, format, file)
  local ids
  ids, err = known_ids(self, key)
  if ids then return nil, "taken", ids, KNOWN end
  if ids == nil then return nil, "held", err end
  return key
end

-- One file. What comes of it: "taken", the ids and perhaps what there is to say of it, "refused" or
-- "kept" and the reason, "held" and the queue's error; nil: it is not complete yet, perhaps.
---@param self wats.Taking
---@param entry wats.FolderEntry
---@param format wats.FileFormat
---@param file wats.ReportFile
---@param settled boolean  nobody can be writing it
---@param waited number    seconds that it has been there as it is
function taking.decide(self, entry, format, file, settled, waited)
  if not settled and not format.tells_end then return nil end
  if entry.size > self.options.max_bytes then
    if not settled then return nil end
    return "refused", ("larger than %d bytes"):format(self.options.max_bytes)
  end
  local key, outcome, reason, remark
  if not self.unmet[entry.mark] then
    key, outcome, reason, remark = look_up(self, format, file)
    if outcome then return outcome, reason, remark end
  end
  outcome, reason = wait_for(format, file, settled, waited)
  self.unmet[entry.mark] = outcome == "kept" or nil
  if outcome then return outcome ~= "waiting" and outcome or nil, reason end
  if not key then
    key, outcome, reason, remark = look_up(self, format, file)
    if outcome then return outcome, reason, remark end
  end
  local texts
  texts, reason = read(self, entry, format, file, settled, key)
  if type(texts) ~= "table" then return texts, reason end
  local ids, err
  if key then
    ids, err = submit_once(self, texts, key, ids_of(format, file, texts))
  else
    ids, err = submit(self, texts)
  end
  if ids then return "taken", ids end
  if not FINAL[err.kind] then return "held", err end
  return settled and "refused" or nil, err.message
end

return taking
