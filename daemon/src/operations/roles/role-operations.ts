/** Plans, roles and findings as everybody in the daemon asks for them. */
import type { RoleOperations } from '../../role-operations.ts';
import { findingOperations } from './finding-operations.ts';
import { planOperations } from './plan-operations.ts';
import type { RoleDeps } from './role-deps.ts';
import { sessionOperations } from './session-operations.ts';

export function roleOperations(deps: RoleDeps): RoleOperations {
  return { ...planOperations(deps), ...sessionOperations(deps), ...findingOperations(deps) };
}
