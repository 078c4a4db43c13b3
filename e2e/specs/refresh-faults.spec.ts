import { callApi, code, events, expect, status, test } from '../fixtures/app.ts'
import type { FaultOptions } from '../fixtures/control.ts'
import type { FaultKind } from '../servers/fault.ts'

const faults: Readonly<Record<string, readonly [FaultKind, FaultOptions?]>> = {
  'a dropped connection': ['drop'],
  'a connection that is cut after the server has rotated the token': ['drop-after'],
  'a 503': ['status', { status: 503 }],
  'a 429 with Retry-After': ['status', { status: 429, headers: { 'retry-after': '1' } }],
  'a login page with status 200': ['html'],
  'a truncated answer': ['truncate'],
  'an empty answer': ['empty'],
  'half of a JSON text': ['invalid-json'],
}

/** Seconds from one round to the next: more than a token lives and the longest pause after a failure. */
const ROUND_SECONDS = 100

test('whatever comes instead of new tokens never signs out, and the next call works', async ({
  page,
  signIn,
  clock,
  control,
}) => {
  await signIn(page)
  for (const [round, [name, [kind, options]]] of Object.entries(faults).entries()) {
    await test.step(name, async () => {
      await clock(ROUND_SECONDS * (round + 1))
      // Not only once: browsers repeat a request by themselves when a connection that they use again is cut.
      await control.as.fault('/token', kind, options)
      expect(await callApi(page), name).toMatchObject({ error: 'TypeError' })
      await expect
        .poll(async () => (await events(page).textContent())?.split('refresh-unavailable').length)
        .toBe(round + 2)
      await expect(status(page)).toHaveText('signed-in as alice')
      await control.as.reset()
      await clock(ROUND_SECONDS * (round + 1) + 10)
      expect(await callApi(page), name).toMatchObject({ status: 200 })
      await expect(status(page)).toHaveText('signed-in as alice')
    })
  }
})

test('a token endpoint that never answers fails the call at the deadline, and the next call works', async ({
  page,
  signIn,
  clock,
  control,
}) => {
  await signIn(page)
  await clock(61)
  await control.as.fault('/token', 'hang', { times: 1 })
  const started = Date.now()
  expect(await callApi(page)).toMatchObject({ error: 'TypeError' })
  expect(Date.now() - started).toBeLessThan(15_000)
  await expect(events(page)).toContainText('refresh-unavailable')
  await expect(status(page)).toHaveText('signed-in as alice')
  // After the pause that follows a failure.
  await clock(80)
  expect(await callApi(page)).toMatchObject({ status: 200 })
})

test('a server that is down for 60 s keeps the session: calls fail meanwhile, and work when it is back', async ({
  page,
  signIn,
  clock,
  control,
}) => {
  await signIn(page)
  await control.as.fault('/', 'drop')
  for (const seconds of [35, 45, 55]) {
    await clock(seconds)
    expect(await callApi(page), `the token is good after ${seconds} s`).toMatchObject({
      status: 200,
    })
  }
  for (const seconds of [61, 80, 95]) {
    await clock(seconds)
    expect(await callApi(page), `the token is over after ${seconds} s`).toMatchObject({
      error: 'TypeError',
    })
    await expect(status(page)).toHaveText('signed-in as alice')
  }
  await control.as.reset()
  // After the longest pause of tokens that live for a minute.
  await clock(140)
  expect(await callApi(page)).toMatchObject({ status: 200 })
  await expect(code(page)).toBeHidden()
})

test('a revoked grant ends the session with session-ended, and a new sign-in works', async ({
  page,
  signIn,
  control,
}) => {
  await signIn(page)
  await control.as.revoke('alice')
  expect(await callApi(page)).toMatchObject({ status: 401 })
  await expect(status(page)).toHaveText('interaction-required')
  await expect(code(page)).toHaveText('session-ended')
  expect(await control.as.count('POST /token')).toBe(2)
  await signIn(page)
  expect(await callApi(page)).toMatchObject({ status: 200 })
})
