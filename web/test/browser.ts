/** Chromium, headless, where one is installed. */
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.ts';
import type { GuildhallDouble } from './guildhall-double.ts';

export const chromiumFile = findChromium();
export const needsChromium = chromiumFile === undefined ? ' (skipped: no chromium on this machine; install it with: apt-get install chromium)' : '';

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumFile ?? 'chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
    ],
  });
}

export interface Visit {
  readonly page: Page;
  /** Everything that must not happen: dialogs, errors, broken policy, requests that leave the origin. */
  readonly incidents: string[];
}

/** A fresh browser window on the page, watched. */
export async function visit(browser: Browser, guildhall: GuildhallDouble, options: BrowserContextOptions = {}): Promise<Visit> {
  return visitIn(await openWindow(browser, options), guildhall);
}

function openWindow(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB', timezoneId: 'UTC', ...options });
}

async function visitIn(context: BrowserContext, guildhall: GuildhallDouble): Promise<Visit> {
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const incidents: string[] = [];
  page.on('dialog', (dialog) => {
    incidents.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => incidents.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    // Answers that are not 2xx, and a server that is away, are told on the console by the browser itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) incidents.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(guildhall.url) && !request.url().startsWith('data:')) incidents.push(`left the origin: ${request.url()}`);
  });
  await page.goto(guildhall.url);
  return { page, incidents };
}

/** A window that is signed in, with the chat on it. */
export async function visitSignedIn(browser: Browser, guildhall: GuildhallDouble, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await openWindow(browser, options);
  await context.addCookies([{ ...guildhall.letIn(), url: guildhall.url, httpOnly: true, sameSite: 'Strict' }]);
  const opened = await visitIn(context, guildhall);
  await opened.page.getByLabel('Message', { exact: true }).waitFor();
  return opened;
}
