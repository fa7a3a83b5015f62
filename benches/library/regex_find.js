// Finds all errors and all paths of an interface in 50 MB of a log.

const text = require("fs").readFileSync(process.argv[2], "utf8");
console.log(text.match(/ 50[0-9] /g).length);
const paths = text.match(/\/api\/[a-z]+\/[0-9]+/g);
console.log(paths.length, paths[1000]);
