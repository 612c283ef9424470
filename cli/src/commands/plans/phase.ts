import { done, refuse, type Settled } from '@guildhall/protocol';

export interface TypedPhase {
  readonly name: string;
  readonly roles: string[];
}

/** `name: role, role`. The name may hold colons of its own. */
export function readPhases(typed: readonly string[]): Settled<TypedPhase[]> {
  const phases: TypedPhase[] = [];
  for (const text of typed) {
    const [, name = '', list = ''] = /^(.*):([^:]*)$/s.exec(text) ?? [];
    const roles = list.split(',').map((role) => role.trim());
    if (name.trim() === '' || roles.some((role) => role === ''))
      return refuse('invalid-input', `--phase is ${JSON.stringify(text)}: a name and its roles are wanted, such as "build: developer, validator"`, {
        option: '--phase',
      });
    phases.push({ name: name.trim(), roles });
  }
  return done(phases);
}
