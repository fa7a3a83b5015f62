# Whole-number arithmetic in a while loop: the longest Collatz chain.

best = 0
longest = 0
start = 1
while start < 150_000
  n = start
  steps = 0
  while n != 1
    if n % 2 == 0
      n /= 2
    else
      n = 3 * n + 1
    end
    steps += 1
  end
  if steps > longest
    longest = steps
    best = start
  end
  start += 1
end
puts "#{best} #{longest}"
