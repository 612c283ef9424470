/** How dangerous a handoff is: the highest of what policy and the request say. A name nobody knows is `dangerous`. */
import { riskLevels, type RiskLevel } from '@guildhall/protocol';

export type RiskClasses = ReadonlyMap<string, RiskLevel>;

export function isRiskLevel(name: string): name is RiskLevel {
  return riskLevels.some((level) => level === name);
}

export function isKnownRisk(name: string, classes: RiskClasses): boolean {
  return isRiskLevel(name) || classes.has(name);
}

export function riskLevelOf(name: string, classes: RiskClasses): RiskLevel {
  return isRiskLevel(name) ? name : (classes.get(name) ?? 'dangerous');
}

export function higherRisk(a: RiskLevel, b: RiskLevel): RiskLevel {
  return atLeast(a, b) ? a : b;
}

/** Which of `waitFor` makes a person be asked: a level that `level` reaches, or a class that one of `names` is. */
export function confirmationRule(waitFor: readonly string[], level: RiskLevel, names: readonly string[]): string | undefined {
  return waitFor.find((entry) => (isRiskLevel(entry) ? atLeast(level, entry) : names.includes(entry)));
}

function atLeast(level: RiskLevel, floor: RiskLevel): boolean {
  return riskLevels.indexOf(level) >= riskLevels.indexOf(floor);
}
