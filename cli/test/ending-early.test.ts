import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { program, runProgram, startProgram } from './run-program.ts';
import { sampleEvent, sampleSession } from './sample-views.ts';
import { startTestDaemon, type TestDaemon } from './test-daemon.ts';

let daemon: TestDaemon;

beforeEach(async () => {
  daemon = await startTestDaemon();
});
afterEach(() => daemon.remove());

/** The program said nothing and ended well; a shell may have its own complaints before that. */
const silentEnd = /^(?![^]*(?:guildhall|Error|EPIPE))[^]*exit 0\n$/;

/** Runs a line of shell with `guildhall` as the command line under test. */
async function shell(line: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const env = { PATH: process.env['PATH'], GUILDHALL_HOME: daemon.home, LANG: 'C.UTF-8' };
  const child = spawn(
    'bash',
    ['-c', `set -o pipefail; guildhall() { ${JSON.stringify(process.execPath)} ${JSON.stringify(program)} "$@"; echo "exit $?" >&2; }; ${line}`],
    { env },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await new Promise((resolve) => child.on('close', resolve));
  return { stdout, stderr };
}

describe('a reader that has seen enough', () => {
  test('of a long export is no error', async () => {
    daemon.on('get /v1/audit/export', ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      for (let seq = 1; seq <= 50_000; seq += 1) response.write(`${JSON.stringify(sampleEvent({ seq }))}\n`);
      response.end();
      return undefined;
    });
    const ran = await shell('guildhall audit export | head -n 2');
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(ran.stderr).toMatch(silentEnd);
  });

  test('of one big value is no error', async () => {
    const sessions = Array.from({ length: 100 }, () => sampleSession({ title: 'x'.repeat(20_000) }));
    daemon.on('get /v1/sessions', () => ({ sessions, next: null }));
    expect((await shell('guildhall sessions list --json | head -c 10')).stderr).toMatch(silentEnd);
    expect((await shell('guildhall sessions list | head -n 1')).stderr).toMatch(silentEnd);
  });

  test('of a stream that goes on ends it', async () => {
    daemon.on('get /v1/events', ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let seq = 0;
      const timer = setInterval(() => response.write(`id: c${++seq}\ndata: ${JSON.stringify(sampleEvent({ seq }))}\n\n`), 5);
      response.on('close', () => clearInterval(timer));
      return undefined;
    });
    const ran = await shell('guildhall events watch --json | head -n 2');
    for (const line of ran.stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ type: 'turn.started' });
    expect(ran.stderr).toMatch(silentEnd);
  });
});

describe('watching events', () => {
  test('goes on behind the last one it saw, and asks for what it was told', async () => {
    const places: (string | undefined)[] = [];
    let seq = 0;
    daemon.on('get /v1/events', ({ headers, query, response }) => {
      places.push(String(headers['last-event-id'] ?? `after ${query.get('after')} of ${query.get('stream')}`));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      seq += 1;
      response.end(`id: c${seq}\ndata: ${JSON.stringify(sampleEvent({ seq }))}\n\n`);
      return undefined;
    });
    const running = startProgram(['events', 'watch', '--after', 'c0', '--stream', 'installation', '--json'], { home: daemon.home });
    await running.until('"seq":3');
    running.child.kill('SIGINT');
    const ran = await running.ended;
    expect(ran.code).toBe(130);
    expect(places.slice(0, 3)).toEqual(['after c0 of installation', 'c1', 'c2']);
    const seqs = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs).toEqual(seqs.map((_, at) => at + 1));
  });

  test('says one line to people, escaped', async () => {
    daemon.on('get /v1/events', ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(sampleEvent({ data: { said: '\u001b[2Jhi\n' } }))}\n\n`);
      return undefined;
    });
    const running = startProgram(['events', 'watch'], { home: daemon.home });
    await running.until('turn.started');
    running.child.kill('SIGINT');
    expect((await running.ended).stdout).toBe(`2026-11-21 04:00:00Z turn.started session:agent:coder:main@1 by agent:coder {"said":"\\u001b[2Jhi\\n"}\n`);
  });
});

describe('the daemon in the foreground', () => {
  test('stops well on Ctrl-C', async () => {
    const running = startProgram(['up', '--port', '4711', '--config', 'team.yaml'], { home: daemon.home });
    await running.until('listening on 4711 with team.yaml');
    running.child.kill('SIGINT');
    const ran = await running.ended;
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain('stopped');
  });

  test('stops well when it is told to terminate', async () => {
    const running = startProgram(['up'], { home: daemon.home });
    await running.until('listening');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
  });

  test('that cannot start says why', async () => {
    const ran = await runProgram(['up', '--port', '1'], { home: daemon.home });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('Process 4242');
  });
});

test('Ctrl-C while an answer is awaited is 130 and silent', async () => {
  const asked = Promise.withResolvers<void>();
  daemon.on('get /v1/agents', async () => {
    asked.resolve();
    await new Promise(() => undefined);
  });
  const running = startProgram(['agents', 'list'], { home: daemon.home });
  await asked.promise;
  running.child.kill('SIGINT');
  expect(await running.ended).toMatchObject({ code: 130, stdout: '', stderr: '' });
});
