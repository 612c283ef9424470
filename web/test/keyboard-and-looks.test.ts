import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visit, visitSignedIn } from './browser.ts';
import { startGuildhall, type GuildhallDouble } from './guildhall-double.ts';
import { askAbout, handoff, handOver } from './some-handoff.ts';
import { furnish, team } from './team.ts';

/** Text on the page whose contrast with what lies behind it is below what WCAG AA asks (4.5, large text 3). */
const faintText = `() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => { for (let e = element; e; e = e.parentElement) { const color = rgba(getComputedStyle(e).backgroundColor); if (color[3] === 255) return color; } return [255, 255, 255]; };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || !element.checkVisibility({ visibilityProperty: true }) || element.closest('.unseen, noscript, :disabled')) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgba(style.color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) found.push(ratio.toFixed(2) + ' ' + walker.currentNode.data.trim().slice(0, 40));
  }
  return found;
}`;

const sidewaysOverflow =
  'document.scrollingElement.scrollWidth > innerWidth || [...document.querySelectorAll("#conversation, #composer, header, #sidebar")].some((e) => e.scrollWidth > e.clientWidth + 1)';

const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};

describe.skipIf(chromiumFile === undefined)(`the page under hands and eyes${needsChromium}`, () => {
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

  async function openBackend(page: Page) {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('back');
    await page.keyboard.press('Enter');
    await page.getByText('One line mends it').waitFor();
  }

  test.each(Object.entries(looks))('%s: every word can be read, and nothing sticks out sideways', async (_name, options) => {
    const talk = furnish(guildhall);
    const opened = await visit(browser, guildhall, options);
    expect(await opened.page.evaluate(`(${faintText})()`)).toEqual([]);
    const { page, incidents } = await visitSignedIn(browser, guildhall, options);
    expect(await page.evaluate(`(${faintText})()`)).toEqual([]);
    await openBackend(page);
    guildhall.setRunning(talk, 't1');
    guildhall.ask(talk, 't1', { args: { command: `echo ${'x'.repeat(300)}\u202E` }, always: true });
    askAbout(guildhall, talk, handoff({ id: 'ho_2', riskLevel: 'high', risk: 'x'.repeat(200), task: 'y'.repeat(400) }));
    handOver(guildhall, handoff({ status: 'finished', outcome: 'failed', reason: 'z'.repeat(300) }), talk);
    guildhall.record(talk, 't1', { kind: 'note', code: 'turn-failed', text: 'the provider hung up' });
    await page.locator('.approval').nth(1).waitFor();
    await page.locator('.handoff-state').waitFor();
    for (const fold of await page.locator('.handoff-all summary').all()) await fold.click();
    await page.locator('.note.bad').waitFor();
    for (const row of await page.locator('.tool summary').all()) await row.click();
    expect(await page.evaluate(`(${faintText})()`)).toEqual([]);
    expect(await page.evaluate(sidewaysOverflow)).toBe(false);
    expect((await page.screenshot()).length).toBeGreaterThan(10_000);
    expect(incidents).toEqual([]);
  });

  test('Ctrl+K finds an agent by a few letters, arrows walk, Escape leaves', async () => {
    const { page } = await visitSignedIn(browser, guildhall);
    await page.keyboard.press('Control+k');
    const switcher = page.getByRole('dialog', { name: 'Switch to another agent' });
    await switcher.waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await switcher.getByRole('option', { selected: true }).textContent()).toContain('frontend');
    await page.keyboard.type('night');
    expect(await switcher.getByRole('option').count()).toBe(1);
    await page.keyboard.press('Enter');
    await page.getByText('Goes to sre because you chose it.').waitFor();
    await page.keyboard.press('Meta+k');
    await page.keyboard.press('Escape');
    await switcher.waitFor({ state: 'hidden' });
    await page.getByText('Goes to sre because you chose it.').waitFor();
  });

  test('a slash goes to the message, unless one is writing', async () => {
    const { page } = await visitSignedIn(browser, guildhall);
    await page.getByRole('button', { name: 'qa' }).focus();
    await page.keyboard.press('/');
    await page.keyboard.type('a/b');
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('a/b');
  });

  test('the parts of the page are named for people who do not see it', async () => {
    furnish(guildhall);
    const { page } = await visitSignedIn(browser, guildhall);
    await openBackend(page);
    for (const [role, name] of [
      ['navigation', 'Agents and conversations'],
      ['region', 'Conversation'],
      ['main', undefined],
      ['heading', 'backend'],
    ] as const)
      await page.getByRole(role, name === undefined ? {} : { name, exact: true }).waitFor();
    const unnamed = await page.evaluate(
      `[...document.querySelectorAll('#chat :is(button, input, textarea, summary, a)')].filter((e) => e.checkVisibility() && !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).map((e) => e.outerHTML)`,
    );
    expect(unnamed).toEqual([]);
    expect(await page.getByRole('button', { name: 'backend' }).getAttribute('aria-current')).toBe('true');
  });

  test('on a phone the lists are a drawer: closed out of reach, opened with a button, closed by a choice or Escape', async () => {
    furnish(guildhall);
    const { page } = await visitSignedIn(browser, guildhall, looks['phone']);
    const opener = page.getByRole('button', { name: 'Agents and conversations' });
    expect(await page.getByRole('button', { name: 'qa' }).isVisible()).toBe(false);
    await opener.click();
    expect(await opener.getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'qa' }).waitFor({ state: 'hidden' });
    await opener.click();
    await page.getByRole('button', { name: 'backend' }).click();
    await page.getByText('One line mends it').waitFor();
    await page.getByRole('button', { name: 'qa' }).waitFor({ state: 'hidden' });
  });

  test('people who asked for less motion get none', async () => {
    const talk = furnish(guildhall);
    guildhall.setRunning(talk, 't1');
    const { page } = await visitSignedIn(browser, guildhall, { reducedMotion: 'reduce' });
    await openBackend(page);
    await page.getByText('backend is working').waitFor();
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  });
});
