/** What the board is meant to do, in the fewest words: sets and numbers in memory, sharing nothing with the code it is compared to. Time is one number. */
export const specLeaseMs = 100 * 60_000;
const breaker = { failures: 5, parkMs: 10 * 60_000 };
const transient = { most: 5, firstMs: 30_000, longestMs: 60 * 60_000 };

export interface SpecTask {
  readonly id: string;
  readonly lane: string;
  readonly priority: number;
  readonly most: number;
  status: 'todo' | 'ready' | 'running' | 'blocked' | 'done' | 'archived';
  readonly parents: Set<string>;
  wasDone: boolean;
  readyAt: number;
  attempts: number;
  pauses: number;
  block: 'dependency' | 'needs_input' | 'transient' | null;
  wakesAt: number;
}

export interface SpecClaim {
  readonly task: string;
  readonly lane: string;
  readonly request: string;
  readonly epoch: number;
  ends: number;
  over: boolean;
}

export interface SpecLane {
  readonly name: string;
  readonly capacity: number;
  streak: number;
  parkedUntil: number;
}

export class Spec {
  now = 0;
  readonly tasks = new Map<string, SpecTask>();
  readonly lanes = new Map<string, SpecLane>();
  /** Every claim there ever was, in order. */
  readonly claims: SpecClaim[] = [];

  task(id: string): SpecTask {
    const task = this.tasks.get(id);
    if (task === undefined) throw new Error(`no task ${id}`);
    return task;
  }

  lane(name: string): SpecLane {
    const lane = this.lanes.get(name);
    if (lane === undefined) throw new Error(`no lane ${name}`);
    return lane;
  }

  children(id: string): readonly SpecTask[] {
    return [...this.tasks.values()].filter(({ parents }) => parents.has(id));
  }

  waits(task: SpecTask): boolean {
    return [...task.parents].some((parent) => !this.task(parent).wasDone);
  }

  lives(claim: SpecClaim): boolean {
    return !claim.over && claim.ends > this.now;
  }

  /** Is `id` the task itself, or before it? */
  isBefore(id: string, task: SpecTask): boolean {
    return id === task.id || [...task.parents].some((parent) => this.isBefore(id, this.task(parent)));
  }

  create(given: Pick<SpecTask, 'id' | 'lane' | 'priority' | 'most'>, parents: readonly string[]): string {
    if (parents.some((id) => this.isDead(id))) return 'wrong-state';
    const task: SpecTask = { ...given, status: 'todo', parents: new Set(parents), wasDone: false, readyAt: 0, attempts: 0, pauses: 0, block: null, wakesAt: 0 };
    this.tasks.set(task.id, task);
    this.land(task);
    return 'ok';
  }

  link(parent: string, child: string): string {
    const task = this.task(child);
    if (['running', 'done', 'archived'].includes(task.status)) return 'wrong-state';
    const wrong = this.refuseParent(parent, task);
    if (wrong !== null) return wrong;
    task.parents.add(parent);
    if (task.status === 'ready' && this.waits(task)) task.status = 'todo';
    return 'ok';
  }

  /** What a claim must answer: a refusal, nothing, or a task. */
  claim(laneName: string, request: string): string | null | SpecClaim {
    const lane = this.lane(laneName);
    const earlier = this.claims.find((each) => each.lane === laneName && each.request === request);
    if (earlier !== undefined) return this.lives(earlier) ? earlier : 'stale-claim';
    if (lane.parkedUntil > this.now) return 'wrong-state';
    if (this.claims.filter((each) => each.lane === laneName && this.lives(each)).length >= lane.capacity) return 'limit-reached';
    const [next] = [...this.tasks.values()]
      .filter((task) => task.lane === laneName && task.status === 'ready')
      .toSorted((a, b) => b.priority - a.priority || a.readyAt - b.readyAt || (a.id < b.id ? -1 : 1));
    if (next === undefined) return null;
    next.status = 'running';
    const epoch = this.claims.filter(({ task }) => task === next.id).length + 1;
    const made = { task: next.id, lane: laneName, request, epoch, ends: this.now + specLeaseMs, over: false };
    this.claims.push(made);
    return made;
  }

  heartbeat(claim: SpecClaim): void {
    claim.ends = this.now + specLeaseMs;
  }

  complete(claim: SpecClaim): void {
    const task = this.endRun(claim);
    task.status = 'done';
    task.wasDone = true;
    this.lane(claim.lane).streak = 0;
    for (const child of this.children(task.id)) if ((child.status === 'todo' || child.block === 'dependency') && !this.waits(child)) this.land(child);
  }

  release(claim: SpecClaim): void {
    this.land(this.endRun(claim));
  }

  block(claim: SpecClaim, kind: 'dependency' | 'needs_input' | 'transient', on: string): string {
    if (kind === 'dependency') {
      const waiting = this.task(claim.task);
      const wrong = this.refuseParent(on, waiting);
      if (wrong !== null) return wrong;
      if (this.task(on).wasDone) return 'invalid-input';
      waiting.parents.add(on);
    }
    const task = this.endRun(claim);
    task.status = 'blocked';
    task.block = kind;
    if (kind !== 'transient') return 'ok';
    task.wakesAt = this.now + Math.min(transient.firstMs * 2 ** task.pauses, transient.longestMs);
    task.pauses += 1;
    if (task.pauses > transient.most) task.block = 'needs_input';
    return 'ok';
  }

  fail(claim: SpecClaim): void {
    const task = this.endRun(claim);
    const lane = this.lane(claim.lane);
    task.attempts += 1;
    if (task.attempts < task.most) this.land(task);
    else Object.assign(task, { status: 'blocked', block: 'needs_input' });
    lane.streak += 1;
    if (lane.streak >= breaker.failures && lane.parkedUntil <= this.now) lane.parkedUntil = this.now + breaker.parkMs;
  }

  unblock(id: string): string {
    const task = this.task(id);
    if (task.status !== 'blocked') return 'wrong-state';
    task.attempts = 0;
    task.pauses = 0;
    this.land(task);
    return 'ok';
  }

  archive(id: string): string {
    const task = this.task(id);
    if (!task.wasDone && this.children(id).some(({ status }) => status !== 'done' && status !== 'archived')) return 'wrong-state';
    if (task.status === 'running' || task.status === 'archived') return 'wrong-state';
    Object.assign(task, { status: 'archived', block: null });
    return 'ok';
  }

  reclaimLapsed(): readonly string[] {
    const lapsed = this.claims.filter((claim) => !claim.over && !this.lives(claim)).toSorted((a, b) => (a.task < b.task ? -1 : 1));
    for (const claim of lapsed) this.fail(claim);
    return lapsed.map(({ task }) => task);
  }

  wake(): void {
    for (const task of this.tasks.values()) if (task.status === 'blocked' && task.block === 'transient' && task.wakesAt <= this.now) this.land(task);
    for (const lane of this.lanes.values()) if (lane.parkedUntil > 0 && lane.parkedUntil <= this.now) Object.assign(lane, { parkedUntil: 0, streak: 0 });
  }

  private endRun(claim: SpecClaim): SpecTask {
    claim.over = true;
    return this.task(claim.task);
  }

  private refuseParent(parent: string, child: SpecTask): string | null {
    if (parent !== child.id && this.isDead(parent)) return 'wrong-state';
    return this.isBefore(child.id, this.task(parent)) ? 'invalid-input' : null;
  }

  private isDead(id: string): boolean {
    return this.task(id).status === 'archived' && !this.task(id).wasDone;
  }

  private land(task: SpecTask): void {
    task.status = this.waits(task) ? 'todo' : 'ready';
    task.block = null;
    task.readyAt = this.now;
  }
}
