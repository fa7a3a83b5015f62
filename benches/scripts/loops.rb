# Loops over whole numbers: counted and conditional.

total = 0
3000.times do |i|
  2000.times do |j|
    if (i + j) % 3 == 0
      total += i * j % 7
    else
      total -= j & 3
    end
  end
end
puts total

checksum = 1
(1..8_000_000).each do |i|
  checksum = (checksum * 31 + i) % 1_000_003
end
puts checksum

a = 1
b = 0
steps = 0
while steps < 5_000_000
  sum = a + b
  sum -= 1_000_003 if sum >= 1_000_003
  b = a
  a = sum
  steps += 1
end
puts "#{a} #{b}"
