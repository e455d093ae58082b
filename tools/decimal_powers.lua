-- decimal_powers.lua - writes csrc/core/decimal_powers.c: the powers of ten that core/decimal.c
-- multiplies with, each as the 128 bits that stand in front, plus one. They never change: run it
-- again only to see that.
--
--   lua5.4 tools/decimal_powers.lua > csrc/core/decimal_powers.c

local FIRST, LAST = -292, 324
local PRECISION = 2400 -- bits of the numerator for negative powers; 128 remain for certain

-- Natural numbers as lists of 32-bit digits, the lowest first.
local function times_ten(n)
  local carry = 0
  for i = 1, #n do
    local value = n[i] * 10 + carry
    n[i], carry = value & 0xffffffff, value >> 32
  end
  if carry > 0 then n[#n + 1] = carry end
end

local function over_ten(n)
  local rest = 0
  for i = #n, 1, -1 do
    local value = rest << 32 | n[i]
    n[i], rest = value // 10, value % 10
  end
  while n[#n] == 0 do n[#n] = nil end
end

-- Bit `i` of the number, counted from 0; bits below the lowest are 0.
local function bit(n, i)
  if i < 0 then return 0 end
  return (n[i // 32 + 1] or 0) >> (i % 32) & 1
end

-- The 128 bits from the highest one down, as two 64-bit numbers.
local function leading(n)
  local top = #n * 32 - 1
  while bit(n, top) == 0 do top = top - 1 end
  local high, low = 0, 0
  for i = 0, 63 do
    high = high << 1 | bit(n, top - i)
    low = low << 1 | bit(n, top - 64 - i)
  end
  return high, low
end

local entries = {}

local function keep(power, n)
  local high, low = leading(n)
  low = low + 1
  if low == 0 then high = high + 1 end
  entries[power] = { high, low }
end

local n = { 1 }
for power = 0, LAST do
  keep(power, n)
  times_ten(n)
end
n = {}
for i = 1, PRECISION // 32 do n[i] = 0 end
n[#n + 1] = 1
for power = -1, FIRST, -1 do
  over_ten(n)
  keep(power, n)
end

print([[
/*
** decimal_powers.c - see decimal_powers.h. Written by tools/decimal_powers.lua.
*/
#include "decimal_powers.h"

const uint64_t wats_decimal_powers[] = {]])
local words = {}
for power = FIRST, LAST do
  for _, word in ipairs(entries[power]) do words[#words + 1] = ("0x%016x"):format(word) end
end
for i = 1, #words, 3 do
  local line = table.concat(words, ", ", i, math.min(i + 2, #words))
  print("    " .. line .. (i + 2 < #words and "," or "};"))
end
