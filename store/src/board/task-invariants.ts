/** What must be true of tasks at every instant; see `invariants.ts`. */
const openParents = `select child, count(*) as n from task_links join tasks as parents on parents.id = task_links.parent where parents.was_done = 0 group by child`;

export const taskInvariants = [
  {
    name: 'open parents',
    sentence: 'A task counts the parents that were never done.',
    offenders: `select tasks.id as what from tasks left join (${openParents}) as found on found.child = tasks.id where open_parents <> coalesce(found.n, 0)`,
  },
  {
    name: 'children',
    sentence: 'A task counts its children.',
    offenders: `select tasks.id as what from tasks left join (select parent, count(*) as n from task_links group by parent) as found on found.parent = tasks.id
      where child_count <> coalesce(found.n, 0)`,
  },
  {
    name: 'task states',
    sentence: 'A task has the run, the block, the timer and the times that belong to its status, and waits for parents where its status says so.',
    offenders: `select id as what from tasks where (status = 'running') <> (run_id is not null) or (run_id is null) <> (lane is null)
      or (status = 'blocked') <> (block_kind is not null) or (block_kind is null) <> (block_reason is null)
      or (status = 'scheduled' or (status = 'blocked' and block_kind = 'transient')) <> (wake_at is not null)
      or (status in ('done', 'archived')) <> (ended_at is not null) or (status = 'ready') <> (ready_at is not null)
      or (status = 'done' and was_done = 0) or (was_done = 1 and status not in ('done', 'archived'))
      or (status in ('ready', 'running') and open_parents > 0) or (open_parents = 0 and (status = 'todo' or (status = 'blocked' and block_kind = 'dependency')))`,
  },
  {
    name: 'cycles of tasks',
    sentence: 'No task waits for itself, however many others are in between.',
    offenders: `with recursive waiting (parent, child) as (
        select task_links.parent, task_links.child from task_links join tasks as parents on parents.id = task_links.parent where parents.open_parents > 0),
      after (origin, id) as (select parent, child from waiting union select after.origin, waiting.child from after join waiting on waiting.parent = after.id)
      select origin as what from after where origin = id`,
  },
  {
    name: 'events of tasks',
    sentence: 'Every task of a board came into its journal once, made or imported.',
    offenders: `select boards.name as what from boards
      left join (select board, count(*) as n from tasks group by board) as there on there.board = boards.name
      left join (select board, count(*) as n from imported_tasks group by board) as imported on imported.board = boards.name
      left join (select stream, sum(case when type = 'task.created' then 1 else 0 end) as created, sum(case when type = 'task.imported' then 1 else 0 end) as imported
        from events group by stream) as told on told.stream = 'board:' || boards.name
      where coalesce(there.n, 0) <> coalesce(told.created, 0) + coalesce(imported.n, 0) or coalesce(told.imported, 0) < coalesce(imported.n, 0)`,
  },
] as const;
