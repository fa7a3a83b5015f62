# Errors raised and rescued: through several calls, with `ensure`, raised again, and errors of the machine itself.

class CodeError < StandardError
  attr_reader :code

  def initialize(code)
    super("code")
    @code = code
  end
end

class FiveError < StandardError; end

$cleaned = 0

def check(n)
  raise CodeError.new(n) if n % 3 == 0
  raise FiveError if n % 5 == 0

  n
end

def guarded(n)
  check(n)
ensure
  $cleaned += 1
end

def deep(n, depth)
  return guarded(n) if depth == 0

  deep(n, depth - 1) + 1
end

def rethrow(n)
  deep(n, 3)
rescue FiveError
  raise CodeError.new(5)
rescue CodeError
  raise
end

def fault(values, n)
  values[n][:size]
rescue NoMethodError
  -1
end

sum = 0
caught = 0
600_000.times do |i|
  sum += rethrow(i)
rescue CodeError => e
  caught += 1
  sum += e.code % 100
end
puts "#{sum} #{caught} #{$cleaned}"

values = [{ size: 1 }, nil, { size: 2 }]
faults = 0
400_000.times { |i| faults += fault(values, i % 3) }
puts faults
