import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visit, visitSignedIn } from './browser.ts';
import { goodCode, startGuildhall, type GuildhallDouble } from './guildhall-double.ts';
import { furnish, team } from './team.ts';

describe.skipIf(chromiumFile === undefined)(`signing in${needsChromium}`, () => {
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

  test('a wrong code is answered with what may be wrong and what to do, and the right one opens the chat', async () => {
    const { page, incidents } = await visit(browser, guildhall);
    await page.getByText('guildhall tokens create --scope sign-in').waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('Type the code first.').waitFor();
    await page.getByLabel('One-time code').fill('WRONG-WRONG');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('it was used already, it ran out, or a character differs').waitFor();
    await page.getByLabel('One-time code').fill(`  ${goodCode} `);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'director claude-sonnet-4' }).waitFor();
    expect(await page.getByLabel('One-time code').isVisible()).toBe(false);
    expect(incidents).toEqual([]);
  });

  test('the session is a cookie that scripts cannot read, and nothing of it lies in the page’s storage', async () => {
    const { page } = await visit(browser, guildhall);
    await page.getByLabel('One-time code').fill(goodCode);
    await page.keyboard.press('Enter');
    await page.getByLabel('Message', { exact: true }).waitFor();
    expect((await page.context().cookies()).map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([[true, 'Strict']]);
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await page.evaluate('JSON.stringify([{...localStorage}, {...sessionStorage}])')).not.toContain('browser-session');
  });

  test('what the address says after the slash changes nothing and is taken away', async () => {
    const { page } = await visit(browser, guildhall);
    await page.goto(`${guildhall.url}/?gatewayUrl=ws://evil.example&code=${goodCode}&next=//evil.example#token=${goodCode}`);
    await page.getByLabel('One-time code').waitFor();
    expect(await page.getByLabel('One-time code').inputValue()).toBe('');
    expect(page.url()).toBe(`${guildhall.url}/`);
    expect(guildhall.asked.filter((line) => line.startsWith('POST'))).toEqual([]);
  });

  test('a sign-out elsewhere closes the door here at once, and a new code leads back to the same conversation', async () => {
    furnish(guildhall);
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByRole('button', { name: 'backend' }).click();
    await page.getByText('One line mends it').waitFor();
    guildhall.revoke();
    await page.getByText('You are signed out').waitFor();
    expect(await page.getByText('One line mends it').isVisible()).toBe(false);
    await page.getByLabel('One-time code').fill(goodCode);
    await page.keyboard.press('Enter');
    await page.getByText('One line mends it').waitFor();
  });

  test('the button signs out', async () => {
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('One-time code').waitFor();
    expect(guildhall.asked).toContain('POST /v1/sign-out');
  });

  test('a daemon that is away is called away, and the page goes on by itself when it is back', async () => {
    const { page } = await visit(browser, guildhall);
    await guildhall.stop();
    await page.getByLabel('One-time code').fill(goodCode);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Is “guildhall up” still running?').waitFor();
    await guildhall.start();
    await page.keyboard.press('Enter');
    await page.getByLabel('Message', { exact: true }).waitFor();
  });
});
