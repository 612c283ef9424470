/** Draws the picture of the chat page for the README: `npx node web/test/take-picture.ts`. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchChromium, visitSignedIn } from './browser.ts';
import { startGuildhall } from './guildhall-double.ts';
import { furnish, team } from './team.ts';

const guildhall = await startGuildhall(team());
const talk = furnish(guildhall);
const hour = 3_600_000;
guildhall.openTalk('backend', 'Add pagination to /orders', {
  key: 'agent:backend:telegram:group:chat=-100',
  platform: 'telegram',
  lastActivityAt: Date.now() - 2 * hour,
});
guildhall.openTalk('backend', 'Upgrade the database driver', {
  key: 'agent:backend:terminal:dm:chat=a',
  platform: 'terminal',
  lastActivityAt: Date.now() - 26 * hour,
});
guildhall.budgets.push({
  scope: 'agent:backend',
  window: 'today',
  settledMicroUsd: 420_000,
  reservedMicroUsd: 0,
  settledTokens: 0,
  reservedTokens: 0,
  limitMicroUsd: 5_000_000,
});
talk.view.lastActivityAt = Date.now();

const browser = await launchChromium();
const { page } = await visitSignedIn(browser, guildhall, { viewport: { width: 1200, height: 920 }, colorScheme: 'light' });
await page.getByRole('button', { name: 'backend' }).click();
await page.getByText('One line mends it').waitFor();
const folder = new URL('../../docs/images/', import.meta.url);
await mkdir(folder, { recursive: true });
await page.screenshot({ path: fileURLToPath(new URL('chat.png', folder)), animations: 'disabled' });
await browser.close();
await guildhall.stop();
