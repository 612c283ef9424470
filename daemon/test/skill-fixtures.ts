/** A home with skills in it, on a real database and a real disk. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { done, refuse } from '@guildhall/protocol';
import type { Credential } from '@guildhall/authority';
import type { ToolContext } from '@guildhall/sessions';
import type { Store } from '@guildhall/store';
import { ids, sqliteDatabase, value } from '../../store/test/databases.ts';
import { beginTurn, newSession, provenance } from '../../store/test/session-fixtures.ts';
import { skillOperations } from '../src/operations/skills/skill-operations.ts';
import { openSkillShelf } from '../src/skills/skill-shelf.ts';
import { createTurnSkills } from '../src/skills/turn-skills.ts';

export const operator: Credential = { id: 'cred_1', scopes: ['operator'], label: '', createdAt: 0 };

export function skillText(name: string, body = 'Do it well.', more = ''): string {
  return `---\nname: ${name}\ndescription: How to do ${name}\n${more}---\n\n# ${name}\n\n${body}\n`;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

export async function openSkillHome() {
  const root = mkdtempSync(join(tmpdir(), 'guildhall-skills-'));
  const home = join(root, 'home');
  const database = sqliteDatabase();
  const whole: Store = await database.open();
  const store = whole.skills;
  const shelf = await openSkillShelf({
    store,
    ids,
    home,
    config: () => ({ agents: new Map([['coder', null]]), skillFolders: new Map([['site', join(root, 'site-skills')]]) }),
    workspaceOf: async (agent) => join(home, 'agents', agent),
  });
  const roleOf = (written: string) =>
    written === 'developer' || written === 'validator' ? done(written) : refuse('not-found', `there is no role "${written}"`);
  const operations = skillOperations({ store, shelf, roleOf });
  const turns = createTurnSkills({ store, shelf });
  return {
    root,
    home,
    store,
    whole,
    shelf,
    operations,
    turns,
    folderOf: (name: string) => join(home, 'skills', name),
    /** Puts a skill into the installation's folder and approves it. */
    async approved(name: string, body?: string) {
      writeFiles(join(home, 'skills', name), { 'SKILL.md': skillText(name, body) });
      return value(await operations.approveSkill(name, {}, operator));
    },
    async inForce(text: string) {
      const { rev } = value(await operations.proposePolicy({ text }, operator));
      return value(await operations.approvePolicy(rev, operator));
    },
    turn: (text = 'hello') => beginTurn(whole.sessions, newSession(), text),
    async dispose() {
      await database.dispose();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export type SkillHome = Awaited<ReturnType<typeof openSkillHome>>;

export function contextOf({ turn, fence }: Awaited<ReturnType<SkillHome['turn']>>): ToolContext {
  const { agent, sessionKey, id: turnId } = turn;
  return { agent, sessionKey, turnId, callId: 'c1', workspace: '/w', provenance, fence, signal: AbortSignal.timeout(60_000), progress: () => undefined };
}

/** Every path below a folder, sorted. */
export function everythingIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
}
