-- Finds all errors and all paths of an interface in 50 MB of a log, by Lua's own patterns.

local file = assert(io.open(arg[1], "rb"))
local text = file:read("a")
file:close()
local function find_all(pattern)
  local found = {}
  for match in text:gmatch(pattern) do found[#found + 1] = match end
  return found
end
print(#find_all(" 50[0-9] "))
local paths = find_all("/api/[a-z]+/[0-9]+")
print(#paths .. " " .. paths[1001])
