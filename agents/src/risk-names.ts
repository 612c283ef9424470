/** Names of risk: the levels, and classes that stand for one. */
import { type RiskLevel, riskLevels } from '@guildhall/protocol';

/** Known without being written down. What a file says of the same name counts instead. */
export const builtInRiskClasses: ReadonlyMap<string, RiskLevel> = new Map([
  ['production_write', 'high'],
  ['public_infra', 'high'],
]);

export function isRiskLevel(name: string): boolean {
  return riskLevels.some((level) => level === name);
}

/** Everything that may stand where a risk is named. */
export function riskNames(written: readonly string[]): readonly string[] {
  return [...new Set([...riskLevels, ...builtInRiskClasses.keys(), ...written])];
}
