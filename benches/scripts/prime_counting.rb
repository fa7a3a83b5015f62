# Remainders and an early return in a hot loop: primes by trial division.

def prime?(n)
  return false if n < 2
  return n == 2 if n % 2 == 0

  d = 3
  while d * d <= n
    return false if n % d == 0

    d += 2
  end
  true
end

count = 0
sum = 0
900_000.times do |n|
  if prime?(n)
    count += 1
    sum += n
  end
end
puts "#{count} #{sum}"
