# Objects: classes with methods that read and change their object.

class Account
  attr_reader :balance, :count

  def initialize(owner, balance)
    @owner = owner
    @balance = balance
    @count = 0
  end

  def deposit(amount)
    @balance += amount
    @count += 1
    self
  end

  def withdraw(amount)
    return false if amount > @balance

    @balance -= amount
    @count += 1
    true
  end

  def total
    @balance
  end
end

class Savings < Account
  def initialize(owner, balance, rate)
    super(owner, balance)
    @rate = rate
  end

  def add_interest
    deposit(@balance * @rate / 100)
  end
end

plain = Account.new("ann", 100)
saver = Savings.new("bob", 1000, 3)
refused = 0
1_400_000.times do |i|
  plain.deposit(i % 10).deposit(1)
  refused += 1 unless plain.withdraw(i % 13)
  saver.add_interest if i % 1000 == 0
  saver.withdraw(4000) if saver.total > 5000
end
puts "#{plain.total} #{plain.count} #{saver.total} #{saver.count} #{refused}"

sum = 0
100_000.times do |i|
  account = Account.new("carl", i)
  account.deposit(5)
  sum += account.total
end
puts sum
