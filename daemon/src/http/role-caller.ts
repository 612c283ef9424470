/** Who asks something of plans and roles, as the door knows them. */
import type { Credential } from '@guildhall/authority';
import type { RoleCaller } from '../role-operations.ts';
import type { Call } from './endpoint.ts';

export function roleCaller({ by }: Pick<Call<Credential>, 'by'>): RoleCaller {
  return { kind: 'credential', credential: by };
}
