/** An agent is asked to write, read and run something, through every door people have: terminal, HTTP, an OpenAI client, the page. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { issuedCredential } from '@guildhall/protocol';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium } from '../../web/test/browser.ts';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { guildhall } from './command-line.ts';
import { ask, entriesOf, rehearsalOf, resultsOf } from './conversation.ts';

const config = `
model: rehearsal/default
agents:
  director: { default: true, tools: minimal }
  coder: { tools: coding }
  reviewer: { tools: coding }
`;

const rehearsal = rehearsalOf([
  {
    match: { text: 'note {file} saying {words...}' },
    steps: [
      { say: 'I write {file}.', call: { tool: 'write_file', args: { path: '{file}', content: '{words}\n' } } },
      { say: 'I read it back.', call: { tool: 'read_file', args: { path: '{file}' } } },
      { say: 'I run something over it.', call: { tool: 'terminal', args: { command: ['wc', '-w', '{file}'] } } },
      { say: 'Counted by wc: {result}' },
    ],
  },
]);

let place: DaemonHome;
let daemon: DaemonProcess;

beforeAll(async () => {
  place = createHome(config, rehearsal);
  daemon = await startDaemonProcess(place);
});

afterAll(async () => {
  await daemon.stop();
  place.remove();
});

async function makeToken(scope: string): Promise<string> {
  return issuedCredential.parse((await daemon.request('POST', '/v1/tokens', { scope }))?.body).secret;
}

/** The file is in the workspace of the coder, and nowhere else. */
function expectWritten(file: string, text: string): void {
  const inWorkspaceOf = (agent: string) => path.join(place.home, 'agents', agent, file);
  expect(readFileSync(inWorkspaceOf('coder'), 'utf8')).toBe(text);
  expect(['director', 'reviewer'].filter((agent) => existsSync(inWorkspaceOf(agent)))).toEqual([]);
}

describe('an agent writes, reads and runs', () => {
  test('asked on the terminal', async () => {
    const ran = await guildhall(place, 'chat', '--agent', 'coder', 'note plain.txt saying three plain words');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('I write plain.txt.');
    expect(ran.stdout).toMatch(/Counted by wc: .*3 plain\.txt/s);
    expectWritten('plain.txt', 'three plain words\n');
  });

  test('asked on the terminal by a script, which reads one JSON value on each line', async () => {
    const ran = await guildhall(place, 'chat', '--agent', 'coder', '--json', 'note script.txt saying two words');
    expect(ran.code).toBe(0);
    const values = ran.stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const last = values.at(-1);
    expect(last).toMatchObject({ agent: 'coder', status: 'completed', answer: expect.stringMatching(/2 script\.txt/) });
    expect(values).toContainEqual(expect.objectContaining({ type: 'TOOL_CALL_START', toolCallName: 'terminal' }));
    expectWritten('script.txt', 'two words\n');
  });

  test('asked over HTTP, with every call and its result in the transcript', async () => {
    const turn = await ask(daemon, 'coder', 'note http.txt saying one');
    expect(turn).toMatchObject({ status: 'completed', attempts: 1, usage: { rehearsal: true } });
    expect((await resultsOf(daemon, turn)).map(({ tool, outcome }) => [tool, outcome])).toEqual([
      ['write_file', 'done'],
      ['read_file', 'done'],
      ['terminal', 'done'],
    ]);
    expect((await entriesOf(daemon, turn.sessionKey)).at(-1)).toMatchObject({ kind: 'answer', text: turn.answer });
    expectWritten('http.txt', 'one\n');
  });

  test('asked by an OpenAI client with a token for this agent', async () => {
    const client = new OpenAI({ baseURL: `${daemon.url}/v1`, apiKey: await makeToken('agent:coder'), maxRetries: 0 });
    const whole = await client.chat.completions.create({ model: 'coder', messages: [{ role: 'user', content: 'note whole.txt saying a b c d' }] });
    expect(whole.choices[0]?.message.content).toMatch(/4 whole\.txt/);
    expectWritten('whole.txt', 'a b c d\n');

    const stream = await client.chat.completions.create({
      model: 'coder',
      messages: [{ role: 'user', content: 'note streamed.txt saying a b c d e' }],
      stream: true,
    });
    let said = '';
    for await (const chunk of stream) said += chunk.choices[0]?.delta.content ?? '';
    expect(said).toMatch(/5 streamed\.txt/);
    expectWritten('streamed.txt', 'a b c d e\n');

    await expect(
      client.chat.completions.create({ model: 'reviewer', messages: [{ role: 'user', content: 'note stray.txt saying no' }] }),
    ).rejects.toMatchObject({ status: 403 });
    expect(existsSync(path.join(place.home, 'agents', 'reviewer', 'stray.txt'))).toBe(false);
  });

  test.skipIf(chromiumFile === undefined)(`asked on the page${needsChromium}`, async () => {
    const browser = await launchChromium();
    try {
      const window = await browser.newPage();
      window.setDefaultTimeout(15_000);
      await window.goto(daemon.url);
      await window.getByLabel('One-time code').fill(await makeToken('sign-in'));
      await window.getByRole('button', { name: 'Sign in' }).click();
      await window.getByRole('button', { name: 'coder' }).first().click();
      await window.getByLabel('Message', { exact: true }).fill('note page.txt saying six');
      await window.keyboard.press('Enter');
      const turn = window.locator('.turn', { hasText: 'page.txt saying six' });
      await turn.getByText('Counted by wc: 1 page.txt').waitFor();
      expect(await turn.locator('.tool').count()).toBe(3);
      expectWritten('page.txt', 'six\n');
    } finally {
      await browser.close();
    }
  });
});
