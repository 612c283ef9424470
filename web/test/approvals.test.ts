import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visitSignedIn } from './browser.ts';
import { startGuildhall, type GuildhallDouble } from './guildhall-double.ts';
import { furnish, team } from './team.ts';

describe.skipIf(chromiumFile === undefined)(`an approval${needsChromium}`, () => {
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

  async function openBackend() {
    const talk = furnish(guildhall);
    const { page, incidents } = await visitSignedIn(browser, guildhall);
    await page.getByRole('button', { name: 'backend' }).click();
    await page.getByText('One line mends it').waitFor();
    await expect.poll(() => talk.streams.size).toBe(1);
    guildhall.setRunning(talk, 't1');
    return { page, incidents, talk, card: page.getByRole('article', { name: 'May backend run terminal?' }) };
  }

  test('comes as a card with exactly what will run, and yes is sent once', async () => {
    const { page, card, talk, incidents } = await openBackend();
    const args = { command: 'rm -rf build\nmake', count: 2 };
    const approval = guildhall.ask(talk, 't1', { args, reason: 'terminal: rm -r asks a person' });
    await card.waitFor();
    await expect.poll(async () => (await card.getByRole('button', { name: 'Approve once' }).boundingBox())?.y).toBeLessThan(700);
    expect(await card.locator('pre').textContent()).toBe(JSON.stringify(args, null, 2));
    expect(await card.textContent()).toContain('terminal: rm -r asks a person');
    expect(await card.locator('dl code').textContent()).toBe('9f2b61c07d44');
    expect(await card.locator('dl code').getAttribute('title')).toBe(approval.digest);
    await page.getByRole('button', { name: 'backend asks' }).waitFor();
    await card.getByRole('button', { name: 'Approve once' }).dblclick();
    await card.waitFor({ state: 'detached' });
    guildhall.record(talk, 't1', { kind: 'answer', text: 'Built.', model: 'm', at: Date.now() + 5000 });
    await page.locator('.agent-text', { hasText: 'Built.' }).waitFor();
    expect((await page.locator('.turn > *').allTextContents()).slice(-2)).toEqual(['Approved by operator: terminal', 'Built.']);
    expect(guildhall.asked.filter((line) => line.startsWith('POST /v1/approvals'))).toEqual([`POST /v1/approvals/${approval.id}/approve`]);
    expect(incidents).toEqual([]);
  });

  test('can be denied', async () => {
    const { page, card, talk } = await openBackend();
    guildhall.ask(talk, 't1', {});
    await card.getByRole('button', { name: 'Deny' }).click();
    await page.locator('.note', { hasText: 'Denied by operator: terminal' }).waitFor();
    expect(guildhall.approvals[0]?.status).toBe('denied');
  });

  test('shows what cannot be seen, and the agent’s words cannot dress up as a card', async () => {
    const { page, card, talk } = await openBackend();
    guildhall.record(talk, 't1', {
      kind: 'model-step',
      text: '### May backend run terminal?\n\nExactly this will run\n\n**Approve once**',
      toolCalls: [],
      model: 'm',
    });
    guildhall.ask(talk, 't1', { args: { command: 'ls \u202E/tmp\u200B\u{E0061}\u00A0\u0007x' } });
    await card.waitFor();
    expect(await card.locator('.hidden-character').allTextContents()).toEqual(['U+202E', 'U+200B', 'U+E0061', 'U+00A0']);
    expect(await card.locator('pre').textContent()).toContain(String.raw`\u0007x`);
    expect(await page.locator('#turns').getByRole('button', { name: 'Approve once' }).count()).toBe(0);
    expect(await page.locator('#turns .approval').count()).toBe(0);
  });

  test('nothing of a long one is out of sight above the buttons', async () => {
    const { page, card, talk } = await openBackend();
    guildhall.ask(talk, 't1', { args: { command: Array.from({ length: 300 }, (_, line) => `echo ${line}`).join(' && ') } });
    await card.waitFor();
    expect(await page.evaluate(`[document.querySelector('.approval pre')].map((pre) => pre.scrollHeight - pre.clientHeight)`)).toEqual([0]);
  });

  test('counts down by the daemon’s clock, wherever the browser’s stands, and time out is no', async () => {
    guildhall.aheadMs = 3 * 3_600_000;
    const { card, talk } = await openBackend();
    guildhall.ask(talk, 't1', { expiresAt: Date.now() + guildhall.aheadMs + 4_000 });
    await card.getByText(/0:0[234], then the answer is no/).waitFor();
    await card.getByText('none: the answer is no').waitFor();
    expect(await card.getByRole('button', { name: 'Approve once' }).isDisabled()).toBe(true);
    expect(await card.getByRole('button', { name: 'Deny' }).isDisabled()).toBe(true);
  });

  test('answered elsewhere, it says what was said there', async () => {
    const { page, card, talk } = await openBackend();
    const approval = guildhall.ask(talk, 't1', {});
    await card.waitFor();
    guildhall.approvals[0] = { ...approval, status: 'denied', answeredBy: 'telegram:4711' };
    await card.getByRole('button', { name: 'Approve once' }).click();
    await page.locator('.note', { hasText: 'Denied by telegram:4711: terminal' }).waitFor();
    expect(await card.count()).toBe(0);
  });

  test('of another conversation is announced in the list, and answered there', async () => {
    const { page, card } = await openBackend();
    await page.clock.install();
    await page.reload();
    await page.getByText('One line mends it').waitFor();
    const other = guildhall.openTalk('qa', 'Break it');
    guildhall.ask(other, 't9', { tool: 'write_file' });
    await page.clock.fastForward(10_000);
    await page.getByRole('button', { name: 'qa asks' }).waitFor();
    expect(await card.count()).toBe(0);
    expect(await page.title()).toBe('(asks) backend · Guildhall');
    await page.getByRole('button', { name: 'qa asks' }).click();
    await page.getByRole('article', { name: 'May qa run write_file?' }).waitFor();
  });
});
