-- Values handed from coroutine to coroutine: the prime sieve as a growing chain of filters.

local function generate(limit)
  return coroutine.wrap(function()
    for n = 2, limit do coroutine.yield(n) end
  end)
end

local function filter_multiples(source, prime)
  return coroutine.wrap(function()
    for n in source do
      if n % prime ~= 0 then coroutine.yield(n) end
    end
  end)
end

local function sieve(limit)
  local source = generate(limit)
  local count, sum = 0, 0
  while true do
    local prime = source()
    if not prime then return count, sum end
    count = count + 1
    sum = sum + prime
    -- Lua nests at most 200 coroutines: from there on the list does the filters' work.
    source = filter_multiples(source, prime)
  end
end

local count, sum = sieve(8000)
print(count .. " " .. sum)
