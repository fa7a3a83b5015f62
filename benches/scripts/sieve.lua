-- Array reads and writes: the sieve of Eratosthenes.

local function count_primes(limit)
  local composite = {}
  for i = 1, limit do composite[i] = false end
  local count = 0
  for n = 2, limit do
    if not composite[n] then
      count = count + 1
      for m = n * n, limit, n do
        composite[m] = true
      end
    end
  end
  return count
end

for round = 0, 3 do
  print(count_primes(2000000 + round))
end
