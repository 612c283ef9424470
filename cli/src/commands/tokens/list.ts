import { z } from 'zod';
import { credentialView, done, type CredentialView } from '@guildhall/protocol';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

export const listTokens: RunVerb = async (call) => {
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const tokens = await daemon.value.ask('get', '/v1/tokens', z.array(credentialView));
  if (!tokens.ok) return tokens;
  const { now } = call.output.screen;
  const columns: readonly Column<CredentialView>[] = [
    { title: 'ID', cell: (token) => token.id, paint: (token) => (stateOf(token, now) === 'live' ? 'bold' : 'dim') },
    { title: 'SCOPES', cell: (token) => token.scopes.join(', ') },
    { title: 'LABEL', cell: (token) => token.label, shrinks: true },
    { title: 'STATE', cell: (token) => stateOf(token, now), paint: (token) => (stateOf(token, now) === 'live' ? 'green' : 'dim') },
    { title: 'CREATED', cell: (token) => relativeTime(token.createdAt, now) },
    { title: 'USED', cell: (token) => (token.lastUsedAt === undefined ? 'never' : relativeTime(token.lastUsedAt, now)) },
    { title: 'EXPIRES', cell: (token) => (token.expiresAt === undefined ? 'never' : relativeTime(token.expiresAt, now)) },
  ];
  return done({
    json: tokens.value,
    text: () =>
      tokens.value.length === 0
        ? show`No credentials. Create one: guildhall tokens create --scope read`
        : renderTable(call.output.screen, columns, tokens.value),
  });
};

function stateOf(token: CredentialView, now: number): 'live' | 'revoked' | 'expired' {
  if (token.revokedAt !== undefined) return 'revoked';
  return token.expiresAt !== undefined && token.expiresAt <= now ? 'expired' : 'live';
}
