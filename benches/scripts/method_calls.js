// Objects: classes with methods that read and change their object.

class Account {
  constructor(owner, balance) {
    this.owner = owner;
    this.balance = balance;
    this.count = 0;
  }

  deposit(amount) {
    this.balance += amount;
    this.count++;
    return this;
  }

  withdraw(amount) {
    if (amount > this.balance) return false;
    this.balance -= amount;
    this.count++;
    return true;
  }

  total() {
    return this.balance;
  }
}

class Savings extends Account {
  constructor(owner, balance, rate) {
    super(owner, balance);
    this.rate = rate;
  }

  addInterest() {
    this.deposit(Math.floor((this.balance * this.rate) / 100));
  }
}

const plain = new Account("ann", 100);
const saver = new Savings("bob", 1000, 3);
let refused = 0;
for (let i = 0; i < 1400000; i++) {
  plain.deposit(i % 10).deposit(1);
  if (!plain.withdraw(i % 13)) refused++;
  if (i % 1000 === 0) saver.addInterest();
  if (saver.total() > 5000) saver.withdraw(4000);
}
console.log(`${plain.total()} ${plain.count} ${saver.total()} ${saver.count} ${refused}`);

let sum = 0;
for (let i = 0; i < 100000; i++) {
  const account = new Account("carl", i);
  account.deposit(5);
  sum += account.total();
}
console.log(sum);
