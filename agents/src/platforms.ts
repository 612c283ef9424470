/** Where messages come from. Adapters may bring others; for these we know which facts a message can have. */

export const platforms = ['web', 'terminal', 'api', 'telegram', 'discord', 'slack', 'whatsapp', 'signal', 'email', 'webhook'] as const;
export type Platform = (typeof platforms)[number];

/** Platforms whose messages carry a guild (Discord servers) or a team (Slack workspaces). */
export const platformsWithGuilds: readonly string[] = ['discord'];
export const platformsWithTeams: readonly string[] = ['slack'];

export function isKnownPlatform(name: string): name is Platform {
  return (platforms as readonly string[]).includes(name);
}
