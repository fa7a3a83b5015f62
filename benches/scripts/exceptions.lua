-- Errors thrown and caught: through several calls, with clean-up, thrown again, and errors of the machine itself.

local cleaned = 0

local function check(n)
  if n % 3 == 0 then error({ code = n }) end
  if n % 5 == 0 then error("five", 0) end
  return n
end

local function guarded(n)
  local ok, result = pcall(check, n)
  cleaned = cleaned + 1
  if not ok then error(result, 0) end
  return result
end

local function deep(n, depth)
  if depth == 0 then return guarded(n) end
  return deep(n, depth - 1) + 1
end

local function rethrow(n)
  local ok, result = pcall(deep, n, 3)
  if not ok then
    if result == "five" then error({ code = 5 }) end
    error(result, 0)
  end
  return result
end

local function size(values, n)
  return values[n].size
end

local function fault(values, n)
  local ok, result = pcall(size, values, n)
  return ok and result or -1
end

local sum, caught = 0, 0
for i = 0, 599999 do
  local ok, result = pcall(rethrow, i)
  if ok then
    sum = sum + result
  else
    caught = caught + 1
    sum = sum + result.code % 100
  end
end
print(sum .. " " .. caught .. " " .. cleaned)

local values = { { size = 1 }, nil, { size = 2 } }
local faults = 0
for i = 0, 399999 do faults = faults + fault(values, i % 3 + 1) end
print(faults)
