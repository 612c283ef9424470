import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActionDefinition } from '@guildhall/protocol';
import { builtInActions, type CallEffects, decide, judgeForbidden, rootProvenance } from '../src/index.ts';

const none: ActionDefinition = { tools: [], argv: [], hosts: [], paths: [] };
const ran = (...argv: readonly string[]): CallEffects => ({ kind: 'undecidable', argv });
const shell = (line: string): CallEffects => ran('/bin/sh', '-c', line);
const writes = (path: string): CallEffects => ({ kind: 'known', paths: [path, `/home/ann/${path}`] });
const reaches = (host: string): CallEffects => ({ kind: 'known', hosts: [host] });
const builtIn = (name: string, tool: string, effects: CallEffects) => judgeForbidden([name], builtInActions, tool, effects).verdict;

describe('what the built-in names cover', () => {
  const covered: readonly (readonly [action: string, tool: string, effects: CallEffects])[] = [
    ['db_write', 'terminal', ran('psql', '-h', 'db', '-c', 'drop table users')],
    ['db_write', 'terminal', ran('/usr/lib/postgresql/17/bin/psql')],
    ['db_write', 'terminal', ran('sudo', '-u', 'postgres', 'psql')],
    ['db_write', 'terminal', ran('docker', 'exec', '-it', 'db', 'mysql', '-u', 'root')],
    ['db_write', 'terminal', ran('npx', '--yes', 'prisma', 'migrate', 'deploy')],
    ['db_write', 'terminal', ran('kubectl', '-n', 'prod', 'exec', 'db-0', '--', 'sh', '-c', 'echo 1 | psql')],
    ['db_write', 'process', shell('cd app && PGPASSWORD=x psql -c "delete from t"')],
    ['db_write', 'terminal', shell('if true; then sqlite3 app.db; fi')],
    ['db_write', 'write_file', writes('data/app.sqlite3')],
    ['db_write', 'mcp:postgres/query', { kind: 'undecidable' }],
    ['worker_restart', 'terminal', ran('systemctl', '--user', 'restart', 'worker')],
    ['worker_restart', 'terminal', ran('supervisorctl', 'restart', 'all')],
    ['worker_restart', 'terminal', ran('pm2', 'reload', 'api')],
    ['worker_restart', 'terminal', ran('docker', 'compose', '-f', 'prod.yaml', 'restart', 'worker')],
    ['worker_restart', 'terminal', ran('kubectl', '-n', 'prod', 'rollout', 'restart', 'deploy/worker')],
    ['nginx_reload', 'terminal', ran('nginx', '-s', 'reload')],
    ['nginx_reload', 'terminal', ran('sudo', 'systemctl', 'reload', 'nginx.service')],
    ['nginx_reload', 'terminal', ran('service', 'nginx', 'reload')],
    ['dns_change', 'web_extract', reaches('api.cloudflare.com')],
    ['dns_change', 'web_extract', reaches('API.Cloudflare.com.')],
    ['dns_change', 'terminal', ran('aws', '--profile', 'prod', 'route53', 'change-resource-record-sets')],
    ['secret_change', 'write_file', writes('.env')],
    ['secret_change', 'write_file', writes('app/.ENV.production')],
    ['secret_change', 'patch', writes('deploy/secrets/api.txt')],
    ['secret_change', 'write_file', writes('certs/server.PEM')],
    ['secret_change', 'terminal', ran('vault', 'kv', 'put', 'secret/app', 'x=1')],
    ['secret_change', 'terminal', ran('gh', 'secret', 'set', 'TOKEN')],
  ];
  test.each(covered)('%s: %s %j', (action, tool, effects) => {
    expect(builtIn(action, tool, effects)).toBe('deny');
  });

  const free: readonly (readonly [action: string, tool: string, effects: CallEffects])[] = [
    ['db_write', 'terminal', { kind: 'known', argv: ['grep', '-rn', 'psql', 'docs'] }],
    ['db_write', 'write_file', writes('docs/psql.md')],
    ['worker_restart', 'terminal', { kind: 'known', argv: ['kubectl', 'get', 'pods'] }],
    ['dns_change', 'web_extract', reaches('cloudflare.com.example.org')],
    ['dns_change', 'web_extract', reaches('developers.cloudflare.com')],
    ['secret_change', 'write_file', writes('src/environment.ts')],
    ['secret_change', 'read_file', { kind: 'none' }],
  ];
  test.each(free)('not %s: %s %j', (action, tool, effects) => {
    expect(builtIn(action, tool, effects)).toBe('allow');
  });
});

describe('a chain that forbids something', () => {
  test('asks a person about whatever nobody can tell beforehand, and about nothing when it forbids nothing', () => {
    for (const effects of [ran('make', 'deploy'), shell('eval "$X"'), { kind: 'undecidable' } as const]) {
      expect(judgeForbidden(['db_write'], builtInActions, 'terminal', effects).verdict).toBe('ask');
      expect(judgeForbidden([], builtInActions, 'terminal', effects).verdict).toBe('allow');
    }
  });

  test('lets nothing with an effect through where nobody has said what a name covers', () => {
    expect(judgeForbidden(['deploy'], builtInActions, 'write_file', writes('a.txt'))).toMatchObject({ verdict: 'deny' });
    expect(judgeForbidden(['deploy'], builtInActions, 'terminal', ran('ls')).rule).toContain('nobody has said what that covers');
    expect(judgeForbidden(['deploy'], builtInActions, 'read_file', { kind: 'none' }).verdict).toBe('allow');
  });

  test('may name tools instead of actions', () => {
    for (const name of ['terminal', 'term*', 'group:runtime', '*'])
      expect(judgeForbidden([name], builtInActions, ' Terminal', { kind: 'none' }).verdict).toBe('deny');
  });

  test('compares paths as they are written: a name wherever it is, a path from the root, a path in the workspace', () => {
    const definitions = new Map([['x', { ...none, paths: ['nginx.conf', '/etc/bind/**', 'deploy/*.yaml'] }]]);
    const verdict = (path: string) => judgeForbidden(['x'], definitions, 'write_file', { kind: 'known', paths: [path] }).verdict;
    for (const path of ['nginx.conf', 'a/b/nginx.conf', '/srv/nginx.conf', '/etc/bind/db.local', '/etc/bind/a/b', 'deploy/prod.yaml'])
      expect(verdict(path)).toBe('deny');
    for (const path of ['etc/bind/db.local', '/srv/deploy/prod.yaml', 'deploy/a/prod.yaml', 'nginx.conf.md']) expect(verdict(path)).toBe('allow');
  });

  test('is heard at the gate, beside every other guard', () => {
    const question = {
      agent: 'a',
      session: 's',
      tool: 'terminal',
      args: {},
      layers: [{ source: 'agent', allow: '*', deny: [] }],
      provenance: { ...rootProvenance({ id: 'r', origin: 'o', trust: 'person', agent: 'a', via: 'message', ref: 'm' }), forbidden: ['db_write'] },
      known: true,
      danger: null,
      actions: builtInActions,
    } as const;
    expect(decide({ ...question, effects: ran('psql') })).toMatchObject({
      verdict: 'deny',
      rule: expect.stringContaining('forbidden-actions: the chain forbids db_write'),
    });
    expect(decide({ ...question, effects: ran('make') })).toMatchObject({ verdict: 'ask', rule: expect.stringContaining('forbidden-actions') });
    expect(decide({ ...question, effects: { kind: 'known', argv: ['ls'] } }).verdict).toBe('allow');
  });
});

const ranks = ['allow', 'ask', 'deny'];
const word = fc.constantFrom('psql', 'make', 'deploy', 'run', 'prod', 'restart', 'nginx', 'git', 'push');
const host = fc.constantFrom('api.example.org', 'example.org', 'db.internal', 'a.b.example.org');
const path = fc.constantFrom('.env', 'a/.env', 'deploy/prod.yaml', 'src/a.ts', '/etc/hosts');
const toolName = fc.constantFrom('terminal', 'write_file', 'web_extract', 'mcp:git/push');
const definition: fc.Arbitrary<ActionDefinition> = fc.record({
  tools: fc.array(fc.constantFrom('send_message', 'mcp:git/*', 'write_file'), { maxLength: 1 }),
  argv: fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
  hosts: fc.array(fc.constantFrom('*.example.org', 'db.internal'), { maxLength: 2 }),
  paths: fc.array(fc.constantFrom('.env', 'deploy/**', '/etc/**'), { maxLength: 2 }),
});
const definitions = fc.uniqueArray(fc.tuple(fc.constantFrom('one', 'two', 'three', 'four'), definition), { selector: ([name]) => name, maxLength: 4 });
const effects: fc.Arbitrary<CallEffects> = fc.oneof(
  fc.constant({ kind: 'none' } as const),
  fc.record({
    kind: fc.constantFrom('known' as const, 'undecidable' as const),
    argv: fc.array(word, { minLength: 1, maxLength: 5 }),
    hosts: fc.array(host, { maxLength: 2 }),
    paths: fc.array(path, { maxLength: 2 }),
  }),
);
const names = fc.array(fc.constantFrom('one', 'two', 'three', 'four', 'undefined_one', 'terminal'), { maxLength: 5 });

/** Ways to have a command run by something else. */
const wraps: readonly ((argv: readonly string[]) => readonly string[])[] = [
  (argv) => argv,
  (argv) => ['sudo', '-E', ...argv],
  (argv) => ['env', 'A=1', 'timeout', '5', ...argv],
  (argv) => ['/bin/bash', '-lc', argv.join(' ')],
  (argv) => ['sh', '-c', `cd /srv; (A=1 ${argv.join(' ')}) | tee log`],
  (argv) => ['docker', 'exec', '-i', 'box', 'sh', '-c', `'${argv.join(' ')}'`],
];

describe('whatever is forbidden', () => {
  test('one name more, anywhere in the list, never lets more through', () => {
    fc.assert(
      fc.property(names, names, fc.nat(), definitions, toolName, effects, (some, more, at, defined, tool, effect) => {
        const place = at % (some.length + 1);
        const verdict = (list: readonly string[]) => ranks.indexOf(judgeForbidden(list, new Map(defined), tool, effect).verdict);
        return verdict([...some.slice(0, place), ...more, ...some.slice(place)]) >= verdict(some);
      }),
      { numRuns: 20_000 },
    );
  });

  test('a command that does it never runs, whatever folder its program is in, whatever wraps it and stands between its words', () => {
    const line = fc.array(word, { minLength: 1, maxLength: 3 });
    const filler = fc.array(fc.constantFrom('-n', '--verbose', 'x=1', 'web-1'), { maxLength: 2 });
    fc.assert(
      fc.property(
        line,
        fc.array(filler, { minLength: 3, maxLength: 3 }),
        fc.constantFrom('', '/usr/bin/', './node_modules/.bin/'),
        fc.constantFrom(...wraps),
        names,
        (words, between, folder, wrapped, others) => {
          const spoken = words.flatMap((one, index) => [index === 0 ? `${folder}${one}` : one, ...(between[index] ?? [])]);
          const defined = new Map([['it', { ...none, argv: [words] }]]);
          expect(judgeForbidden([...others, 'it'], defined, 'terminal', ran(...wrapped(spoken))).verdict).toBe('deny');
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('a call that reaches, writes or is what a definition names never runs', () => {
    fc.assert(
      fc.property(definition, effects, fc.constantFrom('mcp:git/push', 'terminal'), (defined, effect, tool) => {
        const { verdict } = judgeForbidden(['it'], new Map([['it', defined]]), tool, effect);
        const { hosts = [], paths = [] } = effect.kind === 'none' ? {} : effect;
        const told =
          (defined.tools.includes('mcp:git/*') && tool.startsWith('mcp:git/')) ||
          (defined.hosts.includes('*.example.org') && hosts.some((one) => one.endsWith('.example.org'))) ||
          (defined.hosts.includes('db.internal') && hosts.includes('db.internal')) ||
          (defined.paths.includes('.env') && paths.some((one) => one.endsWith('.env'))) ||
          (defined.paths.includes('deploy/**') && paths.some((one) => one.startsWith('deploy/'))) ||
          (defined.paths.includes('/etc/**') && paths.includes('/etc/hosts'));
        if (told) expect(verdict).toBe('deny');
        else if (effect.kind === 'undecidable') expect(verdict).not.toBe('allow');
      }),
      { numRuns: 5000 },
    );
  });
});
