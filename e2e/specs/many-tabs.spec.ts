import { expect, test } from '../fixtures/app.ts'
import { errorCodes, signInHere } from '../fixtures/client-calls.ts'
import { closeTabsInRounds } from '../fixtures/closing-tabs.ts'
import { callsThatFailed, everyTabSays, openCrowd, sessionsTold } from '../fixtures/crowd.ts'
import { sentAfterSuccessor } from '../fixtures/kill-rounds.ts'
import { seededRandom } from '../fixtures/random.ts'

const TABS = 20
const EXPIRIES = 3
const CLOSING_TABS = 12
/** To see a failure again: `TABS_SEED=<the printed one>`. The order is the same; what the browser does then is not. */
const seed = Number(process.env['TABS_SEED'] ?? Date.now() % 1_000_000)

/** The host's own policy allows no other workers than the guardian. */
const withWorkers = { protections: { csp: false } }

test.setTimeout(180_000)

test('twenty tabs, their dedicated workers and the shared one of all over three expiries: one refresh each, every call answered, every event in every tab', async ({
  context,
  startApp,
  clock,
  control,
}) => {
  const { origin, apiOrigin } = await startApp(withWorkers)
  const tabs = await openCrowd(context, origin, TABS)
  const [first, second] = tabs as [(typeof tabs)[0], (typeof tabs)[0]]
  await signInHere(first)
  await everyTabSays(tabs, 'signed-in')
  for (let expiry = 1; expiry <= EXPIRIES; expiry += 1) {
    await clock(expiry * 65, origin)
    // Slow enough that every tab asks while the refresh is under way.
    await control.as.fault('/token', 'hang', { times: 1 })
    const calls = tabs.map((tab) => callsThatFailed(tab, apiOrigin, { ofPage: 4, ofWorkers: 2 }))
    await expect.poll(() => control.as.count('POST /token')).toBe(1 + expiry)
    await control.as.release()
    expect((await Promise.all(calls)).flat()).toEqual([])
    expect(await control.as.count('POST /token')).toBe(1 + expiry)
  }
  await second.evaluate(() => window.client.logout({ localOnly: true }))
  await everyTabSays(tabs, 'signed-out')

  const { usedRefreshTokens } = await control.as.issued()
  expect(usedRefreshTokens).toHaveLength(EXPIRIES)
  expect(new Set(usedRefreshTokens).size).toBe(EXPIRIES)
  const withoutToken = (await control.api.log('/v1/')).filter(
    ({ authorization }) => authorization !== 'bearer',
  )
  expect(withoutToken).toEqual([])
  // The tab that signed in was at the server meanwhile, and began anew.
  const [ofFirst, ...ofOthers] = await sessionsTold(tabs)
  const statuses = ofOthers.map((all) => all.map((one) => one.split(' ')[0]))
  const signedIn = Array.from({ length: 1 + EXPIRIES }, () => 'signed-in')
  for (const all of statuses) expect(all).toEqual(['signed-out', ...signedIn, 'signed-out'])
  expect(new Set(ofOthers.map((all) => all.join(', '))).size).toBe(1)
  expect(ofFirst).toEqual(ofOthers[0]?.slice(1))
})

test('a refusal by the server while twenty tabs call is told once to each, with its code', async ({
  context,
  startApp,
  control,
}) => {
  const { origin, apiOrigin } = await startApp(withWorkers)
  const tabs = await openCrowd(context, origin, TABS)
  await signInHere(tabs[0]!)
  await everyTabSays(tabs, 'signed-in')
  await control.as.revoke('alice')
  await Promise.all(tabs.map((tab) => callsThatFailed(tab, apiOrigin, { ofPage: 8, ofWorkers: 2 })))
  await everyTabSays(tabs, 'interaction-required')
  expect(await control.as.count('POST /token')).toBe(2)
  for (const all of await sessionsTold(tabs)) {
    expect(all.filter((one) => !one.startsWith('signed-'))).toEqual([
      'interaction-required session-ended',
    ])
  }
})

test('tabs that close at random moments, first the one that signed in: what the others wait for comes, and no refresh is repeated', async ({
  context,
  startApp,
  control,
}) => {
  const app = await startApp(withWorkers)
  const tabs = await openCrowd(context, app.origin, CLOSING_TABS)
  await signInHere(tabs[0]!)
  await everyTabSays(tabs, 'signed-in')
  const { closed, refused, failures, left } = await closeTabsInRounds(app, control, {
    tabs,
    random: seededRandom(seed),
  })
  const summary = `seed ${seed}: ${closed} tabs closed; ${refused} refreshes`
  test.info().annotations.push({ type: 'tabs', description: summary })
  console.log([summary, ...failures].join('\n  '))
  expect(failures).toEqual([])
  expect(left).toHaveLength(1)
  await everyTabSays(left, 'signed-in')
  // The host without a policy is told of.
  expect((await errorCodes(left[0]!)).filter((code) => code !== 'deployment-unsafe')).toEqual([])
  const { usedRefreshTokens } = await control.as.issued()
  expect(usedRefreshTokens).toHaveLength(refused)
  expect(sentAfterSuccessor(usedRefreshTokens)).toBe(0)
})
