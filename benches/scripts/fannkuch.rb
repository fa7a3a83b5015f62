# Small arrays, indexed and swapped: the pancake flips of all permutations.

def fannkuch(n)
  start = (0...n).to_a
  work = start.dup
  count = Array.new(n, 0)
  max_flips = 0
  checksum = 0
  even = true
  r = n
  loop do
    while r != 1
      count[r - 1] = r
      r -= 1
    end
    n.times { |i| work[i] = start[i] }
    flips = 0
    top = work[0]
    while top != 0
      i = 0
      j = top
      while i < j
        work[i], work[j] = work[j], work[i]
        i += 1
        j -= 1
      end
      flips += 1
      top = work[0]
    end
    max_flips = flips if flips > max_flips
    checksum += even ? flips : -flips
    loop do
      return [checksum, max_flips] if r == n

      first = start[0]
      r.times { |i| start[i] = start[i + 1] }
      start[r] = first
      count[r] -= 1
      break if count[r] > 0

      r += 1
    end
    even = !even
  end
end

(7..9).each do |n|
  checksum, flips = fannkuch(n)
  puts "#{n} #{checksum} #{flips}"
end
