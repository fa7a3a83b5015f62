# Backtracking: the ways to place queens that do not attack each other.

def safe(columns, row, column)
  other = 0
  while other < row
    distance = columns[other] - column
    return false if distance == 0 || distance == row - other || distance == other - row

    other += 1
  end
  true
end

def place(columns, row, size)
  return 1 if row == size

  ways = 0
  size.times do |column|
    if safe(columns, row, column)
      columns[row] = column
      ways += place(columns, row + 1, size)
    end
  end
  ways
end

(6..11).each { |size| puts "#{size} #{place(Array.new(size, 0), 0, size)}" }
