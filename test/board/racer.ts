/**
 * One process of a lane in a race; it loads nothing, because many of it start at once. Each line on its input is a round, `<instant> <body>`: at that instant (milliseconds since the epoch) it
 * claims, and prints `{"status", "text"}`. It ends with its input.
 */
import http from 'node:http';
import { createInterface } from 'node:readline';

const [url = '', token = ''] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });

for await (const line of createInterface({ input: process.stdin })) {
  const space = line.indexOf(' ');
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Number(line.slice(0, space)) - Date.now())));
  process.stdout.write(`${JSON.stringify(await claim(line.slice(space + 1)))}\n`);
}
agent.destroy();

function claim(body: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
