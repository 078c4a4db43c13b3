import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRefusal } from './api-refusal.ts'

const STEP_UP = 'error="insufficient_user_authentication"'

describe('a 401 that asks for a stronger sign-in', () => {
  test.each([
    [`Bearer ${STEP_UP}, acr_values="gold silver", max_age="5"`, ['gold', 'silver'], 5],
    [`bearer ${STEP_UP}, max_age=0`, undefined, 0],
    [`DPOP ${STEP_UP}, acr_values="urn:x:2fa"`, ['urn:x:2fa'], undefined],
    [`Basic realm="a", DPoP algs="ES256", ${STEP_UP}`, undefined, undefined],
    [`Bearer error="invalid_token", DPoP ${STEP_UP}, acr_values=gold`, ['gold'], undefined],
    [`Bearer ${STEP_UP}, ACR_VALUES=" a  b "`, ['a', 'b'], undefined],
  ])('%s', (header, acrValues, maxAge) => {
    expect(readRefusal(401, header)).toEqual({
      reason: 'step-up',
      requirement: {
        ...(acrValues === undefined ? {} : { acrValues }),
        ...(maxAge === undefined ? {} : { maxAge }),
      },
    })
  })

  test.each([
    [401, 'Basic error="insufficient_user_authentication"'],
    [401, 'Bearer error="invalid_token"'],
    [401, 'Bearer realm="insufficient_user_authentication"'],
    [403, `Bearer ${STEP_UP}`],
    [401, ''],
  ])('is not %d %s', (status, header) => {
    expect(readRefusal(status, header).reason).not.toBe('step-up')
  })

  test.each(['-1', '1.5', '1e3', ' 5', 'x', '99999999999', ''])(
    'has no max_age %j: only whole seconds of a plausible length count',
    (maxAge) => {
      const refusal = readRefusal(401, `Bearer ${STEP_UP}, max_age="${maxAge}"`)
      expect(refusal).toEqual({ reason: 'step-up', requirement: {} })
    },
  )

  test('passes on no value that is long, not ASCII, or one of too many', () => {
    const many = Array.from({ length: 100 }, (_, index) => `acr${index}`)
    const values = ['x'.repeat(257), 'gö', 'a\tb', ...many].join(' ')
    const refusal = readRefusal(401, `Bearer ${STEP_UP}, acr_values="${values}"`)
    expect(refusal).toEqual({
      reason: 'step-up',
      requirement: { acrValues: many.slice(0, 32) },
    })
  })
})

describe('a 403 with insufficient_scope', () => {
  test('names the scope', () => {
    const header = 'Bearer error="insufficient_scope", scope="api:read  api:write"'
    expect(readRefusal(403, header)).toEqual({ reason: 'scope', scope: ['api:read', 'api:write'] })
  })

  test('names none that is no scope', () => {
    const header = String.raw`Bearer error="insufficient_scope", scope="a\"b c\\d ok ${'x'.repeat(300)}"`
    expect(readRefusal(403, header)).toEqual({ reason: 'scope', scope: ['ok'] })
    const bare = 'DPoP error="insufficient_scope"'
    expect(readRefusal(403, bare)).toEqual({ reason: 'scope', scope: [] })
  })

  test('is nothing special with 401', () => {
    expect(readRefusal(401, 'Bearer error="insufficient_scope"')).toEqual({ reason: 'other' })
  })
})

test('the address of the metadata is found in any challenge about tokens', () => {
  const header =
    'Basic resource_metadata="x", DPoP algs="ES256", Bearer resource_metadata="https://a/b"'
  expect(readRefusal(401, header)).toEqual({
    reason: 'other',
    resourceMetadata: 'https://a/b',
  })
})

test('whatever a server sends, what is passed on is bounded and printable', () => {
  const text = fc.string({ maxLength: 400, unit: 'binary' })
  fc.assert(
    fc.property(text, text, fc.constantFrom(401, 403), (acr, scope, status) => {
      const error = status === 401 ? 'insufficient_user_authentication' : 'insufficient_scope'
      const header = `Bearer error="${error}", acr_values="${acr}", scope="${scope}"`
      const refusal = readRefusal(status, header)
      const words =
        refusal.reason === 'step-up'
          ? (refusal.requirement.acrValues ?? [])
          : refusal.reason === 'scope'
            ? refusal.scope
            : []
      expect(words.length).toBeLessThanOrEqual(64)
      for (const word of words) expect(word).toMatch(/^[\x21-\x7e]{1,256}$/)
    }),
  )
})
