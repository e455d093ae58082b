-- Reads archives whose members are stored: what the specs of downloads look into.

local M = {}

--- Bytes by name; checks that the directory and the local headers say the same.
---@param text string
---@return table<string, string> members
---@return integer count
function M.read(text)
  local _, _, _, _, count, size, at = ("<I4I2I2I2I2I4I4"):unpack(text, #text - 21)
  assert(text:sub(-22, -19) == "PK\5\6" and at + size == #text - 22, "no directory")
  local members, position = {}, at + 1
  for _ = 1, count do
    local signature, _, _, flags, method, _, _, crc, packed, plain, name_size, extra, comment =
      ("<I4I2I2I2I2I2I2I4I4I4I2I2I2"):unpack(text, position)
    assert(signature == 0x02014B50 and method == 0 and packed == plain and flags == 0x0800)
    local own = ("<I4"):unpack(text, position + 42)
    local name = text:sub(position + 46, position + 45 + name_size)
    assert(text:sub(own + 1, own + 4) == "PK\3\4", "no local header")
    assert(text:sub(own + 31, own + 30 + name_size) == name)
    assert(("<I4"):unpack(text, own + 15) == crc)
    members[name] = text:sub(own + 31 + name_size, own + 30 + name_size + plain)
    position = position + 46 + name_size + extra + comment
  end
  return members, count
end

return M
