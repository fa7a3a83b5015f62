-- Decodes 20 MB of JSON and looks at every record, with the library lua-cjson.

local cjson = require("cjson")
local file = assert(io.open(arg[1], "rb"))
local records = cjson.decode(file:read("a"))
file:close()
local sum = 0
for _, record in ipairs(records) do
  sum = (sum + record.id + #record.tags * 3 + #record.address.street + (record.active and 1 or 0)) % 1000003
end
print(string.format("%d %d %s %s", #records, sum, records[1001].name, records[#records].note))
