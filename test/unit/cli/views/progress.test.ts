import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgress } from "../../../../src/cli/views/progress.ts";
import { fakeSink } from "../fake-io.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wiped = "\r\u001b[K";

test("on a terminal nothing is said within the first second", () => {
  const sink = fakeSink({ isTty: true });
  const progress = createProgress(sink, { plain: false });
  progress.say("starting containerd");
  vi.advanceTimersByTime(950);
  progress.clear();
  expect(sink.text()).toBe("");
});

test("on a terminal one line turns, says the last step and the seconds, and is wiped away", () => {
  const sink = fakeSink({ isTty: true });
  const progress = createProgress(sink, { plain: false });
  progress.say("starting containerd");
  vi.advanceTimersByTime(1_000);
  expect(sink.text()).toBe(`${wiped}| starting containerd 1s`);
  progress.say("loading images");
  vi.advanceTimersByTime(1_000);
  expect(sink.text().split(wiped).at(-1)).toBe("- loading images 2s");
  progress.clear();
  expect(sink.text().endsWith(wiped)).toBe(true);
  const length = sink.text().length;
  vi.advanceTimersByTime(5_000);
  expect(sink.text()).toHaveLength(length);
});

test("a step that is longer than the line is cut, and cannot move the cursor", () => {
  const sink = fakeSink({ isTty: true, width: 20 });
  const progress = createProgress(sink, { plain: false });
  progress.say(`\u001b[2J${"x".repeat(50)}`);
  vi.advanceTimersByTime(1_000);
  const line = sink.text().slice(wiped.length);
  expect(line).toBe(String.raw`| \x1b[2Jxx… 1s`);
});

test("off a terminal nothing is said unless somebody asked for it", () => {
  const silent = fakeSink();
  createProgress(silent, { plain: false }).say("starting containerd");
  vi.advanceTimersByTime(5_000);
  expect(silent.text()).toBe("");

  const asked = fakeSink();
  const progress = createProgress(asked, { plain: true });
  progress.say("starting containerd");
  progress.say("loading images");
  progress.clear();
  expect(asked.text()).toBe("starting containerd\nloading images\n");
});
