-- wats.confirmed: writes that count as done only when the server has said so.
--
-- What the API answers to many writes is not described further, so any answer with a status of 2xx
-- will do, and none; but a proxy's page to log in comes with 200 too, and then nothing was done.
-- Keeps no state but the binding.

local call = require("wats.call")
local core = require("wats.core")
local error_message = require("wats.error_message")
local errors = require("wats.errors")

local confirmed = {}

local MAX_SHOWN = 4096 -- bytes of the page that the error keeps

-- As call.bind, of a write: fn(owner, where, params, opts) -> answer (true when there is none), or
-- nil and an error, of kind "decode" where the answer is a page.
---@param key string  method and path template, as in the table
---@return fun(owner: table, where: string, params: table?, opts: wats.RequestOptions?):
---  any, wats.Error?
function confirmed.bind(key)
  local send = call.bind(key)
  local method, path = key:match("^(%S+) (%S+)$")
  return function(owner, where, params, opts)
    local answer, err = send(owner, where, params, opts)
    if type(answer) ~= "string" or not answer:find("^%s*<") then return answer, err end
    return nil, errors.new {
      kind = "decode", method = method, status = 200,
      url = core.client_methods.base_url(owner[1]) .. path,
      message = "the server did not confirm it: its answer is a page, perhaps one to log in",
      body = error_message.cut(core.client_methods.conceal(owner[1], answer), MAX_SHOWN),
    }
  end
end

return confirmed
