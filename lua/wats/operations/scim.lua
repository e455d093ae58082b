-- The SCIM tag: user accounts. Whether an account is active is asked to decide about access, and
-- administrators change it elsewhere, so it is live.
local USER = { "scim", "user_settings" }

return {
  tag = "Scim",

  -- Makes a new token with every request.
  { "GET", "/api/SCIM/v2/Token", "Scim_GetJWT", volatility = "live", side_effects = true,
    secret = true, query = "duration:integer" },
  { "GET", "/api/SCIM/v2/Users", "Scim_GetUsers", volatility = "live", family = "scim",
    query = "filter startIndex:integer count:integer" },
  { "GET", "/api/SCIM/v2/Users/{id:uuid}", "Scim_GetUserWithId", volatility = "live",
    family = "scim" },
  { "GET", "/api/SCIM/v2/Users/userName={userName}", "Scim_GetUser", volatility = "live",
    family = "scim" },

  { "POST", "/api/SCIM/v2/Users", "Scim_CreateUser", body = "json", stale = USER },
  { "DELETE", "/api/SCIM/v2/Users/{id}", "Scim_DeleteUser", stale = USER },
  -- A patch may add to a list, so it is not taken as repeatable.
  { "PATCH", "/api/SCIM/v2/Users/{id}", "Scim_UpdateUser", body = "json", stale = USER },
}
