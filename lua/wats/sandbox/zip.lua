-- wats.sandbox.zip: archives whose members are stored, not packed (APPNOTE.TXT of PKWARE).
--
-- Enough for what the sandbox hands out: a local header and the bytes of each member, then the
-- directory. Equal members give equal bytes: the date in it is fixed.

local M = {}

local VERSION, UTF8_NAMES, STORED = 20, 0x0800, 0
local TIME, DATE = 0, 0x5C21 -- 2026-01-01, 00:00
local TABLE = {}

for i = 0, 255 do
  local value = i
  for _ = 1, 8 do
    value = value & 1 == 1 and 0xEDB88320 ~ value >> 1 or value >> 1
  end
  TABLE[i] = value
end

local function crc32(text)
  local crc = 0xFFFFFFFF
  for from = 1, #text, 4096 do
    for _, byte in ipairs({ text:byte(from, from + 4095) }) do
      crc = TABLE[(crc ~ byte) & 0xFF] ~ crc >> 8
    end
  end
  return crc ~ 0xFFFFFFFF
end

--- An archive of these members. Names that are there twice get a number.
---@param members { [1]: string, [2]: string }[] name and bytes of each
---@return string
function M.make(members)
  local parts, directory, at, names = {}, {}, 0, {}
  for _, member in ipairs(members) do
    local name, bytes = member[1]:gsub("[/\\%z]", "_"), member[2]
    names[name] = (names[name] or 0) + 1
    if names[name] > 1 then
      name = ("%d_%s"):format(names[name], name)
    end
    local common = ("<I2I2I2I2I2I4I4I4I2I2"):pack(VERSION, UTF8_NAMES, STORED, TIME, DATE,
      crc32(bytes), #bytes, #bytes, #name, 0)
    parts[#parts + 1] = "PK\3\4" .. common .. name .. bytes
    directory[#directory + 1] = "PK\1\2" .. ("<I2"):pack(VERSION) .. common
      .. ("<I2I2I2I4I4"):pack(0, 0, 0, 0, at) .. name
    at = at + #parts[#parts]
  end
  local list = table.concat(directory)
  return table.concat(parts) .. list .. "PK\5\6"
    .. ("<I2I2I2I2I4I4I2"):pack(0, 0, #members, #members, #list, at, 0)
end

return M
