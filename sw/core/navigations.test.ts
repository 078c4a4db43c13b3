import { beforeEach, describe, expect, test } from 'vitest'
import { guardianInTest, type GuardianInTest } from '../../e2e/unit/guardian-in-test.ts'
import { APP, ISSUER } from '../../e2e/unit/parsed-config.ts'
import type { ResponseMode } from '../../src/contract/config.ts'
import { answerNavigation as answer, navigationKind } from './navigations.ts'

let guardian: GuardianInTest

beforeEach(async () => {
  guardian = await guardianInTest()
})

const kind = (url: string) => navigationKind(new URL(url), guardian.surroundings)

/** Where the navigation leads, once what goes on behind it is over too. */
async function answerNavigation(
  core: GuardianInTest['core'],
  kind: Parameters<typeof answer>[1],
  url: URL,
  body: URLSearchParams | undefined,
): Promise<string> {
  const location = await answer(core, kind, url, body, guardian.waitUntil)
  await guardian.settled()
  return location
}

describe('navigationKind', () => {
  test('knows the exact paths of this origin', () => {
    expect(kind(`${APP}/auth/login?request=x`)).toBe('login')
    expect(kind(`${APP}/auth/logout`)).toBe('logout')
    expect(kind(`${APP}/auth/callback?code=x#y`)).toBe('callback')
  })

  test.each([
    `${APP}/`,
    `${APP}/auth/callback/`,
    `${APP}/auth/callbackx`,
    `${APP}/auth/CALLBACK`,
    `${APP}/auth/%63allback`,
    `${APP}//auth/callback`,
    `${APP}:8443/auth/callback`,
    'http://app.example/auth/callback',
    'https://evil.example/auth/callback',
  ])('does not take %s for one of them', (url) => {
    expect(kind(url)).toBeUndefined()
  })
})

describe('answerNavigation', () => {
  async function deliver(
    mode: ResponseMode,
    how: (response: URLSearchParams) => [string, URLSearchParams?],
  ) {
    guardian = await guardianInTest({
      clients: { issuer: ISSUER, clientId: 'app', responseMode: mode },
    })
    const [suffix, body] = how(
      guardian.server.authorize(await guardian.startSignIn({ returnTo: '/in' })),
    )
    const url = new URL(`${APP}/auth/callback${suffix}`)
    const location = await answerNavigation(guardian.core, 'callback', url, body)
    expect(location).not.toContain('code')
    return { location, signedIn: (await guardian.tokens.read('default')) !== undefined }
  }

  test.each<[ResponseMode, (response: URLSearchParams) => [string, URLSearchParams?]]>([
    ['query', (response) => [`?${response}`]],
    ['fragment', (response) => [`#${response}`]],
    ['form_post', (response) => ['', response]],
  ])('signs in by a response in the %s', async (mode, how) => {
    expect(await deliver(mode, how)).toEqual({ location: `${APP}/in#_`, signedIn: true })
  })

  test.each<[ResponseMode, string, (response: URLSearchParams) => [string, URLSearchParams?]]>([
    ['query', 'the fragment', (response) => [`#${response}`]],
    ['query', 'a POST', (response) => ['', response]],
    ['fragment', 'the query', (response) => [`?${response}`]],
    [
      'fragment',
      'the fragment beside a query',
      (response) => [`?state=x`, undefined].map((part) => part ?? response) as [string],
    ],
    ['form_post', 'the query', (response) => [`?${response}`]],
    ['form_post', 'the query of a POST', (response) => [`?${response}`, new URLSearchParams()]],
  ])(
    'does not sign in where %s is configured and the response comes in %s',
    async (mode, _where, how) => {
      const { signedIn } = await deliver(mode, how)
      expect(signedIn).toBe(false)
      expect(guardian.server.count('token')).toBe(0)
    },
  )

  test('leads from login to the server, from logout to the server, and back', async () => {
    const login = new URL(await guardian.core.signIn.begin('default', {}), APP)
    const toServer = await answerNavigation(guardian.core, 'login', login, undefined)
    expect(toServer.startsWith(`${ISSUER}/authorize?`)).toBe(true)
    const path = await guardian.core.signOut.begin(
      'default',
      { returnTo: '/bye' },
      guardian.waitUntil,
    )
    const logout = new URL(path ?? '', APP)
    const toLogout = await answerNavigation(guardian.core, 'logout', logout, undefined)
    const state = new URL(toLogout).searchParams.get('state')
    const back = new URL(`${APP}/auth/logout?state=${state}`)
    expect(await answerNavigation(guardian.core, 'logout', back, undefined)).toBe(`${APP}/bye#_`)
  })

  test('lands on the start page for a login that nobody asked for', async () => {
    for (const query of ['', '?request=', '?request=x', '?probe']) {
      const url = new URL(`${APP}/auth/login${query}`)
      expect(await answerNavigation(guardian.core, 'login', url, undefined)).toBe(`${APP}/#_`)
    }
  })
})
