/** What came of the calls that were due in the time that counts. */
export interface Figures {
  readonly seconds: number;
  readonly served: number;
  /** Told RESOURCE_EXHAUSTED. */
  readonly refused: number;
  /** Any other end, or none. */
  readonly failed: number;
  /** Due, but more were under way than the sender allows itself. */
  readonly notSent: number;
  /** Milliseconds of calls that were served, and of those that were refused; NaN without any. */
  readonly p50: number;
  readonly p99: number;
  readonly refusedP99: number;
}

/** What somebody saw who only calls SetNum. */
export interface Bystander {
  readonly p99: number;
  readonly errors: readonly string[];
}

/** A server loaded with four times what it can do. */
export interface Trial {
  readonly transport: string;
  /** What it was loaded with. */
  readonly load: string;
  /** What it can do, per second, and how many it was sent. */
  readonly capacity: number;
  readonly rate: number;
  readonly unloaded: Figures;
  readonly overloaded: Figures;
  readonly bystander: {
    readonly quiet: Bystander;
    readonly overloaded: Bystander;
    readonly after: Bystander;
  };
  readonly residentMb: { readonly before: number; readonly peak: number; readonly after: number };
}

/** How often a p99 may be above that of a server at rest. */
export const p99RatioMax = 5;
/** MB that the memory may be above what it was. */
export const memoryMbMax = 500;

/** What a trial does not keep of what is promised; `refuses` says that this transport refuses this load early. */
export function judge(trial: Trial, refuses: boolean): readonly string[] {
  const { unloaded, overloaded, bystander, residentMb } = trial;
  const broken: string[] = [];
  const within = (what: string, ms: number, restMs: number): void => {
    if (!(ms < p99RatioMax * restMs))
      broken.push(`${what}: ${(ms / restMs).toFixed(1)} times the p99 at rest`);
  };
  const failures = (what: string, errors: readonly string[]): void => {
    if (errors.length > 0) broken.push(`${what}: ${errors.length} failed, the first by ${errors[0]}`);
  };
  if (refuses) {
    within('accepted calls', overloaded.p99, unloaded.p99);
    within('SetNum meanwhile', bystander.overloaded.p99, bystander.quiet.p99);
    if (overloaded.refused === 0) broken.push('nothing was refused');
    if (overloaded.failed > 0) broken.push(`${overloaded.failed} calls failed otherwise`);
    failures('SetNum meanwhile', bystander.overloaded.errors);
  }
  within('SetNum a second later', bystander.after.p99, bystander.quiet.p99);
  failures('SetNum a second later', bystander.after.errors);
  if (residentMb.peak > residentMb.before + memoryMbMax) broken.push('memory');
  return broken;
}
