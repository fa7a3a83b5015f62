-- Sorts a million whole numbers and a million fractions, each five times from the same disorder.

local seed = 7
local function next_number()
  seed = seed * 16807 % 2147483647
  return seed
end

local whole, fractions = {}, {}
for i = 1, 1000000 do
  whole[i] = next_number()
  fractions[i] = next_number() / 2147483647 - 0.5
end

for _, numbers in ipairs({whole, fractions}) do
  local sorted
  for _ = 1, 5 do
    sorted = table.move(numbers, 1, #numbers, 1, {})
    table.sort(sorted)
  end
  print(string.format("%d %d %d", math.floor(sorted[1] * 1000000), math.floor(sorted[123457] * 1000000), math.floor(sorted[#sorted] * 1000000)))
end
