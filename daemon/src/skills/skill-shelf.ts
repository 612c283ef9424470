/** The skills on disk beside what the store knows of them. Whatever is read is told to the store, so that a changed file is out of use from the first look on. */
import { rm } from 'node:fs/promises';
import type { Ids } from '@guildhall/kernel';
import { Fault, type Settled, done, refuse } from '@guildhall/protocol';
import { type FoundSkill, type Skill, type SkillStore, isStaged, scopeOf } from '@guildhall/skills';
import { createQueue } from '../one-at-a-time.ts';
import { discover } from './discover.ts';
import { putInPlace } from './put-in-place.ts';
import { readSkill } from './read-skill.ts';
import { type PlaceSources, type SkillPlace, skillPlaces, stagingPlace } from './skill-places.ts';
import { clearStaging, stageSkill } from './stage-skill.ts';

export interface ShelfSources extends PlaceSources {
  readonly store: SkillStore;
  readonly ids: Ids;
}

export interface SkillShelf {
  /** Looks through every place. Answers what is odd there, in sentences. */
  look(): Promise<readonly string[]>;
  /** Reads one again; `skill` is what it is now. `found` is undefined when its folder is not there. */
  read(skill: Skill): Promise<{ readonly skill: Skill; readonly found: FoundSkill | undefined }>;
  stage(path: string, scope: string): Promise<Settled<Skill>>;
  /** Pins the bytes that were looked at, and puts a staged skill in its place first. `wrong-state` when there are others by now. */
  approve(skill: Skill, actor: string): Promise<Settled<Skill>>;
}

/** Also removes what a crash left half unpacked. */
export async function openSkillShelf(sources: ShelfSources): Promise<SkillShelf> {
  await clearStaging(sources.home);
  // A skill that is being put in its place must not be taken for a changed one.
  const queue = createQueue();
  const oneByOne = <T>(work: () => Promise<T>) => queue('skills', work);
  return {
    look: () => oneByOne(() => lookThrough(sources)),
    read: (skill) => oneByOne(() => readAgain(sources, skill)),
    stage: (path, scope) => oneByOne(() => stage(sources, path, scope)),
    approve: (skill, actor) => oneByOne(() => approve(sources, skill, actor)),
  };
}

async function lookThrough(sources: ShelfSources): Promise<readonly string[]> {
  const places = await skillPlaces(sources);
  const staging = places.map(({ scope }) => stagingPlace(sources.home, scope));
  const odd: string[] = [];
  for (const place of [...places, ...staging]) odd.push(...(await lookInto(sources, place)));
  return odd;
}

async function lookInto({ store }: ShelfSources, place: SkillPlace): Promise<readonly string[]> {
  const discovery = await discover(place);
  if (discovery === undefined) return [`${place.folder} is a link, or cannot be looked into; the skills of ${place.scope} are left as they were`];
  await store.observeSkills(discovery.found, discovery.whole ? [place.scope] : []);
  return discovery.odd;
}

async function readAgain(sources: ShelfSources, skill: Skill): Promise<{ readonly skill: Skill; readonly found: FoundSkill | undefined }> {
  const read = await readSkill(skill.folder, skill.name, skill.scope);
  if (read.ok) {
    const [now] = await sources.store.observeSkills([read.value], []);
    if (now === undefined) throw new Fault('skill-lost', `the skill ${skill.name} was observed and is not known`);
    return { skill: now, found: read.value };
  }
  const place = (await placesOf(sources)).find(({ scope }) => scope === skill.scope);
  if (place !== undefined) await lookInto(sources, place);
  return { skill: (await sources.store.readSkill(skill.scope, skill.name)) ?? skill, found: undefined };
}

async function placesOf(sources: ShelfSources): Promise<readonly SkillPlace[]> {
  const places = await skillPlaces(sources);
  return [...places, ...places.map(({ scope }) => stagingPlace(sources.home, scope))];
}

async function stage(sources: ShelfSources, path: string, scope: string): Promise<Settled<Skill>> {
  const known = await placeFor(sources, scope);
  if (!known.ok) return known;
  const staged = await stageSkill(sources, path, scope);
  if (!staged.ok) return staged;
  const [skill] = await sources.store.observeSkills([staged.value], []);
  if (skill === undefined) throw new Fault('skill-lost', `the skill ${staged.value.name} was staged and is not known`);
  return done(skill);
}

async function approve(sources: ShelfSources, skill: Skill, actor: string): Promise<Settled<Skill>> {
  const place = await placeFor(sources, scopeOf(skill.scope));
  if (!place.ok) return place;
  const found = isStaged(skill.scope) ? await putInPlace(skill, place.value, sources.ids) : await readSkill(skill.folder, skill.name, skill.scope);
  if (!found.ok) return found;
  if (found.value.problem !== '') return refuse('wrong-state', `${skill.name} cannot be approved: ${found.value.problem}`);
  if (found.value.hash !== skill.hash)
    return refuse(
      'wrong-state',
      `${skill.name} is ${found.value.hash.slice(0, 12)} now, not ${skill.hash.slice(0, 12)}; look at it again: guildhall skills show ${skill.name}`,
    );
  const approved = await sources.store.approveSkill(found.value, actor);
  if (approved.ok && isStaged(skill.scope)) await rm(skill.folder, { recursive: true, force: true });
  return approved;
}

async function placeFor(sources: ShelfSources, scope: string): Promise<Settled<SkillPlace>> {
  const places = await skillPlaces(sources);
  const place = places.find((one) => one.scope === scope);
  if (place !== undefined) return done(place);
  return refuse('not-found', `there is no place for skills of "${scope}"; there are: ${places.map((one) => one.scope).join(', ')}`, { scope });
}
