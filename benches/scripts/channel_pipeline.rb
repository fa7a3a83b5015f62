# Values handed from fiber to fiber: a chain of filters that leaves no multiples of the first primes.

def generate(limit)
  Fiber.new do
    (2..limit).each { |n| Fiber.yield n }
    nil
  end
end

def filter_multiples(source, prime)
  Fiber.new do
    while (n = source.resume)
      Fiber.yield n if n % prime != 0
    end
    nil
  end
end

def survivors(limit, filters)
  source = generate(limit)
  sum = 0
  filters.times do
    prime = source.resume
    sum += prime
    source = filter_multiples(source, prime)
  end
  count = 0
  while (n = source.resume)
    count += 1
    sum = (sum + n) % 1_000_003
  end
  [count, sum]
end

count, sum = survivors(300_000, 50)
puts "#{count} #{sum}"
