import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visitSignedIn } from './browser.ts';
import { startGuildhall, type GuildhallDouble } from './guildhall-double.ts';
import { agent } from './team.ts';

describe.skipIf(chromiumFile === undefined)(`a long transcript${needsChromium}`, () => {
  let browser: Browser;
  let guildhall: GuildhallDouble;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    guildhall = await startGuildhall([agent('main', { default: true })]);
  });
  afterEach(() => guildhall.stop());

  test('opens at its end, and earlier pages come in above without moving what one reads', async () => {
    const talk = guildhall.openTalk('main', 'Long');
    for (let turn = 1; turn <= 500; turn += 1) {
      guildhall.record(talk, `t${turn}`, { kind: 'message', text: `Question ${turn}.`, from: 'operator' });
      guildhall.record(talk, `t${turn}`, { kind: 'answer', text: `Answer ${turn}.`, model: 'm' });
    }
    const { page } = await visitSignedIn(browser, guildhall);
    const top = async (text: string) => (await page.getByText(text, { exact: true }).boundingBox())?.y ?? Number.NaN;
    await page.getByText('Answer 500.').waitFor();
    expect(await page.locator('.turn').count()).toBe(50);
    expect(await top('Answer 500.')).toBeLessThan(760);

    const earlier = page.getByRole('button', { name: 'Load earlier messages' });
    await earlier.scrollIntoViewIfNeeded();
    const before = await top('Question 451.');
    await earlier.click();
    await page.getByText('Answer 401.').waitFor({ state: 'attached' });
    expect(Math.abs((await top('Question 451.')) - before)).toBeLessThan(2);
    expect(await page.locator('.turn').count()).toBe(100);
    expect(await page.locator('.user-text').allTextContents()).toEqual(Array.from({ length: 100 }, (_, index) => `Question ${401 + index}.`));

    await page.getByRole('button', { name: 'Jump to the latest' }).click();
    guildhall.record(talk, 't501', { kind: 'message', text: 'Newest.', from: 'operator' });
    await page.getByText('Newest.').waitFor();
    await expect.poll(() => top('Newest.')).toBeLessThan(760);
  });

  test('a turn whose beginning is on an earlier page grows together again', async () => {
    const talk = guildhall.openTalk('main', 'Long');
    guildhall.record(talk, 't', { kind: 'message', text: 'Do a lot', from: 'operator' });
    for (let call = 1; call <= 80; call += 1) {
      guildhall.record(talk, 't', {
        kind: 'model-step',
        text: '',
        toolCalls: [{ callId: `c${call}`, tool: 'todo', args: { text: `step ${call}` } }],
        model: 'm',
      });
      guildhall.record(talk, 't', { kind: 'tool-result', callId: `c${call}`, tool: 'todo', outcome: 'done', text: 'ok' });
    }
    const { page } = await visitSignedIn(browser, guildhall);
    await page.locator('.tool').nth(49).waitFor();
    await page.getByRole('button', { name: 'Load earlier messages' }).click();
    await page.getByText('Do a lot', { exact: true }).last().waitFor();
    expect(await page.locator('.turn').count()).toBe(1);
    expect(await page.locator('.tool-summary').allTextContents()).toEqual(Array.from({ length: 80 }, (_, index) => `step ${index + 1}`));
    expect(await page.locator('.byline .speaker').allTextContents()).toEqual(['You', 'main']);
    expect(await page.getByRole('button', { name: 'Load earlier messages' }).isVisible()).toBe(false);
  });

  test('fifty thousand lines of output open at once, and all of them on request, while the page stays alive', async () => {
    const talk = guildhall.openTalk('main', 'Log');
    guildhall.record(talk, 't', { kind: 'tool-started', callId: 'c', tool: 'terminal', args: { command: 'cat log' } });
    guildhall.record(talk, 't', {
      kind: 'tool-result',
      callId: 'c',
      tool: 'terminal',
      outcome: 'done',
      text: Array.from({ length: 50_000 }, (_, line) => `line ${line} of the log`).join('\n'),
    });
    const { page, incidents } = await visitSignedIn(browser, guildhall);
    await page.evaluate(
      `{ window.longest = 0; let last = performance.now(); setInterval(() => { const now = performance.now(); window.longest = Math.max(window.longest, now - last); last = now; }, 10); }`,
    );
    await page.locator('.tool summary').click();
    await page.getByText('line 199 of the log').waitFor();
    await page.getByRole('button', { name: 'Show all 50,000 lines' }).click();
    await expect.poll(() => page.evaluate(`document.querySelector('pre.output').textContent.length`)).toBeGreaterThan(1_000_000);
    expect(await page.locator('pre.output').textContent()).toContain('line 49999 of the log');
    expect(Number(await page.evaluate('window.longest'))).toBeLessThan(3000);
    expect(incidents).toEqual([]);
  });
});
