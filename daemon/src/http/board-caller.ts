/** Who asks something of the board, as the door knows them. */
import type { Credential } from '@guildhall/authority';
import type { BoardCaller } from '../board-operations.ts';
import type { Call } from './endpoint.ts';

export function boardCaller({ by, header }: Pick<Call<Credential>, 'by' | 'header'>): BoardCaller {
  const claimToken = header('claim-token');
  return { kind: 'credential', credential: by, ...(claimToken === undefined ? {} : { claimToken }) };
}
