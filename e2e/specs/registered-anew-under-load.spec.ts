import { expect, test } from '../fixtures/app.ts'
import { isReady } from '../fixtures/client-calls.ts'
import { everyTabSays, openCrowd } from '../fixtures/crowd.ts'
import { sentAfterSuccessor } from '../fixtures/kill-rounds.ts'
import { mixedCalls } from '../fixtures/mixed-calls.ts'
import { seededRandom } from '../fixtures/random.ts'
import { registerAnewInRounds } from '../fixtures/registration-rounds.ts'

const ROUNDS = 8
/** To see a failure again: `TABS_SEED=<the printed one>`. */
const seed = Number(process.env['TABS_SEED'] ?? Date.now() % 1_000_000)

test.setTimeout(180_000)

test('a worker that is unregistered and registered again while tabs call and load anew: no call hangs or goes without its token, and the session is kept', async ({
  page,
  context,
  app,
  signIn,
  control,
}) => {
  await signIn(page)
  const tabs = await openCrowd(context, app.origin, 4)
  await page.close()
  const tally = await registerAnewInRounds(app, control, {
    tabs,
    rounds: ROUNDS,
    random: seededRandom(seed),
  })
  const { reloads, failures } = tally
  console.log([`seed ${seed}: ${ROUNDS} rounds, ${reloads} reloads`, ...failures].join('\n  '))
  expect(failures).toEqual([])
  await everyTabSays(tabs, 'signed-in')
  const [first] = tabs
  await first!.reload()
  await isReady(first!)
  await everyTabSays(tabs, 'signed-in')
  await control.api.refuseIssuedTokens()
  const after = await Promise.all(tabs.map((tab) => mixedCalls(tab, app.apiOrigin, 8)))
  expect(after.flat().filter(({ ending }) => ending !== 'answered')).toEqual([])
  const { usedRefreshTokens } = await control.as.issued()
  expect(sentAfterSuccessor(usedRefreshTokens)).toBe(0)
  expect(await control.as.count('POST /revoke')).toBe(0)
})
