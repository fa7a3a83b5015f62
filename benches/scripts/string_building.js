// Strings that grow piece by piece, by concatenation in a loop.

function digits(count) {
  let text = "";
  for (let i = 0; i < count; i++) text += String(i % 10);
  return text;
}

function table(rows) {
  let text = "";
  for (let i = 0; i < rows; i++) {
    text = text + "row " + i + ": " + i * i + ";";
  }
  return text;
}

function report(rows) {
  let text = "<ul>";
  for (let i = 0; i < rows; i++) {
    text += `<li id=${String(i).padStart(5, "0")}>${i % 7} of ${rows}</li>`;
  }
  return text + "</ul>";
}

let length = 0;
for (let round = 0; round < 3; round++) {
  length += digits(50000 + round).length;
  length += table(12000 + round).length;
  length += report(10000 + round).length;
}
console.log(length);
console.log(`${report(500).split("<li").length - 1} ${digits(25)} ${table(3)}`);
