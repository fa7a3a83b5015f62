-- Objects: classes by metatables, methods that read and change their object.

local Account = {}
Account.__index = Account

function Account.new(owner, balance)
  return setmetatable({ owner = owner, balance = balance, count = 0 }, Account)
end

function Account:deposit(amount)
  self.balance = self.balance + amount
  self.count = self.count + 1
  return self
end

function Account:withdraw(amount)
  if amount > self.balance then return false end
  self.balance = self.balance - amount
  self.count = self.count + 1
  return true
end

function Account:total()
  return self.balance
end

local Savings = setmetatable({}, { __index = Account })
Savings.__index = Savings

function Savings.new(owner, balance, rate)
  local self = setmetatable(Account.new(owner, balance), Savings)
  self.rate = rate
  return self
end

function Savings:add_interest()
  self:deposit(self.balance * self.rate // 100)
end

local plain = Account.new("ann", 100)
local saver = Savings.new("bob", 1000, 3)
local refused = 0
for i = 0, 1399999 do
  plain:deposit(i % 10):deposit(1)
  if not plain:withdraw(i % 13) then refused = refused + 1 end
  if i % 1000 == 0 then saver:add_interest() end
  if saver:total() > 5000 then saver:withdraw(4000) end
end
print(plain:total() .. " " .. plain.count .. " " .. saver:total() .. " " .. saver.count .. " " .. refused)

local sum = 0
for i = 0, 99999 do
  local account = Account.new("carl", i)
  account:deposit(5)
  sum = sum + account:total()
end
print(sum)
