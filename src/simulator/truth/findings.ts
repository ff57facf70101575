export type TruthFinding = {
  kind: string;
  entity: { kind: string; id: string; name: string };
  since?: string;
  level?: string;
  cause?: { kind: string; id?: string; text?: string };
  /** Ids of the jobs that an incident took with it. */
  jobs?: string[];
  note?: string;
};

export type Finder = {
  add: (finding: TruthFinding) => void;
  /** Depends on how the statistics are done: an analyst may report it or not. */
  tolerate: (finding: TruthFinding) => void;
};
