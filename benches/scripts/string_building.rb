# Strings that grow piece by piece, by concatenation in a loop.

def digits(count)
  text = +""
  count.times { |i| text << (i % 10).to_s }
  text
end

def table(rows)
  text = +""
  rows.times do |i|
    text << "row " << i.to_s << ": " << (i * i).to_s << ";"
  end
  text
end

def report(rows)
  text = +"<ul>"
  rows.times { |i| text << "<li id=#{i.to_s.rjust(5, '0')}>#{i % 7} of #{rows}</li>" }
  text << "</ul>"
end

length = 0
3.times do |round|
  length += digits(50_000 + round).size
  length += table(12_000 + round).size
  length += report(10_000 + round).size
end
puts length
puts "#{report(500).scan('<li').size} #{digits(25)} #{table(3)}"
