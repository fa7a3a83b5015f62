# Fibers that take turns: each adds to a common total and yields.

$total = 0

def worker(id, turns)
  turns.times do
    $total = ($total * 31 + id) % 1_000_003
    Fiber.yield
  end
  id
end

def run(workers, turns)
  ready = Array.new(workers) { |id| Fiber.new { worker(id, turns) } }
  sum = 0
  until ready.empty?
    ready = ready.select do |fiber|
      value = fiber.resume
      sum += value unless fiber.alive?
      fiber.alive?
    end
  end
  sum
end

puts "#{run(100, 10_000)} #{$total}"
puts "#{run(5000, 100)} #{$total}"
