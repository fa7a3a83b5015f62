-- Recursion over one shared array: quicksort of random whole numbers.

local function quicksort(a, low, high)
  local pivot = a[(low + high) // 2]
  local i, j = low, high
  while i <= j do
    while a[i] < pivot do i = i + 1 end
    while a[j] > pivot do j = j - 1 end
    if i <= j then
      a[i], a[j] = a[j], a[i]
      i = i + 1
      j = j - 1
    end
  end
  if low < j then quicksort(a, low, j) end
  if i < high then quicksort(a, i, high) end
end

local seed = 42
local function random_number()
  seed = seed * 16807 % 2147483647
  return seed
end

local numbers = {}
for i = 1, 500000 do numbers[i] = random_number() end
quicksort(numbers, 1, #numbers)

local checksum = 0
for i, n in ipairs(numbers) do
  if i > 1 and numbers[i - 1] > n then error("not sorted") end
  checksum = (checksum * 31 + n) % 1000003
end
print(checksum)
