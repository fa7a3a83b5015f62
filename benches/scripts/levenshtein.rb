# Strings read byte by byte and rows of numbers: edit distances between random words.

$seed = 11
def random_text(length)
  text = +""
  length.times do
    $seed = $seed * 16_807 % 2_147_483_647
    text << "acgt"[$seed % 4]
  end
  text
end

def distance(a, b)
  row = (0..b.size).to_a
  (1..a.size).each do |i|
    diagonal = row[0]
    row[0] = i
    (1..b.size).each do |j|
      cost = a.getbyte(i - 1) == b.getbyte(j - 1) ? 0 : 1
      best = diagonal + cost
      diagonal = row[j]
      best = diagonal + 1 if diagonal + 1 < best
      best = row[j - 1] + 1 if row[j - 1] + 1 < best
      row[j] = best
    end
  end
  row[b.size]
end

total = 0
20.times do |round|
  total += distance(random_text(500 + round), random_text(520 - round))
end
puts "#{total} #{distance('kitten', 'sitting')}"
