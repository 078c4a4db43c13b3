import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bearerError, dpopError } from './bearer-challenge.ts'

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/)
const quoted = fc
  .string({ maxLength: 20 })
  .filter((text) => !/[^\t\x20-\x7e]/.test(text))
  .map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`)
const parameter = fc
  .tuple(token, fc.oneof(token, quoted))
  .filter(([name]) => name.toLowerCase() !== 'error')
  .map(([name, value]) => `${name}=${value}`)
const otherChallenge = fc
  .tuple(
    fc.constantFrom('Basic', 'DPoP', 'Digest', 'Negotiate', 'GNAP'),
    fc.array(fc.oneof(parameter, fc.constant('error="use_dpop_nonce"')), { maxLength: 3 }),
  )
  .map(([scheme, parameters]) => `${scheme} ${parameters.join(', ')}`.trim())

describe('bearerError', () => {
  test.each([
    ['Bearer error="invalid_token"', 'invalid_token'],
    ['Bearer error=invalid_token', 'invalid_token'],
    ['bearer ERROR="invalid_token"', 'invalid_token'],
    ['BEARER  error="invalid_token"', 'invalid_token'],
    ['Bearer realm="a", error="invalid_token", error_description="it, expired"', 'invalid_token'],
    ['Bearer realm="say \\"error=x\\"",error="insufficient_scope"', 'insufficient_scope'],
    [String.raw`Bearer error="in\valid_token"`, 'invalid_token'],
    ['DPoP error="use_dpop_nonce", Bearer error="invalid_token"', 'invalid_token'],
    ['Basic YWJj==, Bearer error="invalid_token"', 'invalid_token'],
    ['Negotiate, Bearer error="invalid_token"', 'invalid_token'],
    ['Basic realm="Bearer error=x", Bearer error="invalid_token"', 'invalid_token'],
    [', ,Bearer error="invalid_token"', 'invalid_token'],
    ['Bearer, Bearer error="invalid_token"', 'invalid_token'],
  ])('reads %s', (header, expected) => {
    expect(bearerError(header)).toBe(expected)
  })

  test('reads white space around the equals sign, as RFC 9110 section 11.2 wants', () => {
    expect(bearerError('Bearer error = "invalid_token"')).toBe('invalid_token')
  })

  test.each([
    '',
    'Bearer',
    'Bearer realm="x"',
    'Bearer error_description="invalid_token"',
    'DPoP error="invalid_token"',
    'Basic realm="error=invalid_token"',
    'Bearer realm="error=\\"invalid_token\\""',
    'Bearer realm="error="invalid_token',
    'Bearer, DPoP error="invalid_token"',
    'xBearer error="invalid_token"',
    'error="invalid_token"',
    'Bearer error=',
    'Bearer error="invalid_token',
    '"Bearer error=invalid_token"',
  ])('finds no bearer error in %j', (header) => {
    expect(bearerError(header)).toBeUndefined()
  })

  test('never throws and always ends, whatever a server sends', () => {
    const piece = fc.constantFrom('Bearer', ' ', ',', '=', '"', '\\', 'error', 'a', '==', '\t')
    const header = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 40 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(header, (text) => {
        expect(['string', 'undefined']).toContain(typeof bearerError(text))
      }),
      { numRuns: 2000 },
    )
    for (const text of [
      'Bearer '.repeat(5000),
      `Bearer ${'a'.repeat(50_000)}`,
      '"'.repeat(50_000),
    ]) {
      bearerError(text)
    }
  })

  test('finds the bearer challenge before and after any others', () => {
    const bearer = fc
      .array(parameter, { maxLength: 2 })
      .map((parameters) => `Bearer ${[...parameters, 'error="invalid_token"'].join(', ')}`)
    const others = fc.array(otherChallenge, { maxLength: 3 })
    fc.assert(
      fc.property(others, bearer, others, (before, mine, after) => {
        expect(bearerError([...before, mine, ...after].join(', '))).toBe('invalid_token')
        expect(bearerError([...before, ...after].join(', '))).toBeUndefined()
      }),
    )
  })
})

describe('dpopError', () => {
  test.each([
    ['DPoP error="use_dpop_nonce"', 'use_dpop_nonce'],
    ['dpop error=use_dpop_nonce', 'use_dpop_nonce'],
    ['DPOP algs="ES256 PS256", error="use_dpop_nonce", error_description="a, b"', 'use_dpop_nonce'],
    ['Bearer error="invalid_token", DPoP error="use_dpop_nonce"', 'use_dpop_nonce'],
    ['DPoP algs="ES256", Bearer error="x", DPoP error="use_dpop_nonce"', 'use_dpop_nonce'],
  ])('reads %s', (header, expected) => {
    expect(dpopError(header)).toBe(expected)
  })

  test.each(['', 'DPoP', 'Bearer error="use_dpop_nonce"', 'DPoP algs="error=use_dpop_nonce"'])(
    'finds no DPoP error in %j',
    (header) => {
      expect(dpopError(header)).toBeUndefined()
    },
  )
})
