import { callApi, status, variantRoot } from '../fixtures/app.ts'
import { expect, test } from '../fixtures/attack-app.ts'
import { vaultFolder } from '../fixtures/demo-builds.ts'
import { startVaultServer } from '../servers/vault-server.ts'

/** Embeds a bridge as the app does, and gives back what it answers. */
async function embedBridge(vault: string): Promise<unknown[]> {
  const heard: unknown[] = []
  const frame = document.createElement('iframe')
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
  frame.src = `${vault}/bridge.html`
  document.body.append(frame)
  await loaded
  for (const embed of ['control', 'worker']) {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }) => void heard.push(data)
    frame.contentWindow?.postMessage({ tokenGuardian: 1, embed }, '*', [port2])
  }
  // Whoever may embed is answered at once; the time is for those who may not.
  const end = Date.now() + 1500
  while (heard.length < 2 && Date.now() < end) {
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
  return heard
}

test('the bridge answers the app that embeds it, and no page of another origin, with or without its headers', async ({
  page,
  app,
  topology,
  variant,
  attacker,
  open,
}) => {
  await open(page)
  expect(await page.evaluate(embedBridge, app.guardianOrigin)).toMatchObject([
    { event: { type: 'bridge-ready' } },
    { type: 'hello' },
  ])
  const bare = await startVaultServer({
    port: 0,
    root: vaultFolder(variantRoot(topology, variant)),
    protections: { headers: false, workerGuard: false },
  })
  try {
    await page.goto(attacker.origin)
    for (const vault of [app.guardianOrigin, bare.origin]) {
      expect(await page.evaluate(embedBridge, vault), vault).toEqual([])
    }
  } finally {
    await bare.close()
  }
})

test('a tab that floods its bridge gets refusals, and other tabs go on working', async ({
  page,
  context,
  signIn,
  open,
}) => {
  await signIn(page)
  const other = await context.newPage()
  await open(other)
  const codes = await page.evaluate(async () => {
    const frame = document.querySelector('iframe')
    const vault = new URL(frame?.src ?? '').origin
    const { port1, port2 } = new MessageChannel()
    frame?.contentWindow?.postMessage({ tokenGuardian: 1, embed: 'control' }, vault, [port2])
    const ask = (request: object): Promise<{ ok?: boolean; error?: { code: string } }> => {
      const { port1: answer, port2: theirs } = new MessageChannel()
      return new Promise((resolve) => {
        answer.onmessage = ({ data }) => resolve(data as { ok?: boolean })
        port1.postMessage({ tokenGuardian: 1, request }, [theirs])
      })
    }
    for (let count = 0; count < 5000; count += 1) port1.postMessage({ nonsense: 'x'.repeat(100) })
    const answers = await Promise.all(
      Array.from({ length: 2000 }, () => ask({ type: 'get-session' })),
    )
    return answers.map(({ ok, error }) => (ok === true ? 'ok' : (error?.code ?? 'none')))
  })
  expect(codes).toHaveLength(2000)
  const refused = codes.filter((code) => code === 'too-many-requests')
  // Twenty a second are answered all the same.
  expect(codes.filter((code) => code === 'ok').length + refused.length).toBe(2000)
  expect(refused.length).toBeGreaterThan(1000)
  expect(await callApi(other)).toMatchObject({ status: 200 })
  await other.reload()
  await expect(status(other)).toHaveText('signed-in as alice')
  await page.reload()
  await expect(status(page)).toHaveText('signed-in as alice')
})
