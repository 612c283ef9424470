/** What findings are meant to do, in the fewest words: words and numbers in memory, sharing nothing with the code they are compared to. */
export interface SpecFinding {
  readonly id: string;
  readonly reporter: string;
  stands: 'reported' | 'asked' | 'accepted' | 'remediated' | 'closed' | 'rejected' | 'deferred';
  round: number;
  mender: string;
  /** Those who must look again, and what each has said: `''` nothing yet. */
  looks: Map<string, '' | 'yes' | 'no'>;
  task: { readonly id: string; state: 'open' | 'done' | 'dropped' } | null;
  told: boolean;
}

const undecided = ['reported', 'asked', 'deferred'];

export class FindingSpec {
  completed = false;
  readonly findings: SpecFinding[] = [];

  report(id: string, reporter: string): string {
    if (this.completed) return 'wrong-state';
    this.findings.push({ id, reporter, stands: 'reported', round: 0, mender: '', looks: new Map(), task: null, told: false });
    return 'ok';
  }

  decide(finding: SpecFinding, verb: 'accept' | 'reject' | 'defer' | 'ask', words: string, mender: string | null, lookers: readonly string[]): string {
    if (this.completed || !undecided.includes(finding.stands)) return 'wrong-state';
    if ((verb === 'ask' && finding.stands === 'asked') || (verb === 'defer' && finding.stands === 'deferred')) return 'wrong-state';
    if (verb !== 'accept') return words === '' ? 'invalid-input' : this.move(finding, ({ reject: 'rejected', defer: 'deferred', ask: 'asked' } as const)[verb]);
    const by = mender ?? 'developer';
    const usual = ['operator', by].includes(finding.reporter) ? 'validator' : finding.reporter;
    const looks = lookers.length === 0 ? [usual] : lookers;
    if (looks.every((role) => role === by)) return 'invalid-input';
    finding.mender = by;
    this.beginRound(finding, looks);
    return this.move(finding, 'accepted');
  }

  answer(finding: SpecFinding): string {
    return this.completed || finding.stands !== 'asked' ? 'wrong-state' : this.move(finding, 'reported');
  }

  link(finding: SpecFinding, round: number, task: string): string {
    if (this.completed || finding.stands !== 'accepted' || finding.round !== round || finding.task !== null) return 'wrong-state';
    finding.task = { id: task, state: 'open' };
    return 'ok';
  }

  /** Those whose task is over. */
  collect(): readonly SpecFinding[] {
    const over = this.completed ? [] : this.findings.filter(({ stands, task }) => stands === 'accepted' && task !== null && task.state !== 'open');
    for (const finding of over) {
      const isMended = finding.task?.state === 'done';
      if (!isMended) finding.task = null;
      this.move(finding, isMended ? 'remediated' : 'reported');
    }
    return over;
  }

  look(finding: SpecFinding, role: string, isFine: boolean): string {
    if (this.completed || finding.stands !== 'remediated') return 'wrong-state';
    const said = finding.looks.get(role);
    if (said === undefined) return 'not-allowed';
    if (said !== '') return 'wrong-state';
    finding.looks.set(role, isFine ? 'yes' : 'no');
    if (!isFine) {
      this.beginRound(finding, [...finding.looks.keys()]);
      return this.move(finding, 'accepted');
    }
    return [...finding.looks.values()].every((each) => each === 'yes') ? this.move(finding, 'closed') : 'ok';
  }

  /** Sorted; what nobody may waive begins with `!`. */
  blockers(): readonly string[] {
    return this.findings
      .flatMap(({ id, stands, task }) => {
        if (stands === 'reported' || stands === 'asked') return [`!finding-undecided:${id}`];
        if (stands === 'deferred') return [`finding-deferred:${id}`];
        if (stands === 'remediated') return [`finding-not-revalidated:${id}`];
        if (stands !== 'accepted') return [];
        return [`finding-not-remediated:${id}`, ...(task?.state === 'open' ? [`task-open:${task.id}`] : [])];
      })
      .toSorted();
  }

  untold(): readonly string[] {
    return this.completed
      ? []
      : this.findings
          .filter(({ stands, told }) => !told && (stands === 'reported' || stands === 'remediated'))
          .map(({ id }) => id)
          .toSorted();
  }

  private beginRound(finding: SpecFinding, looks: readonly string[]): void {
    finding.round += 1;
    finding.task = null;
    finding.looks = new Map(looks.map((role) => [role, '']));
  }

  private move(finding: SpecFinding, to: SpecFinding['stands']): 'ok' {
    finding.stands = to;
    finding.told = false;
    return 'ok';
  }
}
