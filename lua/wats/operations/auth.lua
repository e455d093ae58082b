-- The Auth tag. Each of these GETs makes a token, which is shown once: the answer belongs to no
-- family, is never stored and never asked for a second time on its own.
return {
  tag = "Auth",

  { "GET", "/api/Auth/GetToken", "Auth_GetToken", volatility = "live", side_effects = true,
    secret = true, query = "reset:boolean" },
  { "GET", "/api/Auth/GetToken/{identifier}", "Auth_GetToken", volatility = "live",
    side_effects = true, secret = true, query = "reset:boolean" },
}
