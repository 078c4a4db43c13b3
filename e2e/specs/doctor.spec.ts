import { cp, readFile, rm, writeFile } from 'node:fs/promises'

import type { Finding } from 'token-guardian/doctor'

import { variantRoot } from '../fixtures/app.ts'
import { askGuardian } from '../fixtures/ask-guardian.ts'
import { expect, test } from '../fixtures/attack-app.ts'
import { diagnose, offerDoctor } from '../fixtures/doctor.ts'
import { buildOwnDemo } from '../fixtures/own-vault.ts'

test('the doctor has nothing to complain of in the demo’s own deployment', async ({ app }) => {
  const { code, found, notChecked } = await diagnose(app)
  expect(found).toEqual([])
  expect(code).toBe(0)
  expect(notChecked).toEqual([
    { check: 'client', reason: expect.stringContaining('rotates refresh tokens') },
  ])
})

test('the doctor finds exactly what a host leaves open, and the worker of somebody else', async ({
  app,
  topology,
  variant,
  startWeak,
}) => {
  const own = { guardian: { deploymentCheck: 'warn' } } as const
  const built =
    topology === 'vault' ? await buildOwnDemo('doctor', app, own) : variantRoot(topology, variant)
  const root = `${built}-with-foreign-worker`
  await rm(root, { recursive: true, force: true })
  await cp(built, root, { recursive: true })
  if (topology === 'vault') await cp(`${built}-vault`, `${root}-vault`, { recursive: true })
  await registerAnother(root)
  const target = await startWeak({
    root,
    protections: { csp: false, workerGuard: false },
    vaultProtections: { headers: false },
  })
  const { code, found, findings } = await diagnose(target)
  expect(code).toBe(1)
  const ofHost =
    topology === 'vault'
      ? 'vault-cached vault-embedding vault-opener vault-policy vault-process vault-referrer vault-sniffing'
      : 'csp-missing error-page-policy foreign-worker-served'
  expect(found).toEqual(['foreign-worker-registered', ...ofHost.split(' ')].toSorted())
  const foreign = findings.find(({ id }) => id === 'foreign-worker-registered')
  expect(foreign?.what).toBe(`${target.origin}/honest.js is registered for ${target.origin}/auth/`)
})

test('on one origin the doctor finds in a browser that there is no worker', async ({
  topology,
  variant,
  startWeak,
}) => {
  const root = `${variantRoot(topology, variant)}-without-worker`
  await rm(root, { recursive: true, force: true })
  await cp(variantRoot(topology, variant), root, { recursive: true })
  await rm(`${root}/sw.js`)
  const { found } = await diagnose(await startWeak({ root }))
  expect(found).toEqual(['page-not-covered', 'worker-missing'])
})

test('on one origin a page makes the same checks, and hears of what the guardian finds before a sign-in', async ({
  page,
  startWeak,
}) => {
  const target = await startWeak({ protections: { csp: false, workerGuard: false } })
  const open = ['csp-missing', 'error-page-policy', 'foreign-worker-served', 'popup-cut-off']
  const messages: string[] = []
  page.on('console', (message) => messages.push(message.text()))
  await page.goto(`${target.origin}/client.html`)
  await page.evaluate(async () => window.client.ready())
  await offerDoctor(page)
  await page.evaluate(() => {
    window.findings = []
    window.doctor.watchDeployment(window.client, (finding) => void window.findings.push(finding))
  })
  const findings = (): Promise<Finding[]> => page.evaluate(() => window.findings)
  const ids = async (): Promise<string[]> => [...new Set((await findings()).map(({ id }) => id))]
  await expect.poll(async () => (await ids()).toSorted()).toEqual(open)
  await askGuardian(page, { type: 'begin-login', parameters: {} })
  // The guardian names the origin, the page the document.
  await expect
    .poll(async () => (await findings()).filter(({ subject }) => subject === target.origin))
    .toEqual([
      expect.objectContaining({ id: 'error-page-policy', level: 'error' }),
      expect.objectContaining({ id: 'foreign-worker-served', level: 'error' }),
    ])
  const words = new Set((await findings()).map(({ id, what }) => `${id}: ${what}`))
  // One finding, one wording, whoever finds it.
  expect(words.size).toBe(open.length)
  expect(messages.filter((text) => !/Failed to load resource/.test(text))).toEqual([])
})

test('on one origin the demo’s panel shows what a page finds wrong with its host; of its own, that its policy would cut popups off', async ({
  page,
  app,
  startWeak,
}) => {
  const panel = page.locator('token-guardian-panel')
  const found = panel.getByRole('region', { name: 'Deployment' }).getByRole('listitem')
  const target = await startWeak({ protections: { csp: false, workerGuard: false } })
  await page.goto(`${target.origin}/?guardian-debug`)
  await expect(found.filter({ hasText: 'Content-Security-Policy' }).first()).toBeVisible()
  await page.goto(`${app.origin}/?guardian-debug`)
  await expect(found).toHaveText([/Cross-Origin-Opener-Policy/])
})

declare global {
  interface Window {
    findings: Finding[]
  }
}

/** Another worker for the callback's folder, as a part of the app that knows nothing of the guardian. */
async function registerAnother(root: string): Promise<void> {
  const page = await readFile(`${root}/index.html`, 'utf8')
  await writeFile(
    `${root}/registers.js`,
    `navigator.serviceWorker.register('/honest.js', { scope: '/auth/' })`,
  )
  await writeFile(
    `${root}/index.html`,
    page.replace('</head>', '<script src="/registers.js"></script></head>'),
  )
}
