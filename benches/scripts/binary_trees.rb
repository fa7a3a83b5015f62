# Allocation of small objects: trees that are built, walked and dropped while one long-lived tree stays.

class Node
  attr_reader :left, :right

  def initialize(left, right)
    @left = left
    @right = right
  end
end

def bottom_up(depth)
  return Node.new(nil, nil) if depth == 0

  Node.new(bottom_up(depth - 1), bottom_up(depth - 1))
end

def check(tree)
  return 1 if tree.left.nil?

  1 + check(tree.left) + check(tree.right)
end

MAX_DEPTH = 15

long_lived = bottom_up(MAX_DEPTH)
4.step(MAX_DEPTH, 4) do |depth|
  iterations = 1 << (MAX_DEPTH - depth + 4)
  total = 0
  iterations.times { total += check(bottom_up(depth)) }
  puts "#{iterations} #{depth} #{total}"
end
puts check(long_lived)
