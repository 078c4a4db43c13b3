import type { AuthError, AuthErrorCode } from '../contract/errors.ts'
import { authError } from './auth-error.ts'
import type { FakeAnswer, FakeMethod } from './fake-controls.ts'

/** How the calls of a fake client end, as the test said. */
export class FakeAnswers {
  readonly #answers = new Map<FakeMethod, FakeAnswer>()
  readonly #waiting = new Map<FakeMethod, Set<() => void>>()

  set(method: FakeMethod, answer: FakeAnswer): void {
    this.#answers.set(method, answer)
    const resolves = this.#waiting.get(method) ?? []
    this.#waiting.delete(method)
    for (const resolve of resolves) resolve()
  }

  /** Resolves when a call of this method succeeds. @throws AuthError when it is to fail */
  async outcomeOf(method: FakeMethod): Promise<void> {
    while (this.#answers.get(method) === 'waits') {
      await new Promise<void>((resolve) => {
        const others = this.#waiting.get(method) ?? new Set()
        this.#waiting.set(method, others.add(resolve))
      })
    }
    const answer = this.#answers.get(method)
    if (typeof answer === 'object') throw errorOf(answer.fails)
  }
}

export function errorOf(failure: AuthErrorCode | AuthError): AuthError {
  return typeof failure === 'string' ? authError(failure) : failure
}
