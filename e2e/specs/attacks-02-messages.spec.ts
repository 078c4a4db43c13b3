import { status } from '../fixtures/app.ts'
import { expect, runCard, test } from '../fixtures/attack-app.ts'
import { askGuardian, offerGuardian } from '../fixtures/ask-guardian.ts'

test('hundreds of forged messages get no secret and change nothing', async ({
  page,
  app,
  signIn,
  expectNoSecrets,
}) => {
  test.slow()
  await signIn(page)
  expect(await runCard(page, 'forge-messages')).toMatchObject({ outcome: 'held' })
  const reply = await askGuardian(page, { type: 'begin-login', parameters: { prompt: 'none' } })
  const tab = await page.context().newPage()
  const asked = tab.waitForRequest((request) => request.url().startsWith(`${app.asOrigin}/auth?`))
  await tab.goto(new URL(String(reply.value?.['url']), app.origin).href)
  const { searchParams } = new URL((await asked).url())
  expect(Object.fromEntries(searchParams)).toMatchObject({
    client_id: 'demo',
    redirect_uri: `${app.guardianOrigin}/auth/callback`,
    scope: 'openid profile email offline_access api:read api:write',
  })
  await expectNoSecrets(page)
})

test('every question of this contract gets exactly one answer, whatever is in it', async ({
  page,
  open,
}) => {
  await open(page)
  await offerGuardian(page)
  const answers = await page.evaluate(async () => {
    const guardian = await window.reachGuardian()
    const requests: unknown[] = [
      { type: 'get-token' },
      { type: '__proto__' },
      { type: 'constructor' },
      {},
      [],
      null,
      'get-session',
      { type: 'get-session', client: 'nobody' },
      { type: 'get-session', extra: 1 },
      JSON.parse('{"type":"get-session","__proto__":{"landed":true}}'),
      { type: 'begin-login', parameters: { returnTo: '//evil.test/' } },
      { type: 'begin-login', parameters: { authorizationParams: { state: 'mine' } } },
      { type: 'begin-login', parameters: { authorizationParams: { scope: 'admin' } } },
      { type: 'begin-logout', returnTo: 'https://evil.test/', localOnly: true },
    ]
    return Promise.all(
      requests.map(
        (request) =>
          new Promise<string>((resolve) => {
            const { port1, port2 } = new MessageChannel()
            const got: { ok: boolean; error?: { code: string } }[] = []
            port1.onmessage = ({ data }) => {
              got.push(data as (typeof got)[number])
              // A second answer would come before that of a message that is sent after the first.
              const after = new MessageChannel()
              after.port1.onmessage = () => resolve(`${got.length} ${got[0]?.error?.code}`)
              guardian.postMessage({ tokenGuardian: 1, request: { type: 'keep-awake' } }, [
                after.port2,
              ])
            }
            guardian.postMessage({ tokenGuardian: 1, request }, [port2])
          }),
      ),
    )
  })
  expect(answers).toEqual([
    ...Array.from({ length: 7 }, () => '1 invalid-request'),
    '1 unknown-client',
    '1 invalid-request',
    '1 invalid-request',
    '1 invalid-return-to',
    '1 parameter-not-allowed',
    '1 parameter-not-allowed',
    '1 invalid-return-to',
  ])
  await expect(status(page)).toHaveText('signed-out')
})

test('bites: a worker that answers get-token gives the attack lab a token', async ({
  page,
  startNaive,
  signInNaively,
}) => {
  test.slow()
  const naive = await startNaive()
  await signInNaively(page, naive)
  expect(await runCard(page, 'forge-messages')).toMatchObject({ outcome: 'leak' })
})
