/** The values behind every reference to a secret in a configuration, and those variables of the environment that hold secrets by their names: keys of well-known providers need no configuration. */
import type { Config, SecretReference, TextWithSecrets } from '@guildhall/agents';
import { readSecret } from '../../secrets.ts';

/** Shorter ones are words that would be found everywhere. */
const shortest = 6;
/** Nobody said of these that they are secret. */
const shortestGuessed = 12;
const secretsName = /(?:^|_)(?:api_?key|access_?key|key|token|secret|password|passwd)(?:_id)?$/i;

export function knownSecrets(config: Config, variables: Readonly<Record<string, string>>): readonly string[] {
  const values = referencesIn(config).flatMap((reference) => readSecret(reference, variables) ?? []);
  const guessed = Object.entries(variables).flatMap(([name, value]) => (secretsName.test(name) ? [value] : passwordsIn(value)));
  return [...new Set([...values.filter((value) => value.length >= shortest), ...guessed.filter((value) => value.length >= shortestGuessed)])];
}

/** Of an address such as that of a database, as it is written there. */
function passwordsIn(value: string): readonly string[] {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:\s]*:([^/?#@\s]+)@/i.exec(value);
  return found?.[1] === undefined ? [] : [found[1]];
}

function referencesIn(config: Config): readonly SecretReference[] {
  const whole = [
    ...[...config.providers.values()].map(({ apiKey }) => apiKey),
    ...[...config.channels.values()].map(({ secret }) => secret),
    config.toolBackings.webSearch?.apiKey,
  ];
  const texts: TextWithSecrets[] = [...config.agents.values()].flatMap(({ mcpServers }) =>
    [...mcpServers.values()].flatMap((server) => [...(server.kind === 'stdio' ? server.env : server.headers).values()]),
  );
  return [...whole.filter((reference) => reference !== undefined), ...texts.flat().filter((part) => typeof part !== 'string')];
}
