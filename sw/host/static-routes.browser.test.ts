import { describe, expect, test } from 'vitest'
import { APP, ISSUER, configWith } from '../../e2e/unit/parsed-config.ts'
import type { GuardianConfig } from '../../src/contract/config.ts'
import { addStaticRoutes, staticRoutes, type LeaveToNetwork } from './static-routes.ts'

type Rule = ReturnType<typeof staticRoutes>[number]

declare class URLPattern {
  constructor(init: object)
  test(url: string): boolean
}

/** Where the browser sends a request by these rules: the first that matches decides; without one the worker is asked. */
function sourceOf(url: string, rules: readonly Rule[]): Rule['source'] {
  const matches = ({ urlPattern, not }: Rule['condition']): boolean =>
    not ? !matches(not) : new URLPattern(urlPattern ?? {}).test(url)
  return rules.find(({ condition }) => matches(condition))?.source ?? 'fetch-event'
}

function rules(
  leaveToNetwork: LeaveToNetwork = 'everything',
  change: Partial<GuardianConfig> = {},
  origin = APP,
): Rule[] {
  return staticRoutes(configWith(change), origin, leaveToNetwork)
}

describe('the static routes', () => {
  test.each([
    `${APP}/auth/login?request=x`,
    `${APP}/auth/login?probe`,
    `${APP}/auth/logout`,
    `${APP}/auth/logout?state=x#y`,
    `${APP}/auth/callback`,
    `${APP}/auth/callback?code=x&state=y`,
    `${APP}/auth/callback#code=x`,
    'https://api.example/v1/',
    'https://api.example/v1/me?x=y#z',
    'https://api.example/v1/a/b/c',
    'https://api.example:443/v1/me',
  ])('bring %s to the worker whatever else is left to the network', (url) => {
    for (const leave of ['nothing', 'cross-origin', 'everything'] as const) {
      expect(sourceOf(url, rules(leave))).toBe('fetch-event')
    }
  })

  test.each([
    `${APP}/`,
    `${APP}/auth/callback/x`,
    `${APP}/auth/callbackx`,
    `${APP}/x/auth/callback`,
    `${APP}:8443/auth/callback`,
    'http://app.example/auth/callback',
    'https://app.example.evil/auth/callback',
    'https://evil.example/auth/callback',
    'https://appxexample/auth/callback',
    'https://api.example/v1',
    'https://api.example/v10/me',
    'https://api.example/debug',
    'http://api.example/v1/me',
    'https://api.example:8443/v1/me',
    'https://api.example.evil/v1/me',
    'https://apixexample/v1/me',
    `${ISSUER}/token`,
  ])('leave %s to the network when everything else is', (url) => {
    expect(sourceOf(url, rules('everything'))).toBe('network')
  })

  test('leave other origins to the network, and this one to the worker, by default', () => {
    const byDefault = rules('cross-origin')
    for (const url of [`${APP}/`, `${APP}/image.png?x`, `${APP}/a/b#c`]) {
      expect(sourceOf(url, byDefault)).toBe('fetch-event')
    }
    for (const url of [
      `${ISSUER}/token`,
      'https://cdn.example/x.js',
      `${APP}:8443/`,
      'http://app.example/',
    ]) {
      expect(sourceOf(url, byDefault)).toBe('network')
    }
  })

  test('leave nothing to the network when told so', () => {
    for (const url of [`${APP}/`, `${ISSUER}/token`]) {
      expect(sourceOf(url, rules('nothing'))).toBe('fetch-event')
    }
  })

  test('bring links for downloads to the worker where there are any, and their path is the app’s elsewhere', () => {
    const link = `${APP}/auth/download/3e4d`
    const resources = [{ url: 'https://api.example/v1/', destinations: ['download'] as const }]
    expect(sourceOf(link, rules('everything', { resources }))).toBe('fetch-event')
    expect(sourceOf(`${APP}/auth/download`, rules('everything', { resources }))).toBe('network')
    expect(
      sourceOf('https://evil.example/auth/download/3e4d', rules('everything', { resources })),
    ).toBe('network')
    expect(sourceOf(link, rules('everything'))).toBe('network')
  })

  test.each([
    'http://localhost:4001/v1/',
    'http://127.0.0.1:4001/v1/',
    'http://[::1]:4001/v1/',
    'https://xn--bcher-kva.example/',
    'https://api.example/a+b/(c)/',
    'https://api.example/a*b/:id/',
    'https://api.example/caf%C3%A9/',
    'https://api.example/{x}/',
    'https://api.example/a|b^c$/',
    "https://api.example/~a'b!/",
    'https://api.example/a%20b/',
    'https://api.example/[x]/',
  ])('bring exactly the resource %s to the worker', (text) => {
    const url = new URL(text).href
    const found = rules('everything', { resources: [{ url }] }, 'http://localhost:5173')
    expect(sourceOf(url, found)).toBe('fetch-event')
    expect(sourceOf(`${url}me/x?y#z`, found)).toBe('fetch-event')
    expect(sourceOf(new URL('/other/', url).href, found)).toBe(
      new URL(url).pathname === '/' ? 'fetch-event' : 'network',
    )
    expect(sourceOf('https://evil.example/v1/', found)).toBe('network')
    expect(sourceOf('https://api.example/aXb/1/', found)).toBe('network')
  })

  test('name every redirect path once', () => {
    const clients = {
      one: { issuer: ISSUER, clientId: '1' },
      two: { issuer: ISSUER, clientId: '2' },
      three: { issuer: ISSUER, clientId: '3', redirectPath: '/cb.html' },
    }
    const found = rules('everything', { clients, resources: [] })
    expect(found).toHaveLength(5)
    expect(sourceOf(`${APP}/cb.html?code=x`, found)).toBe('fetch-event')
    expect(sourceOf(`${APP}/cbxhtml?code=x`, found)).toBe('network')
  })
})

describe('addStaticRoutes', () => {
  test('does without where the browser has no such API, and where it refuses', async () => {
    const waited: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>): void => void waited.push(work)
    addStaticRoutes({ waitUntil } as never, configWith(), APP, 'cross-origin')
    expect(waited).toEqual([])
    const addRoutes = (): Promise<void> => Promise.reject(new TypeError('no'))
    addStaticRoutes({ waitUntil, addRoutes } as never, configWith(), APP, 'cross-origin')
    await Promise.all(waited)
    expect(waited).toHaveLength(1)
  })
})
