import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visitSignedIn } from './browser.ts';
import { startGuildhall, type GuildhallDouble } from './guildhall-double.ts';
import { team } from './team.ts';

describe.skipIf(chromiumFile === undefined)(`a conversation of a role${needsChromium}`, () => {
  let browser: Browser;
  let guildhall: GuildhallDouble;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    guildhall = await startGuildhall(team());
    const retired = guildhall.openTalk('backend', 'developer · A/B', {
      key: 'role:A%2FB:developer',
      platform: 'role',
      closed: 'The developer of A/B is retired: the parser is done',
    });
    guildhall.record(retired, 't1', { kind: 'message', text: 'Write the parser', from: 'operator' });
    guildhall.record(retired, 't1', { kind: 'answer', text: 'It is in src/parser.ts.', model: 'anthropic/claude-sonnet-4' });
  });
  afterEach(() => guildhall.stop());

  test('stands in the list by role and plan, opens with its history, and says why nothing can be written into it', async () => {
    const { page, incidents } = await visitSignedIn(browser, guildhall);
    await page.getByRole('button', { name: 'backend' }).click();
    await page.getByText('because you chose it').waitFor();
    await page.getByRole('button', { name: /developer · A\/B/ }).click();
    await page.getByText('It is in src/parser.ts.').waitFor();
    await page.getByText('The developer of A/B is retired: the parser is done').waitFor();
    expect(await page.getByLabel('Message', { exact: true }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    await page.keyboard.press('/');
    await page.keyboard.type('hello');
    await page.keyboard.press('Enter');
    expect(guildhall.posted).toEqual([]);
    expect(incidents).toEqual([]);
  });

  test('is never what an agent is talked to in: choosing the agent, one can write', async () => {
    guildhall.openTalk('backend', 'main · A/B', {
      key: 'role:A%2FB:main',
      platform: 'role',
      closed: 'The main of A/B is asked for work with: guildhall roles invoke',
    });
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByRole('button', { name: 'backend' }).click();
    await page.getByText('because you chose it').waitFor();
    await page.getByRole('button', { name: /main · A\/B/ }).click();
    await page.getByText('guildhall roles invoke').waitFor();
    await page.getByRole('button', { name: /^backend/ }).click();
    await page.getByText('because you chose it').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('Hello');
    await page.keyboard.press('Enter');
    await expect.poll(() => guildhall.posted).toMatchObject([{ agent: 'backend', text: 'Hello' }]);
  });
});
