/** `npm run crash -- [kills] [seed] [postgres://…]`: kill -9 under load, for as long as you like; prints the figures, exits with 1 when a promise broke. */
import { killUnderLoad } from './kill-under-load.ts';

const [kills = '200', seed = String(Date.now() % 1_000_000), databaseUrl] = process.argv.slice(2);
console.log(`seed ${seed}`);
const report = await killUnderLoad({
  kills: Number(kills),
  sessions: 8,
  messagesPerSecond: 30,
  seed: Number(seed),
  progress: (line) => console.log(line),
  ...(databaseUrl === undefined ? {} : { databaseUrl }),
});
console.log(JSON.stringify(report, null, 2));
const { lost, answeredTwice, unanswered, repeatedEffects, missingEffects, outOfOrder, brokenInvariants } = report;
process.exitCode = [lost, answeredTwice, unanswered, repeatedEffects, missingEffects, outOfOrder, brokenInvariants].every((list) => list.length === 0) ? 0 : 1;
