/** What comes from strangers is unpacked inside the staging place or not at all. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ids, refusalOf, value } from '../../store/test/databases.ts';
import { everythingIn, openSkillHome, operator, type SkillHome, skillText, writeFiles } from './skill-fixtures.ts';

let home: SkillHome;
beforeAll(async () => {
  home = await openSkillHome();
});
afterAll(() => home.dispose());

interface Entry {
  readonly name: string;
  readonly type?: 'directory' | 'symlink' | 'link' | 'character-device' | 'block-device' | 'fifo';
  readonly mode?: number;
  readonly linkname?: string;
  readonly content?: string;
}

async function tarOf(entries: readonly Entry[], { packed = false } = {}): Promise<string> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? '');
  tar.finalize();
  const bytes = await buffer(tar);
  return fileWith(packed ? gzipSync(bytes) : bytes);
}

function fileWith(bytes: Buffer): string {
  const path = join(home.root, ids.next('archive'));
  writeFileSync(path, bytes);
  return path;
}

/** Made byte by byte, so that it can say what no packer would. */
function zipOf(entries: readonly { readonly name: string; readonly content?: string; readonly mode?: number; readonly claims?: number }[]): string {
  const [locals, centrals]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { name, content = '', mode = 0o100644, claims } of entries) {
    const [label, bytes] = [Buffer.from(name), Buffer.from(content)];
    const crc = crc32(bytes);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt32LE(crc, 14);
    local.writeUInt32LE(bytes.length, 18);
    local.writeUInt32LE(claims ?? bytes.length, 22);
    local.writeUInt16LE(label.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(0x800, 8);
    central.writeUInt32LE(crc, 16);
    central.writeUInt32LE(bytes.length, 20);
    central.writeUInt32LE(claims ?? bytes.length, 24);
    central.writeUInt16LE(label.length, 28);
    central.writeUInt32LE((mode << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    locals.push(local, label, bytes);
    centrals.push(central, label);
    offset += 30 + label.length + bytes.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length & 0xffff, 8);
  end.writeUInt16LE(entries.length & 0xffff, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return fileWith(Buffer.concat([...locals, directory, end]));
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

async function refused(path: string): Promise<string> {
  const before = everythingIn(home.root);
  const settled = await home.operations.stageSkill({ path }, operator);
  expect(everythingIn(home.root)).toEqual(before);
  if (settled.ok) throw new Error('it was taken');
  return settled.refusal.message;
}

const good = (name: string) => ({ name: 'SKILL.md', content: skillText(name) });

describe('staging', () => {
  test('takes a folder, a zip, a tar and a packed tar, at the top or in one folder, and leaves them inert', async () => {
    const folder = writeFiles(join(home.root, 'from-folder'), { 'SKILL.md': skillText('from-folder'), 'refs/a.md': 'a' });
    const inFolder = [
      { name: 'x/', type: 'directory' as const },
      { name: './x/SKILL.md', content: skillText('from-tar') },
      { name: 'x/refs/a.md', content: 'a' },
    ];
    const paths = [
      folder,
      zipOf([good('from-zip'), { name: 'refs/a.md', content: 'a' }]),
      await tarOf(inFolder),
      await tarOf([good('from-packed')], { packed: true }),
    ];
    for (const path of paths) {
      const staged = value(await home.operations.stageSkill({ path }, operator));
      expect(staged).toMatchObject({ status: 'staged', scope: 'global', pinned: '' });
      expect(staged.folder).toBe(join(home.home, 'staged-skills', 'global', staged.name));
    }
    expect(everythingIn(join(home.home, 'staged-skills'))).not.toContainEqual(expect.stringContaining('.fresh'));
  });

  test('takes what the packers of the machine make', async () => {
    const folder = writeFiles(join(home.root, 'packed-here'), { 'packed-here/SKILL.md': skillText('packed-here'), 'packed-here/a/b.md': 'b' });
    execFileSync('tar', ['-czf', join(home.root, 'here.tgz'), '-C', folder, 'packed-here']);
    expect(value(await home.operations.stageSkill({ path: join(home.root, 'here.tgz') }, operator))).toMatchObject({ name: 'packed-here' });
  });

  test.each(['../x', '/etc/x', 'a/../../x', 'a\\..\\x', 'C:x', 'a//b', 'x/./y', 'nul\u0000', 'a\u202eb', 'end.', `${'x/'.repeat(12)}y`, 'x'.repeat(401)])(
    'refuses the name %j in a tar and a zip, and writes nothing',
    async (name) => {
      if (!name.includes('\0') && name.length < 100) await refused(await tarOf([good('evil'), { name, content: 'x' }]));
      await refused(zipOf([good('evil'), { name, content: 'x' }]));
      expect(existsSync(join(home.root, 'x')) || existsSync('/etc/x')).toBe(false);
    },
  );

  test('refuses links, and so every file through them', async () => {
    expect(await refused(await tarOf([good('evil'), { name: 'd', type: 'symlink', linkname: home.root }, { name: 'd/x', content: 'x' }]))).toContain('symlink');
    expect(await refused(await tarOf([good('evil'), { name: 'd', type: 'link', linkname: '/etc/passwd' }]))).toContain('link');
    expect(await refused(zipOf([good('evil'), { name: 'd', mode: 0o120777, content: home.root }, { name: 'd/x', content: 'x' }]))).toContain('link');
    const folder = writeFiles(join(home.root, 'linked'), { 'SKILL.md': skillText('linked') });
    symlinkSync('/etc/passwd', join(folder, 'passwd'));
    expect(await refused(folder)).toContain('passwd is a link');
  });

  test('refuses devices, pipes and rights of other users', async () => {
    for (const type of ['character-device', 'block-device', 'fifo'] as const)
      expect(await refused(await tarOf([good('evil'), { name: 'd', type }]))).toContain(type);
    for (const mode of [0o4755, 0o2755]) expect(await refused(await tarOf([good('evil'), { name: 'd', mode, content: 'x' }]))).toContain('setuid');
    expect(await refused(zipOf([good('evil'), { name: 'd', mode: 0o104755, content: 'x' }]))).toContain('setuid');
  });

  test.each([
    ['a.md', 'a.md'],
    ['a.md', 'A.md'],
    ['\u00e9.md', 'e\u0301.md'],
    ['a', 'a/b'],
    ['a/b', 'A/c'],
  ])('refuses %j beside %j, which some disks take for one', async (one, other) => {
    for (const path of [
      await tarOf([good('evil'), { name: one, content: '1' }, { name: other, content: '2' }]),
      zipOf([good('evil'), { name: one }, { name: other }]),
    ])
      expect(await refused(path)).toContain('twice');
  });

  test('refuses a hundred thousand entries at once', async () => {
    const many = Array.from({ length: 100_000 }, (_, index) => ({ name: `f${index}` }));
    const zip = zipOf([good('evil'), ...many.slice(0, 60_000)]);
    const tar = await tarOf([good('evil'), ...many], { packed: true });
    const started = performance.now();
    expect(await refused(zip)).toContain('entries');
    expect(await refused(tar)).toMatch(/entries|unpacks/);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('refuses what grows without end', async () => {
    const bomb = 'a'.repeat(1024 * 1024);
    expect(await refused(await tarOf([good('evil'), { name: 'bomb', content: bomb }], { packed: true }))).toContain('100 times');
    const noise = (length: number) => Array.from({ length }, (_, index) => String.fromCodePoint(33 + ((index * 7919) % 90))).join('');
    expect(await refused(await tarOf([good('evil'), { name: 'large', content: noise(3 * 1024 * 1024) }]))).toContain('bytes');
    expect(await refused(zipOf([good('evil'), { name: 'lies', content: 'x', claims: 10 }]))).toContain('cannot be read');
    expect(await refused(fileWith(gzipSync(Buffer.alloc(64 * 1024 * 1024))))).toMatch(/unpacks to more|cannot be read/);
  });

  test('refuses what is no archive, half of one, or no skill', async () => {
    expect(await refused(fileWith(Buffer.from('hello')))).toContain('neither');
    expect(await refused(fileWith(readFileSync(zipOf([good('half')])).subarray(0, 60)))).toContain('cannot be read');
    expect(await refused(await tarOf([{ name: 'README.md', content: 'x' }]))).toContain('SKILL.md');
    expect(await refused('relative/path')).toContain('no whole path');
    expect(await refused(join(home.root, 'nowhere'))).toContain('nothing');
  });

  test.each(['../../etc/cron.d/x', '/abs', 'con', 'x'.repeat(300), '🙂', 'Upper', 'a--b', '', 'a b', 'аdmin'])(
    'refuses a skill that names itself %j',
    async (name) => {
      const folder = writeFiles(join(home.root, ids.next('named')), { 'SKILL.md': `---\nname: ${JSON.stringify(name)}\ndescription: x\n---\n` });
      expect(await refused(folder)).toContain('name');
    },
  );

  test('does not touch the approved skill of the name until a person approves the new one, and then replaces it whole', async () => {
    writeFiles(home.folderOf('pdf'), { 'SKILL.md': skillText('pdf', 'old'), 'old.md': 'old' });
    const old = value(await home.operations.approveSkill('pdf', {}, operator));
    const staged = value(await home.operations.stageSkill({ path: await tarOf([{ name: 'SKILL.md', content: skillText('pdf', 'new') }]) }, operator));
    expect(readFileSync(join(home.folderOf('pdf'), 'SKILL.md'), 'utf8')).toContain('old');
    expect(await home.store.readSkill('global', 'pdf')).toMatchObject({ status: 'approved', pinned: old.hash });
    const shown = value(await home.operations.readSkill('pdf'));
    expect([shown.text, shown.approvedText]).toEqual([expect.stringContaining('new'), expect.stringContaining('old')]);
    expect(refusalOf(await home.operations.approveSkill('pdf', { hash: 'f'.repeat(64) }, operator))).toBe('wrong-state');
    expect(value(await home.operations.approveSkill('pdf', { hash: staged.hash }, operator))).toMatchObject({ status: 'approved', pinned: staged.hash });
    expect(everythingIn(home.folderOf('pdf'))).toEqual(['SKILL.md']);
    expect(await home.store.readSkillText(old.hash)).toContain('old');
    expect(existsSync(staged.folder)).toBe(false);
  });

  test('puts nothing through a link that stands where skills are kept', async () => {
    const elsewhere = join(home.root, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(home.root, 'site-skills'));
    const staged = value(await home.operations.stageSkill({ path: await tarOf([good('linked-place')]), scope: 'project:site' }, operator));
    expect(refusalOf(await home.operations.approveSkill(staged.name, { scope: 'project:site' }, operator))).toBe('invalid-input');
    expect(everythingIn(elsewhere)).toEqual([]);
    expect(refusalOf(await home.operations.stageSkill({ path: await tarOf([good('nowhere')]), scope: 'agent:stranger' }, operator))).toBe('not-found');
  });
});
