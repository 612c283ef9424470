import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visitSignedIn } from './browser.ts';
import { startGuildhall, type GuildhallDouble } from './guildhall-double.ts';
import { furnish, team } from './team.ts';

describe.skipIf(chromiumFile === undefined)(`when the connection breaks${needsChromium}`, () => {
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
    return { page, incidents, talk };
  }

  test('a restart of the daemon shows a quiet word, then everything that happened meanwhile, each thing once', async () => {
    const { page, incidents, talk } = await openBackend();
    await guildhall.stop();
    await page.getByText('Reconnecting…').waitFor();
    guildhall.record(talk, 't2', { kind: 'message', text: 'Yes, run it.', from: 'telegram:4711' });
    guildhall.record(talk, 't2', { kind: 'answer', text: 'It ran: 36 minutes became 40 seconds.', model: 'm' });
    await guildhall.start();
    await page.locator('.agent-text', { hasText: 'It ran: 36 minutes became 40 seconds.' }).waitFor();
    await page.getByText('Reconnecting…').waitFor({ state: 'hidden' });
    guildhall.record(talk, 't3', { kind: 'message', text: 'Thank you', from: 'operator' });
    await page.getByText('Thank you').waitFor();
    expect(await page.locator('.turn').count()).toBe(3);
    expect(await page.locator('.agent-text', { hasText: 'One line mends it' }).count()).toBe(1);
    expect(await page.locator('.agent-text', { hasText: 'It ran' }).count()).toBe(1);
    expect(await page.locator('.tool').count()).toBe(3);
    expect(incidents).toEqual([]);
  });

  test('what is told twice, as an event or as an entry, is shown once', async () => {
    const { page, talk } = await openBackend();
    guildhall.repeatEntries = true;
    guildhall.record(talk, 't2', { kind: 'message', text: 'Once', from: 'operator' });
    for (const entry of talk.entries) guildhall.stream(talk, { type: 'RUN_STARTED', threadId: talk.view.key, runId: entry.turnId }, entry.seq);
    guildhall.record(talk, 't2', { kind: 'answer', text: 'The end', model: 'm' });
    await page.locator('.agent-text', { hasText: 'The end' }).waitFor();
    expect(await page.getByText('Once', { exact: true }).count()).toBe(1);
    expect(await page.locator('.turn').count()).toBe(2);
  });

  test('a preview that lost its beginning is not shown as if it were whole', async () => {
    const { page, talk } = await openBackend();
    const messageId = `e${talk.entries.length + 1}`;
    guildhall.setRunning(talk, 't1');
    guildhall.stream(talk, { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' });
    guildhall.stream(talk, { type: 'TEXT_MESSAGE_CONTENT', messageId, delta: 'The beginning, ' });
    await page.locator('.growing', { hasText: 'The beginning' }).waitFor();
    guildhall.cut();
    await page.locator('.growing').waitFor({ state: 'detached' });
    await expect.poll(() => talk.streams.size).toBe(1);
    guildhall.stream(talk, { type: 'TEXT_MESSAGE_CONTENT', messageId, delta: 'the end.' });
    await page.locator('.growing', { hasText: '… the end.' }).waitFor();
  });

  test('a message whose acknowledgement got lost is asked for again under the same id, and said once', async () => {
    const { page } = await openBackend();
    guildhall.failMessagesWith = 0;
    await page.getByLabel('Message', { exact: true }).fill('Run it');
    await page.keyboard.press('Enter');
    await page.getByText('Trying again…').waitFor();
    guildhall.failMessagesWith = undefined;
    await page.getByText('Trying again…').waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('#outgoing .user-message').count()).toBe(0);
    expect(await page.getByText('Run it', { exact: true }).count()).toBe(1);
    expect(guildhall.posted.length).toBeGreaterThan(1);
    expect(new Set(guildhall.posted.map((message) => message.messageId)).size).toBe(1);
  });

  test('a message written while the daemon is away survives a reload of the page and is sent when it is back', async () => {
    const { page } = await openBackend();
    guildhall.failMessagesWith = 503;
    await page.getByLabel('Message', { exact: true }).fill('Do not forget me');
    await page.keyboard.press('Enter');
    await page.getByText('Trying again…').waitFor();
    await page.reload();
    await page.locator('.outgoing', { hasText: 'Do not forget me' }).waitFor();
    guildhall.failMessagesWith = undefined;
    await page.locator('.turn').getByText('Do not forget me').waitFor();
    expect(await page.getByText('Do not forget me').count()).toBe(1);
    expect(new Set(guildhall.posted.map((message) => message.messageId)).size).toBe(1);
  });

  test('a message the daemon refuses stays on the page with the reason, and can be changed', async () => {
    const { page } = await openBackend();
    guildhall.failMessagesWith = 429;
    await page.getByLabel('Message', { exact: true }).fill('One too many');
    await page.keyboard.press('Enter');
    await page.getByText('twenty messages wait in this session already; wait for one of them').waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('One too many');
    expect(await page.locator('.outgoing').count()).toBe(0);
  });

  test('a page that nobody looks at gives its connection back, and catches up when somebody does', async () => {
    const talk = furnish(guildhall);
    const { page } = await visitSignedIn(browser, guildhall);
    await page.clock.install();
    await page.getByRole('button', { name: 'backend' }).click();
    await page.getByText('One line mends it').waitFor();
    await expect.poll(() => talk.streams.size).toBe(1);
    const setHidden = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
      );
    await setHidden(true);
    await page.clock.fastForward(61_000);
    await expect.poll(() => talk.streams.size).toBe(0);
    guildhall.record(talk, 't2', { kind: 'message', text: 'While you were away', from: 'telegram:4711' });
    await setHidden(false);
    await page.getByText('While you were away').waitFor();
    await expect.poll(() => talk.streams.size).toBe(1);
    expect(await page.locator('.turn').count()).toBe(2);
  });
});
