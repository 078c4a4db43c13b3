import type { Page } from '@playwright/test'

import { expect, test, type App, type Fixtures } from '../fixtures/app.ts'
import { killInRounds, sentAfterSuccessor, type KillPlan } from '../fixtures/kill-rounds.ts'
import { mixedCalls } from '../fixtures/mixed-calls.ts'
import { seededRandom } from '../fixtures/random.ts'

/** To see a failure again: `KILL_SEED=<the printed one>`. The moments are the same; what the browser does then is not. */
const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)
/** In each of the tests below, so more than 200 in all. */
const KILLS = 40

// A limit for hangs only: a call that hangs is given up, and reported, long before.
test.setTimeout(240_000)

interface Together extends Pick<Fixtures, 'signIn' | 'control'> {
  readonly page: Page
  readonly app: App
}

test('the app’s worker ended 40 times during 20 parallel calls: every call is answered, and no refresh is repeated', async ({
  page,
  app,
  signIn,
  control,
}) => {
  const used = await endWorkers(
    { page, app, signIn, control },
    { origins: [app.origin], kills: KILLS, refuseEvery: 3, random: seededRandom(seed) },
  )
  // The vault's worker, which refreshes, was never touched.
  expect(new Set(used).size).toBe(used.length)
})

test('the vault’s worker ended 40 times during 20 parallel calls that need a refresh: every call is answered', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await endWorkers(
    { page, app, signIn, control },
    {
      origins: [app.guardianOrigin],
      kills: KILLS,
      momentsPerRound: 3,
      refuseEvery: 1,
      random: seededRandom(seed + 1),
    },
  )
})

test('both workers ended 40 times at once during 20 parallel calls: every call is answered', async ({
  page,
  app,
  signIn,
  control,
}) => {
  await endWorkers(
    { page, app, signIn, control },
    {
      origins: [app.origin, app.guardianOrigin],
      kills: KILLS,
      refuseEvery: 2,
      random: seededRandom(seed + 2),
    },
  )
})

/** Ends workers as planned and checks what must hold in any case. @returns the refresh tokens that the server was sent */
async function endWorkers(
  { page, app, signIn, control }: Together,
  plan: KillPlan,
): Promise<readonly string[]> {
  await signIn(page)
  await page.goto(`${app.origin}/client.html`)
  await page.waitForFunction(() => window.client?.session.status === 'signed-in')

  const { kills, rounds, ended, failures } = await killInRounds(page, app, control, plan)
  const summary = `seed ${seed}: ${kills} kills in ${rounds} rounds; ${JSON.stringify(ended)}`
  test.info().annotations.push({ type: 'kills', description: summary })
  console.log([summary, ...failures].join('\n  '))

  expect(kills).toBeGreaterThanOrEqual(plan.kills)
  expect(failures.filter((failure) => !failure.includes(' broken: '))).toEqual([])
  // The server's own word that the session is alive, and the workers' that they work as before.
  await control.api.refuseIssuedTokens()
  const after = await mixedCalls(page, app.apiOrigin, 20)
  expect(after.filter(({ ending }) => ending !== 'answered')).toEqual([])
  const statuses = await page.evaluate(() => [
    window.client.session.status,
    ...window.clientEvents
      .filter(({ name }) => name === 'session')
      .map(({ detail }) => (detail as { status: string }).status),
  ])
  expect(statuses.filter((status) => status !== 'signed-in')).toEqual([])
  const { usedRefreshTokens } = await control.as.issued()
  expect(sentAfterSuccessor(usedRefreshTokens)).toBe(0)
  return usedRefreshTokens
}
