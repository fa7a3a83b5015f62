-- Loops over whole numbers: counted and conditional.

local total = 0
for i = 0, 2999 do
  for j = 0, 1999 do
    if (i + j) % 3 == 0 then
      total = total + i * j % 7
    else
      total = total - (j & 3)
    end
  end
end
print(total)

local checksum = 1
for i = 1, 8000000 do
  checksum = (checksum * 31 + i) % 1000003
end
print(checksum)

local a, b = 1, 0
local steps = 0
while steps < 5000000 do
  local sum = a + b
  if sum >= 1000003 then sum = sum - 1000003 end
  b = a
  a = sum
  steps = steps + 1
end
print(a .. " " .. b)
