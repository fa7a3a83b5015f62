# Arrays of arrays: the product of two square matrices.

def make_matrix(n, seed)
  Array.new(n) { |i| Array.new(n) { |j| (i * seed + j * 3) % 17 - 8 } }
end

def multiply(a, b, n)
  Array.new(n) do |i|
    Array.new(n) do |j|
      sum = 0
      n.times { |k| sum += a[i][k] * b[k][j] }
      sum
    end
  end
end

N = 250
product = multiply(make_matrix(N, 5), make_matrix(N, 7), N)
checksum = 0
product.each do |row|
  row.each { |value| checksum = (checksum * 31 + value + 100_000) % 1_000_003 }
end
puts "#{checksum} #{product[0][0]} #{product[N - 1][N - 1]}"
