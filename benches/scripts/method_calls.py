# Objects: classes with methods that read and change their object.


class Account:
    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance
        self.count = 0

    def deposit(self, amount):
        self.balance += amount
        self.count += 1
        return self

    def withdraw(self, amount):
        if amount > self.balance:
            return False
        self.balance -= amount
        self.count += 1
        return True

    def total(self):
        return self.balance


class Savings(Account):
    def __init__(self, owner, balance, rate):
        super().__init__(owner, balance)
        self.rate = rate

    def add_interest(self):
        self.deposit(self.balance * self.rate // 100)


def main():
    plain = Account("ann", 100)
    saver = Savings("bob", 1000, 3)
    refused = 0
    for i in range(1400000):
        plain.deposit(i % 10).deposit(1)
        if not plain.withdraw(i % 13):
            refused += 1
        if i % 1000 == 0:
            saver.add_interest()
        if saver.total() > 5000:
            saver.withdraw(4000)
    print(plain.total(), plain.count, saver.total(), saver.count, refused)

    total = 0
    for i in range(100000):
        account = Account("carl", i)
        account.deposit(5)
        total += account.total()
    print(total)


main()
