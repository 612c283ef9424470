/** The values behind every reference to a secret in a configuration. */
import type { Config, SecretReference, TextWithSecrets } from '@guildhall/agents';
import { readSecret } from '../../secrets.ts';

/** Shorter ones are words that would be found everywhere. */
const shortest = 6;

export function knownSecrets(config: Config, variables: Readonly<Record<string, string>>): readonly string[] {
  const values = referencesIn(config).flatMap((reference) => readSecret(reference, variables) ?? []);
  return [...new Set(values)].filter((value) => value.length >= shortest);
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
