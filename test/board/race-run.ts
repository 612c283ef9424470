/** `npm run race:http -- [rounds] [processes]`: that many processes race for one task over HTTP, again and again, on the SQLite file of a home of its own; prints what went wrong. */
import { raceOverHttp } from './race-over-http.ts';

const [rounds = '1000', processes = '64'] = process.argv.slice(2);
const began = performance.now();
const report = await raceOverHttp({ rounds: Number(rounds), processes: Number(processes) });
console.log(JSON.stringify({ ...report, seconds: Math.round((performance.now() - began) / 1000) }));
process.exitCode = report.wrong.length + report.runsWrong.length === 0 ? 0 : 1;
