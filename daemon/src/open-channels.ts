/** The channels that the configuration switches on. */
import type { Config } from '@guildhall/agents';
import { createWebhookChannel } from '@guildhall/channels';
import type { Clock } from '@guildhall/kernel';
import type { Channel } from '@guildhall/sessions';
import { readSecret } from './secrets.ts';

/** A channel whose secret is named and missing is not opened: a missing secret never means none is needed. */
export function openChannels(config: Config, variables: Readonly<Record<string, string>>, clock: Clock): readonly Channel[] {
  return [...config.channels.values()].flatMap(({ platform, url, secret }) => {
    const found = readSecret(secret, variables);
    if (secret !== undefined && found === undefined) return [];
    return [createWebhookChannel({ platform, url, secret: found, now: clock.now })];
  });
}
