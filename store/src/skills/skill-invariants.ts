/** What must be true of skills, their policies and the evidence of loading. */

export const skillInvariants = [
  {
    name: 'approved skills',
    sentence: 'An approved skill lies there as it was approved, and whoever pinned a hash is named.',
    offenders: `select scope || ' ' || name as what from skills where (status = 'approved' and (pinned = '' or pinned <> hash or scope like 'staged:%'))
      or (pinned = '') <> (approved_by is null) or (approved_by is null) <> (approved_at is null) or (status in ('discovered', 'staged') and pinned <> '')
      or (status = 'staged' and scope not like 'staged:%') or (status = 'discovered' and scope like 'staged:%')`,
  },
  {
    name: 'skill texts',
    sentence: 'The text of every approved skill is kept.',
    offenders: "select scope || ' ' || name as what from skills where pinned <> '' and pinned not in (select hash from skill_texts)",
  },
  {
    name: 'skill policies',
    sentence: 'Revisions are numbered 1, 2, 3 …; one that is or was in force says who approved it, and a proposed one does not.',
    offenders: `select 'revision ' || rev as what from skill_policies where (status = 'proposed') <> (approved_by is null) or (approved_by is null) <> (approved_at is null)
      or rev > (select count(*) from skill_policies) or rev < 1 or (against is not null and against >= rev)`,
  },
  {
    name: 'one skill policy',
    sentence: 'As soon as a policy was approved exactly one is in force.',
    offenders: `select 'policies in force' as what where exists (select 1 from skill_policies where status <> 'proposed')
      and (select count(*) from skill_policies where status = 'in-force') <> 1`,
  },
  {
    name: 'skill evidence',
    sentence: 'What a turn loaded had the approved hash, and its text is kept; evidence belongs to a turn of its session.',
    offenders: `select turn_id || ' ' || skill as what from skill_evidence where (status = 'loaded' and (wanted = '' or found <> wanted or how = 'not' or found not in (select hash from skill_texts)))
      or (status <> 'loaded' and how <> 'not') or not exists (select 1 from turns where turns.id = skill_evidence.turn_id and turns.session_key = skill_evidence.session_key)`,
  },
];
