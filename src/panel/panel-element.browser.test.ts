import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AuthClient } from '../client/auth-client.ts'
import { waysOfClients } from '../client/guardian-link.ts'
import { AuthError } from '../contract/errors.ts'
import type { Session } from '../contract/session.ts'
import type { Timeline } from '../contract/timeline.ts'
import { mountPanel } from './mount-panel.ts'
import type { TokenGuardianPanel } from './panel-element.ts'

interface ClientInTest {
  readonly client: AuthClient
  readonly asked: () => number
  readonly subscriptions: () => number
  readonly tell: (event: string, detail: unknown) => void
  answer: () => Promise<unknown>
}

/** A client whose guardian answers what the test says. */
function clientInTest(user: string): ClientInTest {
  const session: Session = {
    status: 'signed-in',
    user: { sub: user },
    scope: ['openid'],
    expiresAt: null,
    stale: false,
  }
  const listeners = new Set<readonly [string, (detail: unknown) => void]>()
  let asked = 0
  const client = {
    ready: async () => session,
    session,
    on: (event: string, listener: (detail: unknown) => void) => {
      const entry = [event, listener] as const
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
  } as unknown as AuthClient
  const test: ClientInTest = {
    client,
    asked: () => asked,
    subscriptions: () => listeners.size,
    tell: (event, detail) => {
      for (const [name, listener] of listeners) if (name === event) listener(detail)
    },
    answer: async () => timelineOf(user),
  }
  const ask = (async () => {
    asked += 1
    return test.answer()
  }) as never
  waysOfClients.set(client, { link: { ask, vault: undefined }, client: {} })
  return test
}

function timelineOf(client: string): Timeline {
  const rule = `https://${client}.example/v1/` as const
  return {
    client,
    entries: [
      { what: 'request', at: Date.now(), client, rule, method: 'GET', outcome: 'sent', ms: 1 },
    ],
    tokens: [{ rule }],
    hasRefreshToken: true,
  }
}

const shown = (panel: TokenGuardianPanel): string => panel.shadowRoot?.textContent ?? ''
const button = (panel: TokenGuardianPanel, name: RegExp): HTMLButtonElement =>
  [...(panel.shadowRoot?.querySelectorAll('button') ?? [])].find(({ textContent }) =>
    name.test(textContent),
  )!

let one: ClientInTest
let panel: TokenGuardianPanel

function mount(...[clients, options]: Parameters<typeof mountPanel>): TokenGuardianPanel {
  const mounted = mountPanel(clients, { show: 'always', ...options })
  if (!mounted) throw new Error('The panel was not mounted')
  return mounted
}

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
  one = clientInTest('alice')
})
afterEach(() => {
  document.querySelector('token-guardian-panel')?.remove()
  vi.useRealTimers()
})

describe('the panel', () => {
  test('is not there unless somebody asks for it', () => {
    expect(mountPanel(one.client)).toBeUndefined()
    expect(document.querySelector('token-guardian-panel')).toBeNull()
    expect(one.subscriptions()).toBe(0)
  })

  test('asks while it is open: soon after something happened, and now and then', async () => {
    panel = mount(one.client)
    await vi.advanceTimersByTimeAsync(200)
    expect(one.asked()).toBe(1)
    expect(shown(panel)).toContain('https://alice.example/v1/')
    one.tell('session', one.client.session)
    await vi.advanceTimersByTimeAsync(200)
    expect(one.asked()).toBe(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(one.asked()).toBeGreaterThan(10)
  })

  test('asks nothing while it is closed, and notes what the page is told', async () => {
    panel = mount(one.client)
    button(panel, /Close/).click()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(one.asked()).toBe(0)
    one.tell('update', { reason: 'outdated' })
    button(panel, /Guardian/).click()
    await vi.advanceTimersByTimeAsync(200)
    expect(one.asked()).toBe(1)
    expect(shown(panel)).toContain('page and worker are of different versions')
  })

  test('leaves nothing behind when it is removed, also while a question is under way', async () => {
    panel = mount(one.client)
    let answer: (value: unknown) => void = () => undefined
    one.answer = async () => new Promise((resolve) => (answer = resolve))
    await vi.advanceTimersByTimeAsync(200)
    panel.remove()
    answer(timelineOf('alice'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(one.asked()).toBe(1)
    expect(one.subscriptions()).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('does not ask by the clock while a new version of the worker waits', async () => {
    panel = mount(one.client)
    one.tell('update', { reason: 'waiting' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(one.asked()).toBe(1)
  })

  test('says calmly that a guardian keeps no timeline, or does not answer', async () => {
    const failing = (code: 'invalid-request' | 'worker-unresponsive') => async () => {
      const wire = { code, phase: 'request', message: '', retryable: false } as const
      throw new AuthError({ ...wire, correlationId: 'c' })
    }
    one.answer = failing('invalid-request')
    panel = mount(one.client)
    await vi.advanceTimersByTimeAsync(200)
    expect(shown(panel)).toContain('The guardian keeps no timeline')
    one.answer = failing('worker-unresponsive')
    await vi.advanceTimersByTimeAsync(6000)
    expect(shown(panel)).toContain('The guardian does not answer now')
    one.answer = async () => ({ what: 'nonsense' })
    await vi.advanceTimersByTimeAsync(6000)
    expect(shown(panel)).toContain('or it is of an older version')
  })

  test('shows several clients by their names, one at a time', async () => {
    panel = mount({ work: one.client, home: clientInTest('bob').client })
    await vi.advanceTimersByTimeAsync(200)
    const select = panel.shadowRoot!.querySelector('select')!
    expect([...select.options].map(({ value }) => value)).toEqual(['work', 'home'])
    expect(shown(panel)).not.toContain('bob')
    select.value = 'home'
    select.dispatchEvent(new Event('change'))
    expect(shown(panel)).toContain('https://bob.example/v1/')
    expect(shown(panel)).not.toContain('alice')
  })

  test('shows what the guardian and other checks find wrong with the deployment, as text', () => {
    panel = mount(one.client, {
      findings: [{ level: 'error', what: '<b>PKCE</b> is missing', change: 'require_pkce: true' }],
    })
    const message = 'The callback answers 200'
    const warning = {
      code: 'deployment-unsafe',
      phase: 'request',
      message,
      retryable: false,
    } as const
    for (let n = 0; n < 2; n += 1) {
      one.tell('error', new AuthError({ ...warning, correlationId: `c${n}` }))
    }
    const items = [...panel.shadowRoot!.querySelectorAll('.warnings li')]
    expect(items.map(({ textContent }) => textContent)).toEqual([
      'warning The callback answers 200',
      'error <b>PKCE</b> is missingrequire_pkce: true',
    ])
    expect(button(panel, /Guardian/).textContent).toBe('Guardian: signed-in, 2 to look at')
  })

  test('is there once, however often it is mounted', () => {
    panel = mount(one.client)
    const other = clientInTest('bob')
    expect(mount(other.client)).toBe(panel)
    expect(document.querySelectorAll('token-guardian-panel')).toHaveLength(1)
    expect(one.subscriptions()).toBe(0)
    expect(other.subscriptions()).toBe(4)
  })
})
