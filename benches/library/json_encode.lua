-- Makes 20 MB of JSON from records, three times, with the library lua-cjson. Keys come in any order in Lua.

local cjson = require("cjson")
cjson.encode_keep_buffer(false)
local records = {}
for i = 0, 99999 do
  records[i + 1] = {
    id = i,
    name = "host" .. i .. ".example.net",
    tags = {"alpha", "beta", "tag " .. i % 100},
    active = i % 3 == 0,
    load = i / 8,
    address = {street = "Street " .. i % 1000, city = "A \"quoted\" city\n", zip = 10000 + i % 90000},
    note = cjson.null
  }
end
for _ = 1, 3 do
  print(#cjson.encode(records))
end
