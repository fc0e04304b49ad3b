/** Where values lie along an axis, and which of them are marked. */
export interface Scale {
  /** 0 at the start of the axis, 1 at its end */
  place(value: number): number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/** From 0 to a round number above `max`. */
export function linearScale(max: number, format: (value: number) => string, ticksMax = 5): Scale {
  const step = roundStep(max / ticksMax);
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  const end = steps * step;
  const ticks = Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
  return {
    place: (value) => value / end,
    ticks: ticks.map((tick) => ({ at: tick / end, label: format(tick) })),
  };
}

/** From 0 to just `max`, with marks at round numbers. */
export function exactScale(max: number, format: (value: number) => string): Scale {
  const end = max > 0 ? max : 1;
  const step = roundStep(end / 6);
  const ticks = Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) => index * step);
  return {
    place: (value) => value / end,
    ticks: ticks.map((tick) => ({ at: tick / end, label: format(Number(tick.toPrecision(12))) })),
  };
}

/** The next of 1, 2, 5, 10, ... at or above. */
function roundStep(step: number): number {
  if (!(step > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= step * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Equal distances for equal factors; ends at 1, 2 or 5 times powers of ten, and marks those that there is room for. */
export function logScale(min: number, max: number, format: (value: number) => string): Scale {
  const all = [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7].flatMap((exponent) =>
    [1, 2, 5].map((mantissa) => Number(`${mantissa}e${exponent}`)),
  );
  const from = all.findLast((tick) => tick <= min) ?? 1e-4;
  const to = all.find((tick) => tick >= max && tick > from) ?? 5e7;
  const place = (value: number): number => Math.log(Math.max(value, from) / from) / Math.log(to / from);
  const inside = all.filter((tick) => tick >= from && tick <= to);
  const shown = inside.length <= 9 ? inside : inside.filter((tick) => isPowerOfTen(tick));
  return { place, ticks: shown.map((tick) => ({ at: place(tick), label: format(tick) })) };
}

function isPowerOfTen(value: number): boolean {
  return Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6);
}

/**
 * Percentiles as HdrHistogram draws them: each nine more is as wide as the one before.
 *
 * @param count how many samples: beyond 1 - 1 / count there is none
 */
export function ninesScale(count: number): Scale {
  const decades = Math.max(1, Math.log10(Math.max(count, 10)));
  const place = (p: number): number => Math.min(1, -Math.log10(Math.max(1 - p, 10 ** -decades)) / decades);
  const marks = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
  const shown = marks.filter((p) => 1 - p >= 10 ** -decades * 0.999);
  return {
    place,
    ticks: shown.map((p) => ({ at: place(p), label: `${Number((p * 100).toPrecision(8))} %` })),
  };
}
