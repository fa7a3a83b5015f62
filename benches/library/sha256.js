// The SHA-256 of 100 MB.

const bytes = require("fs").readFileSync(process.argv[2]);
console.log(require("crypto").createHash("sha256").update(bytes).digest("hex"));
