# Array reads and writes by computed index: heap sort of random fractions.

def sift_down(a, from, to)
  root = from
  value = a[root]
  loop do
    child = 2 * root + 1
    break if child > to

    child += 1 if child < to && a[child] < a[child + 1]
    break if a[child] <= value

    a[root] = a[child]
    root = child
  end
  a[root] = value
end

def heap_sort(a)
  last = a.size - 1
  ((last - 1) / 2).downto(0) { |root| sift_down(a, root, last) }
  last.downto(1) do |stop|
    a[0], a[stop] = a[stop], a[0]
    sift_down(a, 0, stop - 1)
  end
end

numbers = []
seed = 42
400_000.times do
  seed = seed * 16_807 % 2_147_483_647
  numbers << seed / 2_147_483_647.0
end
heap_sort(numbers)
(1...numbers.size).each { |i| raise "not sorted" if numbers[i - 1] > numbers[i] }
puts format("%.9f %.9f %.9f", numbers[0], numbers[200_000], numbers[-1])
