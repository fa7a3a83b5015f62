-- Array reads and writes by computed index: heap sort of random fractions.

local function sift_down(a, from, to)
  local root = from
  local value = a[root]
  while true do
    local child = 2 * root
    if child > to then break end
    if child < to and a[child] < a[child + 1] then child = child + 1 end
    if a[child] <= value then break end
    a[root] = a[child]
    root = child
  end
  a[root] = value
end

local function heap_sort(a)
  local last = #a
  for root = last // 2, 1, -1 do sift_down(a, root, last) end
  for stop = last, 2, -1 do
    a[1], a[stop] = a[stop], a[1]
    sift_down(a, 1, stop - 1)
  end
end

local numbers = {}
local seed = 42
for i = 1, 400000 do
  seed = seed * 16807 % 2147483647
  numbers[i] = seed / 2147483647
end
heap_sort(numbers)
for i = 2, #numbers do assert(numbers[i - 1] <= numbers[i]) end
print(string.format("%.9f %.9f %.9f", numbers[1], numbers[200001], numbers[#numbers]))
