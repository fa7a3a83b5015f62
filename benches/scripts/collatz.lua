-- Whole-number arithmetic in a while loop: the longest Collatz chain.

local best, longest = 0, 0
local start = 1
while start < 150000 do
  local n = start
  local steps = 0
  while n ~= 1 do
    if n % 2 == 0 then
      n = n // 2
    else
      n = 3 * n + 1
    end
    steps = steps + 1
  end
  if steps > longest then
    longest = steps
    best = start
  end
  start = start + 1
end
print(best .. " " .. longest)
