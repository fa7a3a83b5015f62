# Functions as values: captured variables, composed functions, map, filter and reduce with lambdas.

def make_counter(step)
  value = 0
  -> { value += step }
end

def compose(f, g)
  ->(x) { f.call(g.call(x)) }
end

def add(n)
  ->(x) { x + n }
end

counters = (1..10).map { |step| make_counter(step) }
total = 0
300_000.times do
  counters.each { |counter| total = (total + counter.call) % 1_000_003 }
end
puts total

chain = add(0)
(1..20).each { |n| chain = compose(add(n), chain) }
sum = 0
80_000.times { |i| sum += chain.call(i) }
puts sum

numbers = (0...1000).to_a
result = 0
800.times do |round|
  squares = numbers.map { |x| x * x + round }
  even = squares.select { |x| x % 2 == 0 }
  result = (result + even.reduce(0) { |a, b| a + b }) % 1_000_003
end
puts result
