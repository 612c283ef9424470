import { expectDone } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import { parseConfig, personalityOf, resolveWorkspaces } from '../src/index.ts';
import { agentOf, configOf } from './configs.ts';

const homes = { home: '/home/me/.guildhall', userHome: '/home/me' };
const resolved = (agents: string, at = homes) => resolveWorkspaces(configOf(`agents: {${agents}}`).agents, at);

test('every agent has a directory under the home, unless it names one', () => {
  expect(Object.fromEntries(expectDone(resolved('a: {}, b: {workspace: ~/work}, c: {workspace: /srv/c/}, d: {workspace: ../d}')))).toEqual({
    a: '/home/me/.guildhall/agents/a',
    b: '/home/me/work',
    c: '/srv/c',
    d: '/home/me/d',
  });
});

test('homes with spaces, emoji, a slash at the end and long names work alike', () => {
  for (const home of ['/data/my house', '/data/🏠', '/data/x/', `/data/${'n'.repeat(250)}`]) {
    expect(expectDone(resolved('a: {}', { home, userHome: '/home/me' })).get('a')).toBe(`${home.replace(/\/$/, '')}/agents/a`);
  }
});

describe('no two agents meet in one directory', () => {
  test.each([
    ['the same', 'a: {workspace: /w}, b: {workspace: /w}', 'b'],
    ['the same in other words', 'a: {workspace: /w}, b: {workspace: /x/..//w/.}', 'b'],
    ['the same by way of home', 'a: {workspace: ~/w}, b: {workspace: /home/me/w}', 'b'],
    ['the same but for case', 'a: {workspace: /W}, b: {workspace: /w}', 'b'],
    ['the same but for Unicode form', 'a: {workspace: "/caf\\u00e9"}, b: {workspace: "/cafe\\u0301"}', 'b'],
    ['inside', 'a: {workspace: /w}, b: {workspace: /w/b}', 'b'],
    ['around', 'a: {workspace: /w/a}, b: {workspace: /w}', 'b'],
    ['around everything', 'a: {workspace: /w/a}, b: {workspace: /}', 'b'],
    ['the one of an agent that names none', 'a: {workspace: agents/b}, b: {}', 'a'],
    ['inside that one', 'b: {}, a: {workspace: agents/b/x}', 'a'],
  ])('%s', (_, agents, blamed) => {
    expect(parseConfig(`agents: {${agents}}`, { file: 'f', homes }).errors.map((error) => error.path)).toEqual([`agents.${blamed}.workspace`]);
  });

  test('neighbours with like names are fine', () => {
    expect(resolved('a: {workspace: /w}, b: {workspace: /w2}, c: {workspace: /w-c}, d: {workspace: "/..w"}').ok).toBe(true);
  });

  test('it is refused when homes are known only later', () => {
    const { agents } = configOf('agents: {a: {workspace: ~/w}, b: {workspace: /home/me/w}}');
    const answer = resolveWorkspaces(agents, homes);
    expect(answer.ok ? undefined : answer.refusal).toMatchObject({ code: 'invalid-config', details: { agent: 'b' } });
  });
});

test.each(['.', '..', '/', '/home/me', '~', '/home/me/.guildhall', 'agents', 'store', '~/.guildhall/backups'])(
  '%s would hold Guildhall’s own files',
  (workspace) => {
    const errors = parseConfig(JSON.stringify({ agents: { a: { workspace } } }), { file: 'f', homes }).errors;
    expect(errors.map((error) => error.message)).toEqual([expect.stringContaining('holds files of Guildhall itself')]);
  },
);

test('another user’s home is not guessed at', () => {
  expect(parseConfig('agents: {a: {workspace: ~bob/w}}', { file: 'f', homes }).errors[0]?.message).toContain('another user');
});

describe('the personality', () => {
  const files = new Map<string, string>();
  const of = (fields: string) =>
    personalityOf(agentOf(configOf(`agents: {a: {${fields}}}`), 'a'), {
      configFile: '/etc/gh/guildhall.yaml',
      workspace: '/w',
      home: '/h',
      userHome: '/home/me',
      read: (path) => Promise.resolve(files.get(path)),
    });

  test('is looked for in the file, then the workspace, then the home', async () => {
    files.clear();
    expect(await of('')).toEqual({ ok: true, value: undefined });
    files.set('/h/SOUL.md', 'house');
    expect(expectDone(await of(''))).toEqual({ text: 'house', source: '/h/SOUL.md' });
    files.set('/w/SOUL.md', 'own');
    expect(expectDone(await of(''))).toEqual({ text: 'own', source: '/w/SOUL.md' });
    expect(expectDone(await of('personality: inline'))).toEqual({ text: 'inline', source: 'config' });
    files.set('/etc/gh/souls/a.md', 'named');
    files.set('/home/me/a.md', 'home');
    expect(expectDone(await of('personality: {file: souls/a.md}'))).toEqual({ text: 'named', source: '/etc/gh/souls/a.md' });
    expect(expectDone(await of('personality: {file: ~/a.md}'))).toEqual({ text: 'home', source: '/home/me/a.md' });
  });

  test('skips blank files and blank text', async () => {
    files.clear();
    files.set('/w/SOUL.md', ' \n');
    files.set('/h/SOUL.md', 'house');
    expect(expectDone(await of('personality: "  "'))).toEqual({ text: 'house', source: '/h/SOUL.md' });
  });

  test('is refused when the file that is named is not there', async () => {
    files.clear();
    files.set('/h/SOUL.md', 'house');
    const answer = await of('personality: {file: gone.md}');
    expect(answer.ok ? undefined : answer.refusal.code).toBe('not-found');
  });
});
