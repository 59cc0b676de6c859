// jsonrepair: cases as lines on standard input, what came of each as lines on standard output.
// It does what play.py does: the best time of a few. Run: node jsonrepair.mjs <node_modules>.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import path from "node:path";

const require = createRequire(path.join(process.argv[2], "here.js"));
const { jsonrepair } = require("jsonrepair");
const about = path.join(process.argv[2], "jsonrepair", "package.json");
const { version } = JSON.parse(readFileSync(about, "utf8"));
const REPEATS = 5;
const ENOUGH = 200_000_000n;

console.log(JSON.stringify({ jsonrepair: version, node: process.versions.node }));
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { text } = JSON.parse(line);
  const told = {};
  try {
    told.value = JSON.parse(jsonrepair(text));
  } catch (error) {
    told.error = String(error).slice(0, 300);
  }
  let best;
  let spent = 0n;
  for (let again = 0; again < REPEATS && spent <= ENOUGH; again++) {
    const start = process.hrtime.bigint();
    try {
      JSON.parse(jsonrepair(text));
    } catch {
      // timed all the same
    }
    const took = process.hrtime.bigint() - start;
    best = best === undefined || took < best ? took : best;
    spent += took;
  }
  told.micros = Number(best) / 1000;
  console.log(JSON.stringify(told));
}
