console.log("ready");
process.stdin.once("data", () => process.exit());
