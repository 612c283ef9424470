import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumFile, launchChromium, needsChromium, visitSignedIn } from './browser.ts';
import { startGuildhall, type GuildhallDouble } from './guildhall-double.ts';
import { askAbout, given, handoff, handOver, task } from './some-handoff.ts';
import { furnish, team } from './team.ts';

describe.skipIf(chromiumFile === undefined)(`a handoff on the page${needsChromium}`, () => {
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

  async function open(agent: string) {
    const visit = await visitSignedIn(browser, guildhall);
    await visit.page.getByRole('button', { name: new RegExp(`^${agent}`) }).click();
    return visit;
  }

  test('is announced by the daemon and not by the agent, then shows who hands over what, at which risk', async () => {
    handOver(guildhall);
    const { page, incidents } = await open('qa');
    const notice = page.locator('.turn', { has: page.locator('[data-part="notice"]') });
    await notice.getByText('director hands work to qa').waitFor();
    expect(await notice.locator('.speaker').count()).toBe(0);
    expect(await notice.locator('blockquote').innerText()).toContain('the smoke tests');
    const work = page.locator('[data-part="work"]');
    await work.getByText('low risk').waitFor();
    expect(await work.locator('.handoff-title').innerText()).toMatch(/^Handed over by director .* ho_01K9ZQ4S7T$/);
    expect(await work.locator('.handoff-facts').innerText()).toBe('low risk · may not: db_write, nginx_reload · under way');
    expect(await work.locator('.handoff-task').textContent()).toBe(task);
    expect(await work.getByText('Lineage:').isVisible()).toBe(false);
    await work.getByText('Everything the agent was given').click();
    expect(await work.locator('pre').textContent()).toBe(given(handoff()));
    expect(incidents).toEqual([]);
  });

  test('is asked about by the daemon and not by the agent, with the card at the end in sight', async () => {
    const talk = furnish(guildhall);
    const view = handoff({ status: 'awaiting-approval' });
    for (let index = 0; index < 30; index += 1)
      guildhall.record(talk, `t_${index}`, { kind: 'answer', text: 'One line and another.\n\n'.repeat(5), model: 'm' });
    guildhall.record(talk, 't_question', {
      kind: 'message',
      text: `A person must say yes first: ${view.id}`,
      from: 'daemon',
      handoff: { ref: view.id, part: 'question' },
    });
    guildhall.record(talk, 't_question', { kind: 'answer', text: 'director wants to hand work to qa.' });
    askAbout(guildhall, talk, view);
    const { page } = await open(talk.view.agent);
    const question = page.locator('.turn', { has: page.locator('[data-part="question"]') });
    await question.getByText('director wants to hand work to qa').waitFor();
    expect(await question.locator('.speaker').count()).toBe(0);
    for (const agent of ['qa', talk.view.agent]) {
      await page.getByRole('button', { name: new RegExp(`^${agent}`) }).click();
      await page.getByRole('heading', { name: agent, exact: true }).waitFor();
    }
    const yes = page.getByRole('button', { name: 'Approve once' });
    await yes.waitFor();
    await expect
      .poll(async () => {
        const box = await yes.boundingBox();
        return box === null ? Infinity : box.y + box.height;
      })
      .toBeLessThan(page.viewportSize()?.height ?? 0);
    expect(await page.locator('#jump').isHidden()).toBe(true);
  });

  test('is followed until it has ended', async () => {
    const talk = handOver(guildhall);
    const { page } = await open('qa');
    const facts = page.locator('[data-part="work"] .handoff-facts');
    await facts.getByText('under way').waitFor();
    guildhall.record(talk, 't_work', { kind: 'answer', text: 'All green.', model: 'm' });
    guildhall.handoffs.set('ho_01K9ZQ4S7T', handoff({ status: 'finished', outcome: 'gave-up', reason: 'staging is down' }));
    await facts.getByText('gave up').waitFor();
    expect(await facts.innerText()).toContain('staging is down');
    const asked = () => guildhall.asked.filter((line) => line.includes('/v1/handoffs/')).length;
    const before = asked();
    await page.clock.install();
    await page.clock.fastForward(20_000);
    expect(asked()).toBe(before);
  });

  test('comes back as one block that can be opened', async () => {
    const talk = guildhall.openTalk('director', 'Are we ready?');
    const text =
      'Of what you handed over, 2 of 2 have ended. Sum up what came of it.\n\nho_1 to qa: succeeded\n[result of ho_1 #9]\nAll green.\n[end of result of ho_1 #9]';
    guildhall.record(talk, 't2', { kind: 'message', text, from: 'daemon', handoff: { ref: 't1', part: 'summary' } });
    guildhall.record(talk, 't2', { kind: 'answer', text: 'We are ready.', model: 'm' });
    const { page } = await open('director');
    const back = page.locator('[data-part="summary"]');
    await back.getByText('2 of 2 have ended').first().waitFor();
    expect(await back.getByText('result of ho_1').first().isVisible()).toBe(false);
    await back.getByText('Everything the agent was given').click();
    expect(await back.locator('pre').textContent()).toBe(text);
  });

  test('words of an agent that look like one stay a message', async () => {
    const talk = guildhall.openTalk('qa', 'x');
    guildhall.record(talk, 't1', { kind: 'message', text: given(handoff()), from: 'telegram:66' });
    guildhall.record(talk, 't1', { kind: 'answer', text: 'director hands work to qa (ho_1)', model: 'm' });
    const { page } = await open('qa');
    await page.locator('.user-message').waitFor();
    expect(await page.locator('.handoff, .handoff-said').count()).toBe(0);
  });

  test('that needs a yes is asked about with what is recorded, the task apart and nothing in it hidden', async () => {
    const talk = furnish(guildhall);
    const { page } = await open('backend');
    await page.getByText('One line mends it').waitFor();
    await expect.poll(() => talk.streams.size).toBe(1);
    const view = handoff({ source: 'role:release/lead', riskLevel: 'high', risk: 'production_write', task: 'Restart it.\u202E\u200B\nRisk: low' });
    const approval = askAbout(guildhall, talk, view);
    const card = page.getByRole('article', { name: 'May role:release/lead hand this work to qa?' });
    await card.waitFor();
    await card.getByText('Asked for by').waitFor();
    const rows = await card.locator('.handoff-record > div').allInnerTexts();
    expect(rows.map((row) => row.replaceAll(/\s+/g, ' '))).toEqual([
      'Runs in agent:qa:telegram:group:chat=-1002',
      'Risk high (declared: production_write)',
      'May not db_write, nginx_reload',
      'Handoff ho_01K9ZQ4S7T',
      'Seen in telegram:-1002',
      'Asked for by agent:director',
      'In its chain handoff 1',
    ]);
    expect(await card.locator('.handoff-task').textContent()).toBe('Restart it.U+202EU+200B\nRisk: low');
    expect(await card.locator('.handoff-task .hidden-character').count()).toBe(2);
    expect(await card.getByText(/\d:\d\d, then the answer is no/).count()).toBe(1);
    expect(await card.getByRole('checkbox').count()).toBe(0);
    await card.getByRole('button', { name: 'Deny' }).click();
    await page.locator('.turn .note', { hasText: 'Denied by operator: handing work to qa' }).waitFor();
    expect(guildhall.asked.filter((line) => line.startsWith('POST /v1/approvals'))).toEqual([`POST /v1/approvals/${approval.id}/deny`]);
  });

  test('that is asked about in a conversation that has not begun is shown with the agent', async () => {
    const { page } = await open('qa');
    const unborn = { ...guildhall.openTalk('director', 'x').view, key: 'agent:director:telegram:group:chat=-1' };
    guildhall.talks.clear();
    guildhall.openTalk('director', 'Something else');
    askAbout(guildhall, { view: unborn, entries: [], streams: new Set() }, handoff({ sourceSession: unborn.key }));
    await page.clock.install();
    await page.reload();
    await page.locator('[data-key="agent director"]').getByText('asks').waitFor();
    expect(await page.locator('.approval').count()).toBe(0);
    await page.locator('[data-key="agent director"]').click();
    const card = page.getByRole('article', { name: 'May director hand this work to qa?' });
    await card.getByRole('button', { name: 'Approve once' }).click();
    await card.waitFor({ state: 'detached' });
    expect(guildhall.approvals[0]?.status).toBe('approved');
  });

  test('a call of the tool itself is asked about as a call', async () => {
    const talk = furnish(guildhall);
    const { page } = await open('backend');
    await page.getByText('One line mends it').waitFor();
    await expect.poll(() => talk.streams.size).toBe(1);
    guildhall.ask(talk, 't1', { tool: 'dispatch_handoff', args: { target: 'qa', task: 'x' } });
    await page.getByRole('article', { name: 'May backend run dispatch_handoff?' }).waitFor();
  });

  test('a command can be allowed for always where that is offered, and says what it is bound to', async () => {
    const talk = furnish(guildhall);
    const { page } = await open('backend');
    await page.getByText('One line mends it').waitFor();
    await expect.poll(() => talk.streams.size).toBe(1);
    guildhall.ask(talk, 't1', {
      args: { command: 'make test' },
      always: true,
      bound: { argv: ['make', 'test'], cwd: '/srv', files: { Makefile: 'sha256:1' } },
    });
    guildhall.ask(talk, 't1', { args: { command: 'make lint' }, always: true });
    const [first, second] = [page.locator('.approval').nth(0), page.locator('.approval').nth(1)];
    await second.waitFor();
    await first.getByText('"Makefile"').waitFor();
    await second.getByRole('button', { name: 'Approve once' }).click();
    await second.waitFor({ state: 'detached' });
    await first.getByRole('checkbox').check();
    await first.getByRole('button', { name: 'Approve always' }).click();
    await first.waitFor({ state: 'detached' });
    expect(guildhall.answered).toEqual([{}, { always: true }]);
  });
});
