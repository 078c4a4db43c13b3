import { inspect } from 'node:util'
import { expect } from 'vitest'
import { AuthError, type AuthErrorCode } from '../../src/contract/errors.ts'
import { MARK } from './fake-server.ts'

/** Expects a rejection with exactly this code, and that no form of the error shows a secret. */
export async function expectFailure(
  work: Promise<unknown> | (() => unknown),
  code: AuthErrorCode,
): Promise<AuthError> {
  const error: unknown = await Promise.resolve()
    .then(() => (typeof work === 'function' ? work() : work))
    .then(
      (value) => {
        throw new Error(`Expected ${code}, got ${inspect(value)}`)
      },
      (reason: unknown) => reason,
    )
  if (!(error instanceof AuthError)) throw error
  expect(error.code).toBe(code)
  expectNoSecret(error)
  return error
}

/** No token, code or verifier of the tests is in any text that this value can become. */
export function expectNoSecret(value: unknown): void {
  const forms = [
    String(value),
    JSON.stringify(value),
    inspect(value, { depth: 10, showHidden: true }),
    value instanceof Error ? `${value.message} ${String(value.cause)} ${value.stack ?? ''}` : '',
  ]
  for (const form of forms) {
    expect(form).not.toContain(MARK)
    expect(form).not.toContain('eyJ')
  }
}
