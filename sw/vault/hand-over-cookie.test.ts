import { expect, test } from 'vitest'
import { expectFailure } from '../../e2e/unit/expect-failure.ts'
import { MARK } from '../../e2e/unit/fake-server.ts'
import { writeHandOver } from '../core/hand-over.ts'
import { HAND_OVER_COOKIE, cookieCourier, handOverIn, putHandOver } from './hand-over-cookie.ts'

const handOver = {
  errand: 'e',
  client: 'c',
  appOrigin: 'https://app.example',
  state: 's',
  response: `code=${MARK}`,
}

function cookieStore(set: (cookie: CookieInit) => Promise<void>): { cookieStore: CookieStore } {
  return { cookieStore: { set } as unknown as CookieStore }
}

test('sets one cookie of this host alone, for a minute, which the frame reads', async () => {
  const cookies: CookieInit[] = []
  const before = Date.now()
  await putHandOver(
    cookieStore((cookie) => Promise.resolve(void cookies.push(cookie))),
    handOver,
  )
  expect(cookies).toMatchObject([{ path: '/', sameSite: 'strict' }])
  const [{ name, value, expires, domain } = {} as CookieInit] = cookies
  expect(name).toMatch(/^__Host-/)
  expect(domain).toBeUndefined()
  expect(Number(expires) - before).toBeGreaterThanOrEqual(60_000)
  expect(Number(expires) - Date.now()).toBeLessThanOrEqual(60_000)
  expect(handOverIn(`a=b; ${name}=${value}; c=d`)).toEqual(handOver)
})

test('fails with a code when there are no cookies, they are refused, or it is too long for one', async () => {
  await expectFailure(putHandOver({}, handOver), 'hand-over-failed')
  const refuse = cookieStore(() => Promise.reject(new TypeError(MARK)))
  await expectFailure(putHandOver(refuse, handOver), 'hand-over-failed')
  const set = cookieStore(() => Promise.resolve())
  const long = { ...handOver, response: `code=${'x'.repeat(4096)}` }
  await expectFailure(putHandOver(set, long), 'hand-over-failed')
})

test.each([
  '',
  `token-guardian=${writeHandOver(handOver)}`,
  `__Secure-token-guardian=${writeHandOver(handOver)}`,
  `x${HAND_OVER_COOKIE}=${writeHandOver(handOver)}`,
  `${HAND_OVER_COOKIE}`,
  `${HAND_OVER_COOKIE}=`,
  `${HAND_OVER_COOKIE}=x`,
  `a=${HAND_OVER_COOKIE}=${writeHandOver(handOver)}`,
])('finds nothing in other cookies (%s)', (cookies) => {
  expect(handOverIn(cookies)).toBeUndefined()
})

test('remembers for an hour where the response of a login link belongs, and gives it out once', async () => {
  const cookies = new Map<string, CookieInit>()
  const store = {
    set: async (cookie: CookieInit) => void cookies.set(cookie.name, cookie),
    get: async (name: string) => cookies.get(name) ?? null,
    delete: async (name: string) => void cookies.delete(name),
  }
  const courier = cookieCourier({ cookieStore: store as unknown as CookieStore })
  const home = { client: 'default', appOrigin: 'https://app.example', returnTo: '/' }
  await courier.keepHome('id', home)
  const [cookie] = [...cookies.values()]
  expect(cookie).toMatchObject({ path: '/', sameSite: 'strict' })
  expect(cookie?.name).toMatch(/^__Host-/)
  expect(Number(cookie?.expires) - Date.now()).toBeGreaterThan(3_590_000)
  expect(await courier.takeHome('other')).toBeUndefined()
  expect(await courier.takeHome('id')).toEqual(home)
  expect(await courier.takeHome('id')).toBeUndefined()
})

test('knows no home where cookies do not work, or hold something else', async () => {
  const refuse = (): Promise<never> => Promise.reject(new TypeError(MARK))
  const broken = { set: refuse, get: refuse, delete: refuse }
  for (const cookieStore of [undefined, broken]) {
    const scope = cookieStore ? { cookieStore: cookieStore as unknown as CookieStore } : {}
    const home = { client: 'default', appOrigin: 'https://app.example', returnTo: '/' }
    await cookieCourier(scope).keepHome('id', home)
    expect(await cookieCourier(scope).takeHome('id')).toBeUndefined()
  }
  for (const value of ['', 'x', 'e30', writeHandOver(handOver)]) {
    const get = (): Promise<CookieListItem> => Promise.resolve({ name: 'x', value })
    const cookieStore = { get, delete: refuse } as unknown as CookieStore
    expect(await cookieCourier({ cookieStore }).takeHome('id')).toBeUndefined()
  }
})
