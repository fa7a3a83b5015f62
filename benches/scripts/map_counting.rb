# Hashes with string keys and with number keys: counting words.

$seed = 7
def random_below(n)
  $seed = $seed * 16_807 % 2_147_483_647
  $seed % n
end

words = Array.new(200_000) { "word#{random_below(1 + random_below(6000))}" }

def count_words(words)
  counts = Hash.new(0)
  words.each { |word| counts[word] += 1 }
  counts
end

def count_lengths(words)
  lengths = {}
  words.each do |word|
    n = word.size
    if lengths.key?(n)
      lengths[n] += 1
    else
      lengths[n] = 1
    end
  end
  lengths
end

checksum = 0
12.times do
  counts = count_words(words)
  lengths = count_lengths(words)
  counts.each { |word, n| checksum = (checksum + n * n * word.size) % 1_000_003 }
  lengths.each { |length, n| checksum = (checksum + n * length) % 1_000_003 }
end
puts checksum

counts = count_words(words)
ranked = counts.keys.sort
puts "#{ranked.size} #{ranked[0]} #{counts[ranked[0]]} #{ranked[-1]}"
