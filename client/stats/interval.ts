/** Ranks, from 0, of the samples between which a quantile lies. */
export interface RankInterval {
  readonly low: number;
  /** null: too few samples to say; the quantile may lie above the greatest */
  readonly high: number | null;
}

/** 97.5 % of the standard normal distribution lie below it. */
const z = 1.959963984540054;
/** Up to here the binomial distribution is summed; beyond, the normal one stands for it. */
const exactMax = 2000;

/**
 * The 95 % confidence interval of the p-quantile, free of assumptions about the distribution: the samples of ranks j
 * and k, because the number of samples below the quantile is binomial (n, p). See J.-Y. Le Boudec, "Performance
 * Evaluation of Computer and Communication Systems" (2010), theorem 2.1 and its normal approximation, or G. J. Hahn
 * and W. Q. Meeker, "Statistical Intervals" (1991), 5.2. It takes the samples as independent, which response times
 * of one run are only roughly: it says how much chance alone may have moved the figure.
 *
 * @param n how many samples, at least 1
 */
export function quantileInterval(n: number, p: number): RankInterval {
  const { low, high } = n <= exactMax ? binomialRanks(n, p) : normalRanks(n, p);
  return { low: Math.max(low, 0), high: high >= n ? null : high };
}

function normalRanks(n: number, p: number): { low: number; high: number } {
  const spread = z * Math.sqrt(n * p * (1 - p));
  return { low: Math.floor(n * p - spread) - 1, high: Math.ceil(n * p + spread) };
}

/**
 * With B samples below the quantile, it lies above the sample of rank j exactly if B > j, and below that of rank k if
 * B <= k: each may fail in 2.5 % of the cases.
 */
function binomialRanks(n: number, p: number): { low: number; high: number } {
  let logProbability = n * Math.log1p(-p); // (1 - p)^n itself may be too small for a double
  let cumulated = Math.exp(logProbability);
  let low = -1;
  let high = n;
  for (let k = 0; k < n; k++) {
    if (cumulated <= 0.025) low = k;
    if (cumulated >= 0.975) {
      high = k;
      break;
    }
    logProbability += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
    cumulated += Math.exp(logProbability);
  }
  return { low, high };
}
