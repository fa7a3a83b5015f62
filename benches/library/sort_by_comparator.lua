-- Sorts 200,000 records by a function that compares two of them, three times from the same disorder.

local seed = 7
local function next_number()
  seed = seed * 16807 % 2147483647
  return seed
end

local records = {}
for i = 0, 199999 do
  records[i + 1] = {id = i, group = i % 10, size = next_number()}
end

for _ = 1, 3 do
  local sorted = table.move(records, 1, #records, 1, {})
  table.sort(sorted, function(a, b)
    if a.group == b.group then return a.size < b.size end
    return a.group < b.group
  end)
  print(sorted[1].id .. " " .. sorted[100001].id .. " " .. sorted[#sorted].id)
end
