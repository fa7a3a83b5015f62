# Array reads and writes: the sieve of Eratosthenes.

def count_primes(limit)
  composite = []
  (0..limit).each { composite << false }
  count = 0
  (2..limit).each do |n|
    next if composite[n]

    count += 1
    m = n * n
    while m <= limit
      composite[m] = true
      m += n
    end
  end
  count
end

4.times { |round| puts count_primes(2_000_000 + round) }
