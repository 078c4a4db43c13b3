import { createApp, defineComponent, h, nextTick, watch, type App } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ALICE, AuthClientInTest } from '../../e2e/unit/auth-client-in-test.ts'
import { createAuth, useAuth } from './index.ts'

let client: AuthClientInTest
let place: HTMLElement
let app: App | undefined

const Name = defineComponent(() => {
  const { user, isReady, session } = useAuth()
  return () => h('p', isReady.value ? (user.value?.sub ?? session.value.status) : 'waiting')
})

beforeEach(() => {
  client = new AuthClientInTest()
  place = document.body.appendChild(document.createElement('div'))
  app = createApp(Name)
})
afterEach(() => {
  if (place.hasAttribute('data-v-app')) app?.unmount()
  place.remove()
  vi.restoreAllMocks()
})

test('components show who is signed in, and every change', async () => {
  app?.use(createAuth(client)).mount(place)
  expect(place.textContent).toBe('waiting')
  client.become({ status: 'signed-out' })
  await expect.poll(() => place.textContent).toBe('signed-out')
  client.tell(ALICE)
  await nextTick()
  expect(place.textContent).toBe('alice')
})

test('the refs are to read only, and work outside of components', async () => {
  const auth = createAuth(client)
  app?.use(auth)
  const names: unknown[] = []
  const stop = watch(auth.user, (user) => names.push(user?.['name']), { flush: 'sync' })
  client.become(ALICE)
  stop()
  expect(names).toEqual(['Alice'])
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  Reflect.set(auth.user, 'value', { sub: 'mallory' })
  expect(auth.user.value).toEqual(ALICE.user)
  expect(warn).toHaveBeenCalled()
})

test('an app that is unmounted hears nothing more', () => {
  const auth = createAuth(client)
  app?.use(auth).mount(place)
  app?.unmount()
  app = undefined
  client.become(ALICE)
  expect(auth.isSignedIn.value).toBe(false)
})

test('two apps with equal options register one worker', async () => {
  const register = vi.spyOn(navigator.serviceWorker, 'register').mockRejectedValue(new Error('no'))
  const auths = [1, 2].map(() => createAuth({ workerUrl: '/vue-sw.js' }))
  for (const auth of auths) createApp(Name).use(auth)
  await expect
    .poll(() => auths.map(({ error }) => error.value?.code))
    .toEqual(['worker-registration-failed', 'worker-registration-failed'])
  expect(register).toHaveBeenCalledTimes(1)
})

test('useAuth says what is missing: the plugin', () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  expect(() => app?.runWithContext(useAuth)).toThrow('app.use(createAuth())')
})

test('useAuth works wherever the app’s injections are, and says so elsewhere', () => {
  expect(() => useAuth()).toThrow('the object that createAuth() returned')
  const auth = createAuth(client)
  app?.use(auth)
  expect(app?.runWithContext(() => useAuth().loginWithPopup)).toBe(auth.loginWithPopup)
})
