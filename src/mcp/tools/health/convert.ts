import type { HealthScore } from '../../../queries/health.ts';
import type { getBackupServer, getConfigBackup, getLicense } from '../../../queries/inventory.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { Component, HealthAnswer, OverallHealth } from './shape.ts';

export function toOverall(score: HealthScore): OverallHealth {
  return {
    score: round(score.overallScore, 1),
    score_low: round(score.scoreLow, 1),
    score_high: round(score.scoreHigh, 1),
    coverage: round(score.coverage, 2),
    grade: score.grade,
    risk_level: score.riskLevel,
    recommendation: cleanText(score.recommendation, 400),
  };
}

export function toComponents(score: HealthScore): NonNullable<HealthAnswer['component_scores']> {
  const stored = objectOf(score.components);
  const lost = new Map(
    arrayOf(score.contributions).map((item) => {
      const { component, points_lost } = objectOf(item);
      return [textOf(component), numberOf(points_lost)];
    }),
  );
  const of = (name: string) => toComponent(objectOf(stored[name]), lost.get(name) ?? null);
  return {
    failure_rate: of('failure_rate'),
    trend_analysis: {
      ...of('trend'),
      classification: score.trendClassification,
      difference: round(score.trendDifference, 3),
      difference_low: round(score.trendLow, 3),
      difference_high: round(score.trendHigh, 3),
    },
    pattern_recognition: of('pattern'),
    protected_objects: of('protected_objects'),
    repository_health: of('repository'),
  };
}

/** A component that was not stored is not known: it may be anything. */
function toComponent(stored: Record<string, unknown>, lost: number | null): Component {
  return {
    score: round(numberOf(stored.score), 1),
    low: round(numberOf(stored.low) ?? 0, 1),
    high: round(numberOf(stored.high) ?? 100, 1),
    weight: round(numberOf(stored.weight) ?? 0, 3),
    points_lost: round(lost, 2),
    known: stored.known === true,
    reason: cleanOrNull(textOf(stored.reason), 200),
  };
}

export function toQuality(score: HealthScore): NonNullable<HealthAnswer['quality_metadata']> {
  return {
    run_id: score.runId,
    concluded_at: isoSeconds(score.concludedAt),
    sample_count: score.sampleCount,
    date_range_days: round(score.dateRangeDays, 1),
    average_frequency: round(score.averageFrequency, 2),
    coverage: round(score.coverage, 2),
    success_rate: round(score.successRate, 3),
    retry_dependence: round(score.retryDependence, 3),
    last_session_at: isoSeconds(score.lastSessionAt),
  };
}

export type ServerFacts = {
  server: Awaited<ReturnType<typeof getBackupServer>>;
  license: Awaited<ReturnType<typeof getLicense>>;
  configBackup: Awaited<ReturnType<typeof getConfigBackup>>;
};

export function toBackupServer({
  server,
  license,
  configBackup,
}: ServerFacts): HealthAnswer['backup_server'] {
  if (!server) return undefined;
  return {
    name: cleanOrNull(server.name, 100),
    build_version: cleanOrNull(server.buildVersion, 60),
    platform: cleanOrNull(server.platform, 60),
    time_zone: cleanText(server.timeZone, 60),
    clock_skew_minutes: round(server.clockSkewSeconds / 60, 1),
    certificate_expires_at: isoSeconds(server.certificateExpiresAt),
    analyzer_ran_at: isoSeconds(server.analyzerRanAt),
    license: license
      ? {
          status: cleanOrNull(license.status, 60),
          edition: cleanOrNull(license.edition, 60),
          expires_at: isoSeconds(license.expiresAt),
          licensed_instances: license.licensedInstances,
          used_instances: license.usedInstances,
        }
      : null,
    config_backup: configBackup
      ? {
          enabled: configBackup.isEnabled,
          encrypted: configBackup.isEncrypted,
          last_success_at: isoSeconds(configBackup.lastSuccessAt),
        }
      : null,
  };
}

type Day = NonNullable<HealthAnswer['history']>[number];
export type DailyScore = { day: string; score: number; low: number; high: number };

/** A row per local day, newest first: the last score of the day, and the runs of the day as the latest run counted them. */
export function toHistory(daily: unknown, scores: DailyScore[], firstDay: string): Day[] {
  const days = new Map<string, Day>();
  for (const item of arrayOf(daily)) {
    const stored = objectOf(item);
    const day = textOf(stored.day);
    if (day === null || !/^\d{4}-\d\d-\d\d$/.test(day)) continue;
    const count = (name: string) => numberOf(stored[name]);
    const counts = { success: count('success'), warning: count('warning'), failed: count('failed') };
    const apart = { recovered: count('recovered'), canceled: count('canceled') };
    days.set(day, { ...emptyDay(day), ...counts, ...apart });
  }
  for (const { day, score, low, high } of scores) {
    const rounded = { score: round(score, 1), score_low: round(low, 1), score_high: round(high, 1) };
    days.set(day, { ...(days.get(day) ?? emptyDay(day)), ...rounded });
  }
  return [...days.values()].filter(({ day }) => day >= firstDay).sort((a, b) => (a.day < b.day ? 1 : -1));
}

const emptyDay = (day: string): Day => ({
  day,
  score: null,
  score_low: null,
  score_high: null,
  success: null,
  warning: null,
  failed: null,
  recovered: null,
  canceled: null,
});
