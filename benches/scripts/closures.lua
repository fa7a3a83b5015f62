-- Functions as values: captured variables, composed functions, map, filter and reduce with lambdas.

local function map(list, f)
  local result = {}
  for i = 1, #list do result[i] = f(list[i]) end
  return result
end

local function filter(list, f)
  local result = {}
  for i = 1, #list do
    local item = list[i]
    if f(item) then result[#result + 1] = item end
  end
  return result
end

local function reduce(list, f, start)
  local result = start
  for i = 1, #list do result = f(result, list[i]) end
  return result
end

local function make_counter(step)
  local value = 0
  return function()
    value = value + step
    return value
  end
end

local function compose(f, g)
  return function(x) return f(g(x)) end
end

local function add(n)
  return function(x) return x + n end
end

local counters = {}
for step = 1, 10 do counters[step] = make_counter(step) end
local total = 0
for _ = 1, 300000 do
  for _, counter in ipairs(counters) do total = (total + counter()) % 1000003 end
end
print(total)

local chain = add(0)
for n = 1, 20 do chain = compose(add(n), chain) end
local sum = 0
for i = 0, 79999 do sum = sum + chain(i) end
print(sum)

local numbers = {}
for i = 0, 999 do numbers[i + 1] = i end
local result = 0
for round = 0, 799 do
  local squares = map(numbers, function(x) return x * x + round end)
  local even = filter(squares, function(x) return x % 2 == 0 end)
  result = (result + reduce(even, function(a, b) return a + b end, 0)) % 1000003
end
print(result)
