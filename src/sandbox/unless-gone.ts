import { NotFoundError } from "../errors.ts";

/**
 * The answer of a call that ends something or looks at it, or `undefined` when that is gone: somebody else was faster.
 * CRI wants StopContainer and StopPodSandbox of what is gone to be no failure, and containerd 1.6 makes them one.
 */
export async function unlessGone<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
