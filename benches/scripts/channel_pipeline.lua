-- Values handed from coroutine to coroutine: a chain of filters that leaves no multiples of the first primes.

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

local function survivors(limit, filters)
  local source = generate(limit)
  local sum = 0
  for _ = 1, filters do
    local prime = source()
    sum = sum + prime
    source = filter_multiples(source, prime)
  end
  local count = 0
  for n in source do
    count = count + 1
    sum = (sum + n) % 1000003
  end
  return count, sum
end

local count, sum = survivors(300000, 50)
print(count .. " " .. sum)
