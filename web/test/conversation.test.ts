import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visitSignedIn, type Visit } from './browser.ts';
import { startGuildhall, type GuildhallDouble, type Talk } from './guildhall-double.ts';
import { furnish, team } from './team.ts';

describe.skipIf(chromiumFile === undefined)(`a conversation${needsChromium}`, () => {
  let browser: Browser;
  let guildhall: GuildhallDouble;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    guildhall = await startGuildhall(team());
  });
  afterEach(() => guildhall.stop());

  /** Signs in, chooses an agent, sends a message; resolves when the page follows the new session. */
  async function say(agent: string, text: string): Promise<Visit & { talk: Talk; turnId: string }> {
    const opened = await visitSignedIn(browser, guildhall);
    await opened.page.getByRole('button', { name: agent }).click();
    await opened.page.getByText(`because you chose it`).waitFor();
    await opened.page.getByLabel('Message', { exact: true }).fill(text);
    await opened.page.keyboard.press('Enter');
    await opened.page.locator('.turn').getByText(text).waitFor();
    const talk = [...guildhall.talks.values()].find((one) => one.view.agent === agent);
    if (talk === undefined) throw new Error('the message opened no session');
    await expect.poll(() => talk.streams.size).toBe(1);
    return { ...opened, talk, turnId: talk.entries[0]?.turnId ?? '' };
  }

  test('is posted for the page, to the chosen agent, under an id of its own, with the header of a deliberate write', async () => {
    await say('qa', 'Does it hold?');
    const { messageId, ...rest } = guildhall.posted[0] ?? { messageId: '' };
    expect(messageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(rest).toEqual({ platform: 'web', chat: 'page', agent: 'qa', text: 'Does it hold?' });
    expect(guildhall.posted).toHaveLength(1);
  });

  test('is shown where it went, also when it was sent before the list of conversations had come', async () => {
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByText('Goes to').waitFor();
    const late = async (glob: string, ms: number) =>
      page.route(glob, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        await route.continue();
      });
    await late('**/v1/sessions?*', 400);
    await late('**/v1/messages', 1200);
    await page.getByRole('button', { name: 'qa' }).click();
    await page.getByLabel('Message', { exact: true }).fill('Too fast?');
    await page.keyboard.press('Enter');
    await page.locator('.turn').getByText('Too fast?').waitFor();
    expect(guildhall.posted).toMatchObject([{ agent: 'qa', text: 'Too fast?' }]);
  });

  test('streams, and what was recorded takes the place of what streamed, once', async () => {
    const { page, incidents, talk, turnId } = await say('qa', 'Tell me');
    await page.getByText('qa is working').waitFor();
    guildhall.stream(talk, { type: 'TEXT_MESSAGE_START', messageId: 'e2', role: 'assistant' });
    for (const delta of ['# Half', ' a *title*\n\nand the ', 'beginning of `code'])
      guildhall.stream(talk, { type: 'TEXT_MESSAGE_CONTENT', messageId: 'e2', delta });
    await page.locator('.growing h3', { hasText: 'Half a title' }).waitFor();
    await page.locator('.growing').getByText('and the beginning of `code').waitFor();
    guildhall.record(talk, turnId, { kind: 'answer', text: '# Half a *title*\n\nand the beginning of `code` and its end.', model: 'ollama/qwen3:14b' });
    guildhall.setRunning(talk, undefined);
    await page.locator('.agent-text:not(.growing)').getByText('and its end').waitFor();
    expect(await page.locator('.agent-text').count()).toBe(1);
    expect(await page.locator('.user-message').count()).toBe(1);
    await expect.poll(() => page.getByRole('status').allTextContents()).toContainEqual(expect.stringContaining('qa: # Half a *title*'));
    expect(incidents).toEqual([]);
  });

  test('text of a step that broke off is taken back', async () => {
    const { page, talk } = await say('qa', 'Tell me');
    guildhall.stream(talk, { type: 'TEXT_MESSAGE_START', messageId: 'e2', role: 'assistant' });
    guildhall.stream(talk, { type: 'TEXT_MESSAGE_CONTENT', messageId: 'e2', delta: 'never mind' });
    await page.getByText('never mind').waitFor();
    guildhall.stream(talk, { type: 'CUSTOM', name: 'guildhall.text-discarded', value: { messageId: 'e2' } });
    await page.getByText('never mind').waitFor({ state: 'detached' });
  });

  test('tool calls are rows: asked, running with their output so far, done, refused with the rule', async () => {
    const { page, talk, turnId } = await say('backend', 'Look');
    const toolCalls = [
      { callId: 'a', tool: 'terminal', args: { command: 'ls -l' } },
      { callId: 'b', tool: 'write_file', args: { path: '/etc/passwd', text: 'x' } },
    ];
    guildhall.record(talk, turnId, { kind: 'model-step', text: '', toolCalls, model: 'm' });
    const rows = page.locator('.tool');
    await rows.nth(1).getByText('asked').waitFor();
    guildhall.record(talk, turnId, { kind: 'tool-started', callId: 'a', tool: 'terminal', args: { command: 'ls -l' } });
    await rows.first().getByText('running…').waitFor();
    await rows.first().locator('summary').click();
    guildhall.stream(talk, { type: 'CUSTOM', name: 'guildhall.tool-progress', value: { toolCallId: 'a', text: 'total 2\n' } });
    await rows.first().getByText('total 2').waitFor();
    guildhall.record(talk, turnId, { kind: 'tool-result', callId: 'a', tool: 'terminal', outcome: 'done', text: '\u001B[32mtotal 3\u001B[0m' });
    await rows.first().getByText('done, 1.0 s').waitFor();
    expect(await rows.first().locator('pre.output').textContent()).toBe('total 3');
    expect(await rows.first().locator('pre.json').textContent()).toBe('{\n  "command": "ls -l"\n}');
    guildhall.record(talk, turnId, {
      kind: 'tool-result',
      callId: 'b',
      tool: 'write_file',
      outcome: 'refused',
      text: 'Refused by policy.',
      rule: 'deny write_file',
    });
    await rows.nth(1).getByText('Refused by policy. Rule: deny write_file').waitFor();
    expect(await rows.count()).toBe(2);
  });

  test('what a rehearsal says is called a rehearsal, every time', async () => {
    const { page, talk, turnId } = await say('sre', 'Deploy');
    guildhall.record(talk, turnId, { kind: 'model-step', text: 'First I look.', toolCalls: [], model: 'rehearsal/scripted', rehearsal: true });
    guildhall.record(talk, turnId, { kind: 'answer', text: 'Done.', model: 'rehearsal/scripted', rehearsal: true });
    await page.locator('.agent-text', { hasText: 'Done.' }).waitFor();
    expect(await page.locator('.agent-text .rehearsal').count()).toBe(2);
    expect(await page.locator('header .rehearsal').count()).toBe(1);
  });

  test('a turn that fails says so, with the reason', async () => {
    const { page, talk, turnId } = await say('qa', 'Try');
    guildhall.record(talk, turnId, { kind: 'note', code: 'turn-failed', text: 'the model did not answer (rate-limited)' });
    await page.locator('.note.bad', { hasText: 'This turn failed. the model did not answer (rate-limited)' }).waitFor();
  });

  test('can be stopped, with the button and with Escape', async () => {
    const { page, talk } = await say('qa', 'Count to a million');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped. The operator stopped it.').waitFor();
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'hidden' });
    await page.getByLabel('Message', { exact: true }).fill('Again');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'hidden' });
    expect(talk.view.runningTurn).toBeUndefined();
    expect(guildhall.asked.filter((line) => line.endsWith('/cancel'))).toHaveLength(2);
  });

  test('Shift+Enter makes a new line; a message of spaces is not sent', async () => {
    const { page } = await visitSignedIn(browser, guildhall);
    const draft = page.getByLabel('Message', { exact: true });
    await draft.fill('   ');
    await page.keyboard.press('Enter');
    await draft.fill('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await expect.poll(() => guildhall.posted.map((message) => message.text)).toEqual(['one\ntwo']);
  });

  test('before anything is written, the page says who will answer and why, and who lost', async () => {
    guildhall.route.view = {
      agent: 'frontend',
      tier: 6,
      rule: 'bindings[1] {agent: frontend, web: "*"}',
      losers: [{ agent: 'director', tier: 7, rule: 'the default agent', reason: 'a more specific rule matched' }],
    };
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByText('Goes to frontend by routing: bindings[1] {agent: frontend, web: "*"} (tier 6)').waitFor();
    await page.getByText('1 other rule lost').click();
    await page.getByText('director: the default agent (tier 7): a more specific rule matched').waitFor();
    expect(guildhall.asked).toContain('GET /v1/route?platform=web&chat=page');
    await page.getByLabel('Message', { exact: true }).fill('Hello');
    await page.keyboard.press('Enter');
    await page.locator('.turn').getByText('Hello').waitFor();
    expect(guildhall.posted[0]).not.toHaveProperty('agent');
    await page.getByRole('button', { name: 'director claude-sonnet-4' }).click();
    await page.getByText('Goes to director because you chose it.').waitFor();
  });

  test('an open conversation is continued by its key, wherever it began', async () => {
    guildhall.openTalk('qa', 'From the phone', { key: 'agent:qa:telegram:group:chat=-100', platform: 'telegram', chat: '-100' });
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByRole('button', { name: 'qa' }).click();
    await page.getByRole('button', { name: 'From the phone' }).click();
    await page.getByText('Goes to qa because you chose it, in this conversation from telegram.').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('And now?');
    await page.keyboard.press('Enter');
    await expect.poll(() => guildhall.posted[0]?.session).toBe('agent:qa:telegram:group:chat=-100');
  });

  test('an open conversation of a role says that it is one', async () => {
    guildhall.openTalk('qa', 'lead · parser', { key: 'role:parser:lead', platform: 'role', chat: 'parser' });
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByRole('button', { name: 'qa' }).click();
    await page.getByRole('button', { name: 'lead · parser' }).click();
    await page.getByText('Goes to qa because you chose it, in this conversation of a role.').waitFor();
  });

  test('an empty one offers a first message, which waits to be sent', async () => {
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByRole('heading', { name: 'This is director' }).waitFor();
    await page.getByRole('button', { name: 'Who are you, and what can you do for me?' }).click();
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('Who are you, and what can you do for me?');
    expect(guildhall.posted).toEqual([]);
  });

  test('what it cost, and how much of the day’s limit is gone, stand in the header', async () => {
    furnish(guildhall);
    guildhall.budgets.push({
      scope: 'agent:backend',
      window: '2026-11-21',
      settledMicroUsd: 400_000,
      reservedMicroUsd: 20_000,
      settledTokens: 0,
      reservedTokens: 0,
      limitMicroUsd: 5_000_000,
    });
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByRole('button', { name: 'backend' }).click();
    await page.getByText('$0.0482 in this conversation').waitFor();
    await page.getByText('$0.42 of $5.00 today').waitFor();
  });
});
