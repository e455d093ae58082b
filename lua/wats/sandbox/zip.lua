-- wats.sandbox.zip: small zip files, read and written, for packages of software.
--
-- Entries are stored or deflated; no zip64, no encryption. zlib does the packing and checks each
-- entry's sum: what zip calls deflated is gzip without its head and tail.

local core = require("wats.core")

local M = {}

M.MAX_BYTES = 256 * 1024 * 1024 -- of all entries, unpacked

local LOCAL, CENTRAL, LAST = "PK\3\4", "PK\1\2", "PK\5\6"
local LAST_SIZE = 22
local GZIP_HEAD = "\31\139\8\0\0\0\0\0\0\255"
local BLOCK = 65535 -- bytes of a stored block of deflate

-- Bytes that are not packed, in the words of deflate, so that zlib checks their sum too.
local function as_deflate(text)
  local out = {}
  for at = 1, #text, BLOCK do
    local block = text:sub(at, at + BLOCK - 1)
    out[#out + 1] = string.pack("<BI2I2", 0, #block, #block ~ 0xFFFF) .. block
  end
  out[#out + 1] = "\1\0\0\255\255" -- the last block, an empty one
  return table.concat(out)
end

local function unpack_entry(bytes, entry, room)
  if #bytes < entry.at + 30 or bytes:sub(entry.at + 1, entry.at + 4) ~= LOCAL then
    return nil, "its head is not where it should be"
  end
  local name_size, extra_size = string.unpack("<I2I2", bytes, entry.at + 27)
  local start = entry.at + 30 + name_size + extra_size
  local packed = bytes:sub(start + 1, start + entry.packed)
  if #packed < entry.packed then
    return nil, "it is cut short"
  elseif entry.size > room then
    return nil, "it is too large"
  end
  local deflated = packed
  if entry.method == 0 then
    deflated = as_deflate(packed)
  elseif entry.method ~= 8 then
    return nil, ("method %d is unknown"):format(entry.method)
  end
  local tail = string.pack("<I4I4", entry.sum, entry.size)
  return core.gunzip(GZIP_HEAD .. deflated .. tail, math.max(entry.size, 1))
end

local function read_central(bytes, at)
  if #bytes < at + 46 or bytes:sub(at + 1, at + 4) ~= CENTRAL then
    return nil
  end
  local flags, method, _, sum, packed, size, name_size, extra_size, comment_size, _, _, _, where =
    string.unpack("<I2I2I4I4I4I4I2I2I2I2I2I4I4", bytes, at + 9)
  local entry = {
    name = bytes:sub(at + 47, at + 46 + name_size), method = method, sum = sum, packed = packed,
    size = size, at = where, is_encrypted = flags & 1 == 1,
  }
  return entry, at + 46 + name_size + extra_size + comment_size
end

-- The record at the end, before a comment perhaps.
local function find_last(bytes)
  for at = #bytes - LAST_SIZE, math.max(0, #bytes - LAST_SIZE - 65535), -1 do
    if bytes:sub(at + 1, at + 4) == LAST then
      local count, _, start = string.unpack("<I2I4I4", bytes, at + 11)
      return count, start
    end
  end
end

--- The entries in order: { name, body }; of a directory the name ends in "/".
---@param bytes string
---@return { name: string, body: string }[]|nil entries, string|nil problem
function M.read(bytes)
  local count, at = find_last(bytes)
  if not count then
    return nil, "it is no zip, or cut short"
  end
  local entries, room = {}, M.MAX_BYTES
  for i = 1, count do
    local entry, after = read_central(bytes, at)
    if not entry then
      return nil, "its directory is broken"
    elseif entry.is_encrypted then
      return nil, ("%s is encrypted"):format(entry.name)
    end
    local body, problem = unpack_entry(bytes, entry, room)
    if not body then
      return nil, ("%s: %s"):format(entry.name, problem)
    end
    entries[i], room, at = { name = entry.name, body = body }, room - #body, after
  end
  return entries
end

local function write_entry(entry)
  local gzip = core.gzip(entry.body)
  local packed, method = gzip:sub(#GZIP_HEAD + 1, -9), 8
  if entry.stored or #packed >= #entry.body then
    packed, method = entry.body, 0
  end
  local sum = string.unpack("<I4", gzip, -8)
  local common = string.pack("<I2I2I2I2I2I4I4I4I2I2", 20, 0x0800, method, 0, 0x21, sum, #packed,
    #entry.body, #entry.name, 0)
  return LOCAL .. common .. entry.name .. packed, common
end

--- A zip of these entries, in order: { name, body, stored = true to keep it unpacked }.
---@param entries { name: string, body: string, stored: boolean|nil }[]
---@return string bytes
function M.write(entries)
  local out, directory, at = {}, {}, 0
  for i, entry in ipairs(entries) do
    local text, common = write_entry(entry)
    out[i] = text
    directory[i] = CENTRAL .. "\20\0" .. common .. string.pack("<I2I2I2I4I4", 0, 0, 0, 0, at)
      .. entry.name
    at = at + #text
  end
  local list = table.concat(directory)
  return table.concat(out) .. list .. LAST
    .. string.pack("<I2I2I2I2I4I4I2", 0, 0, #entries, #entries, #list, at, 0)
end

--- A zip of loose files, not packed: names lose their directories, and one that is there twice gets
--- a number.
---@param members { [1]: string, [2]: string }[] name and bytes of each
---@return string bytes
function M.archive(members)
  local entries, names = {}, {}
  for i, member in ipairs(members) do
    local name = member[1]:gsub("[/\\%z]", "_")
    names[name] = (names[name] or 0) + 1
    if names[name] > 1 then
      name = ("%d_%s"):format(names[name], name)
    end
    entries[i] = { name = name, body = member[2], stored = true }
  end
  return M.write(entries)
end

return M
