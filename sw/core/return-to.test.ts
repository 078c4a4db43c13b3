import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { guardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP } from '../../e2e/unit/parsed-config.ts'
import { isAuthError } from '../../src/contract/errors.ts'
import { landingUrl, storedLandingUrl } from './return-to.ts'
import type { Surroundings } from './surroundings.ts'

const { surroundings } = await guardianInTest()
const inFolder: Surroundings = { ...surroundings, home: `${APP}/app/` }

describe('landingUrl', () => {
  test.each([
    [undefined, `${APP}/#_`],
    ['/', `${APP}/#_`],
    ['', `${APP}/#_`],
    ['/orders?page=2', `${APP}/orders?page=2#_`],
    ['orders', `${APP}/orders#_`],
    [`${APP}/orders`, `${APP}/orders#_`],
    ['/orders#top', `${APP}/orders#top`],
    ['/orders#', `${APP}/orders#_`],
    ['#', `${APP}/#_`],
    ['/a/../b', `${APP}/b#_`],
    [`${APP}:443/x`, `${APP}/x#_`],
    ['/?next=https://evil.example/', `${APP}/?next=https://evil.example/#_`],
  ])('lands %j on %s', (input, expected) => {
    expect(landingUrl(input, surroundings)).toBe(expected)
  })

  test('reads a relative URL from the start page of the app', () => {
    expect(landingUrl('orders', inFolder)).toBe(`${APP}/app/orders#_`)
    expect(landingUrl(undefined, inFolder)).toBe(`${APP}/app/#_`)
    expect(landingUrl('../x', inFolder)).toBe(`${APP}/x#_`)
  })

  test.each([
    'https://evil.example/',
    'http://app.example/',
    'https://app.example:8443/',
    'https://app.example.evil/',
    'https://app.example./',
    'https://app.example@evil.example/',
    'https://user@app.example/',
    'https://user:pass@app.example/',
    'https://:pass@app.example/',
    '//evil.example/',
    '///evil.example/',
    '/\\evil.example/',
    '\\\\evil.example/',
    '/x\\y',
    '/\t/evil.example/',
    '/\n/evil.example',
    '/x\r\nSet-Cookie: a=b',
    ' /x',
    '/x y',
    '\u0000/',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'blob:https://app.example/x',
    'filesystem:https://app.example/x',
    'about:blank',
    'view-source:https://app.example/',
    'ws://app.example/',
    'https://',
    'https://[',
    '/auth/login',
    '/auth/login?request=x',
    '/auth/logout',
    '/auth/callback',
    '/auth/callback?code=x&state=y',
    '/auth/./callback',
    '/x/../auth/callback#z',
    `${APP}/auth/callback`,
  ])('refuses %j', async (input) => {
    await expectFailure(() => landingUrl(input, surroundings), 'invalid-return-to')
  })

  test('lands on this origin with a fragment that is not empty, or refuses, whatever it is given', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'https:',
        'javascript:',
        'blob:',
        '//',
        '/',
        '\\',
        '@',
        ':',
        '#',
        '?',
        '.',
        '\t',
        '\r\n',
        ' ',
        'app.example',
        'evil.example',
        'auth/callback',
        '%2f',
        '%0d%0a',
        '％',
        '。',
      ),
      fc.string({ maxLength: 3 }),
    )
    const input = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      fc.array(piece, { maxLength: 4 }).map((pieces) => `${APP}${pieces.join('')}`),
      fc.array(piece, { maxLength: 3 }).map((pieces) => `https://${pieces.join('')}@app.example/`),
      piece.map((text) => `blob:${APP}/${text}`),
      fc.string(),
    )
    fc.assert(
      fc.property(input, (text) => {
        let landing: string
        try {
          landing = landingUrl(text, surroundings)
        } catch (error) {
          if (!isAuthError(error) || error.code !== 'invalid-return-to') throw error
          return
        }
        expect(landing.startsWith(`${APP}/`)).toBe(true)
        const url = new URL(landing)
        expect(url.hash.length).toBeGreaterThan(1)
        expect(url.username + url.password).toBe('')
        expect(['/auth/login', '/auth/logout', '/auth/callback']).not.toContain(url.pathname)
        // Nothing in it could end the header that it is sent in.
        // eslint-disable-next-line no-control-regex
        expect(landing).not.toMatch(/[\u0000-\u0020\u007f\\]/)
        // What was stored lands on the same place.
        expect(landingUrl(landing, surroundings)).toBe(landing)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('storedLandingUrl', () => {
  test('leads to the start page when what was stored is wrong now', () => {
    for (const stored of ['https://evil.example/', 'javascript:x', '/auth/callback', undefined]) {
      expect(storedLandingUrl(stored, surroundings)).toBe(`${APP}/#_`)
    }
    expect(storedLandingUrl(`${APP}/orders#_`, surroundings)).toBe(`${APP}/orders#_`)
  })
})

describe('landingUrl of a vault', () => {
  const other = 'https://other.example'
  const vault: Surroundings = {
    ...surroundings,
    origin: 'https://vault.example',
    returnOrigins: [APP, other],
  }

  test('lands on the configured apps only, and by default on the one that asks', () => {
    expect(landingUrl(undefined, vault)).toBe(`${APP}/#_`)
    expect(landingUrl(undefined, vault, other)).toBe(`${other}/#_`)
    expect(landingUrl('/orders', vault, other)).toBe(`${other}/orders#_`)
    expect(landingUrl(`${APP}/orders`, vault, other)).toBe(`${APP}/orders#_`)
    // On the app's origin these are paths like any other.
    expect(landingUrl('/auth/callback', vault)).toBe(`${APP}/auth/callback#_`)
  })

  test.each([
    'https://vault.example/',
    'https://vault.example/auth/callback',
    'https://evil.example/',
    `${APP}.evil.example/`,
    `${APP}@evil.example/`,
    '//evil.example/',
    'javascript:alert(1)',
  ])('refuses %s', async (input) => {
    await expectFailure(async () => landingUrl(input, vault, APP), 'invalid-return-to')
    expect(storedLandingUrl(input, vault)).toBe(`${APP}/#_`)
  })
})
