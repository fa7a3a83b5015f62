# Recursion over one shared array: quicksort of random whole numbers.

def quicksort(a, low, high)
  pivot = a[(low + high) / 2]
  i = low
  j = high
  while i <= j
    i += 1 while a[i] < pivot
    j -= 1 while a[j] > pivot
    if i <= j
      a[i], a[j] = a[j], a[i]
      i += 1
      j -= 1
    end
  end
  quicksort(a, low, j) if low < j
  quicksort(a, i, high) if i < high
end

$seed = 42
def random_number
  $seed = $seed * 16_807 % 2_147_483_647
end

numbers = []
500_000.times { numbers << random_number }
quicksort(numbers, 0, numbers.size - 1)

checksum = 0
numbers.each_with_index do |n, i|
  raise "not sorted" if i > 0 && numbers[i - 1] > n

  checksum = (checksum * 31 + n) % 1_000_003
end
puts checksum
