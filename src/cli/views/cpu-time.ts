/** CPU time as ps(1) has it: `00:00:03`, `2-01:00:00`. */
export function cpuTime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return (days > 0 ? `${days}-` : "") + clock.map((part) => String(part).padStart(2, "0")).join(":");
}
