# Text taken apart and put together: lines, fields, trimming, replacing, joining.

rows = []
4000.times do |i|
  rows << "#{i}, host-#{i % 97}.example.com ,#{i * 7919 % 65_536},open;closed;filtered"
end
TEXT = rows.join("\n")

def scan(text)
  ports = 0
  states = 0
  names = []
  text.split("\n").each do |line|
    fields = line.split(",")
    name = fields[1].strip
    ports += fields[2].to_i
    states += fields[3].split(";").size
    names << name.upcase
  end
  [ports, states, names.join(" ").size]
end

total = 0
30.times do
  ports, states, length = scan(TEXT)
  total += ports + states * length
end
puts total

words = 0
30.times do
  words += TEXT.gsub("example", "test").size
  words += TEXT.split(".").size
  words += TEXT.chars.size
end
puts words
