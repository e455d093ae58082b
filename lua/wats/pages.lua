-- wats.pages: lists that a server hands out in pages.
--
-- A source is a function that gives the next page: its rows, and whether there may be another. Of
-- a page that failed it returns nil and the error object; asked again it must try that same page
-- again. What a page is, and where the next one begins, only the source knows.
--
--   for row in pages.each(source) do ... end     a page that fails raises the error object
--   local rows, err = pages.all(source)          all in one list
--
-- One page is in memory at a time; the next one is asked for when its first row is. Keeps no state
-- but the iterator's, which belongs to one Lua state.

local pages = {}

---@alias wats.pages.Source fun(): any[]?, any  rows and whether there may be more; or nil, err

-- The rows of all pages, one by one, at most `limit`. After an error the iterator may be called
-- again: it goes on where it failed.
---@param source wats.pages.Source
---@param limit? integer  default: all
---@return fun(): any
function pages.each(source, limit)
  local rows, at, more, left = {}, 0, true, limit or math.huge
  return function()
    while at >= #rows do
      if not more or left <= 0 then return nil end
      local page, next_one = source()
      if not page then error(next_one, 0) end
      rows, at, more = page, 0, next_one
    end
    if left <= 0 then return nil end
    at, left = at + 1, left - 1
    return rows[at]
  end
end

-- The rows of all pages in one list, at most `limit`; or nil and the error of the page that failed.
---@param source wats.pages.Source
---@param limit? integer  default: all
---@return any[]? rows
---@return wats.Error? err
function pages.all(source, limit)
  local all, left = {}, limit or math.huge
  while left > 0 do
    local page, more = source()
    if not page then return nil, more end
    local count = math.min(#page, left)
    table.move(page, 1, count, #all + 1, all)
    left = left - count
    if not more then break end
  end
  return all
end

return pages
