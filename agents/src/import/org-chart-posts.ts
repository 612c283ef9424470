/** Org charts as people write them, in three forms: a list (or map) of members, a tree of reports, and our own `roles:`. All come to posts: who, called what, under whom. */
import { said, isRecord, textsIn } from './foreign-data.ts';

export interface Post {
  /** What others of the chart may call it, the most exact name first. */
  readonly names: readonly string[];
  /** What it could be called as a role, best first. */
  readonly titles: readonly string[];
  /** As written; undefined at the top. */
  readonly superior: string | undefined;
  readonly mission: string | undefined;
  readonly responsibilities: readonly string[];
  readonly person: boolean;
}

export interface Chart {
  readonly posts: readonly Post[];
  readonly leftOut: readonly string[];
}

const listKeys = ['agents', 'members', 'employees', 'positions', 'people', 'team', 'org', 'chart'];
const idKeys = ['id', 'slug', 'key', 'agentId'];
const nameKeys = ['name', 'displayName', 'agent'];
const titleKeys = ['role', 'title', 'position', 'jobTitle'];
const superiorKeys = ['reportsTo', 'reports_to', 'manager', 'managerId', 'supervisor', 'boss', 'parent'];
const reportKeys = ['reports', 'directReports', 'direct_reports', 'subordinates', 'children', 'team', 'members'];
const missionKeys = ['mission', 'description', 'purpose', 'goal', 'summary'];
const dutyKeys = ['responsibilities', 'capabilities', 'duties', 'skills'];
const personKeys = ['person', 'human', 'isHuman'];
const kindKeys = ['type', 'kind'];
const known = new Set([idKeys, nameKeys, titleKeys, superiorKeys, reportKeys, missionKeys, dutyKeys, personKeys, kindKeys].flat());

/** No posts where the text is no chart at all. */
export function readPosts(data: unknown): Chart {
  const walk = new Walk();
  if (Array.isArray(data)) walk.members(data, undefined);
  if (isRecord(data)) {
    const lists = listKeys.filter((key) => Array.isArray(data[key]) || isRecord(data[key]));
    for (const key of lists) walk.members(data[key], undefined);
    if (lists.length === 0) walk.members(isPost(data) ? [data] : data, undefined);
    else for (const key of Object.keys(data)) if (!lists.includes(key)) walk.leftOut.push(key);
  }
  return { posts: walk.posts, leftOut: walk.leftOut };
}

class Walk {
  readonly posts: Post[] = [];
  readonly leftOut: string[] = [];

  members(members: unknown, superior: string | undefined): void {
    if (Array.isArray(members)) for (const member of members) this.#member(undefined, member, superior);
    else if (isRecord(members)) for (const [key, member] of Object.entries(members)) this.#member(key, member, superior);
    else if (members !== null) this.leftOut.push(`${superior ?? 'the chart'}: ${said(members)}`);
  }

  #member(key: string | undefined, member: unknown, above: string | undefined): void {
    if (typeof member === 'string' && key === undefined) return this.#member(member, {}, above);
    const fields = member === null ? {} : member;
    if (!isRecord(fields)) {
      this.leftOut.push(`${key ?? above ?? 'the chart'}: ${said(member)}`);
      return;
    }
    const ids = [...textsOf(fields, idKeys), ...(key === undefined ? [] : [key])];
    const titles = textsOf(fields, titleKeys);
    const names = textsOf(fields, nameKeys);
    const called = ids[0] ?? names[0] ?? titles[0];
    if (called === undefined) {
      this.leftOut.push(`${above ?? 'the chart'}: a member without a name, ${said(member)}`);
      return;
    }
    for (const unknown of Object.keys(fields)) if (!known.has(unknown)) this.leftOut.push(`${called}: ${unknown}`);
    this.posts.push({
      names: [...ids, ...names, ...titles],
      titles: [...titles, ...(key === undefined ? [] : [key]), ...names, ...ids],
      superior: textsOf(fields, superiorKeys)[0] ?? above,
      mission: textsOf(fields, missionKeys)[0],
      responsibilities: dutiesOf(fields),
      person: isPerson(fields),
    });
    for (const reports of reportKeys) if (fields[reports] !== undefined) this.members(fields[reports], called);
  }
}

/** Is it one member, and not a map of them by name? */
function isPost(data: Record<string, unknown>): boolean {
  return [...nameKeys, ...titleKeys].some((key) => typeof data[key] === 'string');
}

function textsOf(fields: Record<string, unknown>, keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => {
    const text = fields[key];
    return typeof text === 'string' && text.trim() !== '' ? [text.trim()] : [];
  });
}

function dutiesOf(fields: Record<string, unknown>): readonly string[] {
  return dutyKeys.flatMap((key) => {
    const duties = fields[key];
    const lines = typeof duties === 'string' ? duties.split('\n') : textsIn(duties);
    return lines.map((line) => line.replace(/^\s*[-*•]\s+/, '').trim()).filter((line) => line !== '');
  });
}

function isPerson(fields: Record<string, unknown>): boolean {
  return personKeys.some((key) => fields[key] === 'true') || kindKeys.some((key) => /^(human|person)$/i.test(String(fields[key])));
}
