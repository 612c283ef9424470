/** Who an agent is: its own text or file, else `SOUL.md` in its workspace, else the installation's `SOUL.md`. */
import { dirname, join, resolve } from 'node:path';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { AgentConfig } from './config.ts';

export interface Personality {
  readonly text: string;
  /** `config`, or the path of the file it was read from. */
  readonly source: string;
}

export interface PersonalityPlaces {
  /** The configuration file; `personality: {file}` is relative to its directory. */
  readonly configFile: string;
  /** Absolute. */
  readonly workspace: string;
  /** `$GUILDHALL_HOME`. */
  readonly home: string;
  readonly userHome: string;
  /** The file's text; undefined when there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
}

/**
 * Undefined when nobody says anything. Blank files count as absent. A file that the configuration names and that is not there is refused (`not-found`): an agent
 * without its personality is another agent.
 */
export async function personalityOf(agent: AgentConfig, places: PersonalityPlaces): Promise<Settled<Personality | undefined>> {
  const { personality } = agent;
  if (personality?.kind === 'text' && personality.text.trim() !== '') return done({ text: personality.text, source: 'config' });
  if (personality?.kind === 'file') {
    const expanded = personality.path.startsWith('~/') ? join(places.userHome, personality.path.slice(2)) : personality.path;
    const path = resolve(dirname(places.configFile), expanded);
    const text = await places.read(path);
    if (text === undefined)
      return refuse('not-found', `agents.${agent.id}.personality names ${path}, and there is no such file. Create it, or remove the key`, {
        agent: agent.id,
        path,
      });
    return done({ text, source: path });
  }
  for (const path of [join(places.workspace, 'SOUL.md'), join(places.home, 'SOUL.md')]) {
    const text = await places.read(path);
    if (text !== undefined && text.trim() !== '') return done({ text, source: path });
  }
  return done(undefined);
}
