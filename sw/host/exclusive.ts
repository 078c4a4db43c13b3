import { failure } from '../protocol/failure.ts'

/** Milliseconds to wait for the lock: longer than a refresh by another worker may take. Page script can hold it for ever. */
const DEADLINE_MS = 20_000

/** Runs a task under a Web Lock, so that an old and a new worker do not run it at once. */
export async function exclusive<Result>(
  locks: LockManager,
  name: string,
  task: () => Promise<Result>,
  deadlineMs = DEADLINE_MS,
): Promise<Result> {
  // The outcome is kept outside: page script can steal the lock, which rejects the request but not the task.
  let outcome: Promise<Result> | undefined
  try {
    await locks.request(
      `token-guardian ${name}`,
      { signal: AbortSignal.timeout(deadlineMs) },
      async () => {
        outcome = task()
        await outcome.catch(() => undefined)
      },
    )
  } catch {
    // Not granted in time, or stolen: the outcome says which.
  }
  if (outcome !== undefined) return outcome
  throw failure('refresh-unavailable', 'refresh', {
    message:
      'Another worker or a script in the page held the lock for too long; the session is kept',
  })
}
