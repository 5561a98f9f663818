/** A time as people say it, to be read after "about": "1 s", "45 s", "2 min", "1.5 h". */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  const hours = seconds / 3600;
  return `${hours < 10 ? Number(hours.toFixed(1)) : Math.round(hours)} h`;
}
