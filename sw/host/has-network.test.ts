import { afterEach, expect, test, vi } from 'vitest'
import { hasNetwork } from './has-network.ts'

const at = (onLine: boolean): Parameters<typeof hasNetwork>[0] =>
  ({
    navigator: { onLine },
    location: { href: 'https://vault.example/guardian-sw.js' },
  }) as Parameters<typeof hasNetwork>[0]

afterEach(() => {
  vi.unstubAllGlobals()
})

test('asks the own host, without cookies and past the cache; any answer counts', async () => {
  const fetch = vi.fn(() => Promise.resolve(new Response('', { status: 404 })))
  vi.stubGlobal('fetch', fetch)
  expect(await hasNetwork(at(true))).toBe(true)
  expect(fetch.mock.calls).toMatchObject([
    [
      'https://vault.example/guardian-sw.js',
      { method: 'HEAD', cache: 'no-store', credentials: 'omit' },
    ],
  ])
})

test('there is none when the own host is not reached either, or the browser knows so', async () => {
  const fetch = vi.fn(() => Promise.reject(new TypeError('Failed to fetch')))
  vi.stubGlobal('fetch', fetch)
  expect(await hasNetwork(at(true))).toBe(false)
  expect(await hasNetwork(at(false))).toBe(false)
  expect(fetch).toHaveBeenCalledTimes(1)
})
