-- wats.login_page: is what came in place of a file the page of somebody before the server?
--
-- A portal or proxy that wants a login answers anything with status 200 and a page. What is asked
-- for as a file is therefore no file, but such a page, if all of this holds:
--
--   its Content-Type is text/html;
--   its first character that is no space is "<";
--   no Content-Disposition says that it is an attachment.
--
-- Files of a fixed form (zip, PDF, XML, CSV, as wats.operations.media tells) are never HTML. Of an
-- attachment, which may be, only the server's mark tells: WATS marks what it keeps for others,
-- whatever its type, and no portal marks its login. Who asks by client:get judges himself.
--
-- Pure.

local login_page = {}

-- May this be such a page, as far as the head tells?
---@param content_type string?
---@param is_attachment boolean
---@return boolean
function login_page.suspected(content_type, is_attachment)
  return not is_attachment and content_type ~= nil
    and content_type:lower():find("^text/html%f[\0;%s]") ~= nil
end

-- Does a Content-Disposition say that it is an attachment? (RFC 6266)
---@param disposition string?
---@return boolean
function login_page.is_attachment(disposition)
  return disposition ~= nil and disposition:lower():find("^attachment%f[\0;%s]") ~= nil
end

-- Does a text begin as a page does? nil: only what follows will tell.
---@param text string
---@return boolean?
function login_page.begins(text)
  local first = text:match("^[\xEF\xBB\xBF%s]*([^\xEF\xBB\xBF%s])")
  if not first then return nil end
  return first == "<"
end

return login_page
