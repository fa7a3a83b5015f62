-- Sorts 200,000 records by a number and by a name, three times each. No two keys are equal: Lua's sort is not stable.

local seed = 7
local function next_number()
  seed = seed * 16807 % 2147483647
  return seed
end

local records = {}
for i = 0, 199999 do
  local size = next_number()
  records[i + 1] = {id = i, name = "host" .. next_number() .. ".example.net", size = size}
end

for _ = 1, 3 do
  local by_size = table.move(records, 1, #records, 1, {})
  table.sort(by_size, function(a, b) return a.size < b.size end)
  local by_name = table.move(records, 1, #records, 1, {})
  table.sort(by_name, function(a, b) return a.name < b.name end)
  print(by_size[1].id .. " " .. by_size[100001].id .. " " .. by_name[1].name .. " " .. by_name[100001].id .. " "
    .. by_name[#by_name].name)
end
