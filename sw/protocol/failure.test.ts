import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failure } from './failure.ts'

test('repeats an OAuth error code only when it is a short word of the safe alphabet', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 80 }), fc.constant('a'.repeat(65))),
      (oauthError) => {
        const error = failure('exchange-refused', 'exchange', { message: 'x', oauthError })
        const safe = /^[A-Za-z0-9_.-]{1,64}$/.test(oauthError) && !oauthError.includes('\n')
        expect(error.oauthError).toBe(safe ? oauthError : undefined)
      },
    ),
  )
  for (const oauthError of ['invalid_grant\n', '<b>', 'a b', 'ä', '', 'at=1', 'x'.repeat(65)]) {
    const error = failure('exchange-refused', 'exchange', { message: 'x', oauthError })
    expect(error.oauthError).toBeUndefined()
  }
})

test('gives every error a correlation id of its own, and no cause', () => {
  const [one, other] = [1, 2].map(() => failure('internal', 'request', { message: 'x' }))
  expect(one?.correlationId).not.toBe(other?.correlationId)
  expect(one?.cause).toBeUndefined()
})
