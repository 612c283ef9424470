/** Looking into data that other programs wrote. */
import { agentIdPattern } from '../schema-fields.ts';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A foreign value in a sentence. */
export function said(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')).slice(0, 80);
}

/** `Code Reviewer` → `code-reviewer`; empty when nothing is left. */
export function slug(name: string): string {
  const tidy = name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|-+$/g, '')
    .slice(0, 64);
  return agentIdPattern.test(tidy) && tidy !== 'constructor' && tidy !== 'prototype' ? tidy : '';
}
