import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  startRealDeployment,
  type RealDeployment,
  type RealDeploymentOptions,
} from '../../e2e/unit/doctor/real-deployment.ts'
import { CONFIG_FILE, configUrls } from '../doctor/deployment.ts'
import type { Report } from '../doctor/report.ts'
import { CONFIG_JSON } from '../vite/app-files.ts'
import { doctorCommand } from './doctor.ts'

let deployment: RealDeployment | undefined

afterEach(async () => {
  await deployment?.close()
  deployment = undefined
})

async function run(...args: readonly string[]) {
  const printed: string[] = []
  const complaints: string[] = []
  const code = await doctorCommand.run(args, {
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
  })
  return { code, printed: printed.join('\n'), complaints: complaints.join('\n') }
}

async function deploy(options: RealDeploymentOptions): Promise<RealDeployment> {
  deployment = await startRealDeployment(options)
  return deployment
}

/** The report, and the ids of its findings but the notes, each once. */
async function diagnose(...args: readonly string[]) {
  const { code, printed } = await run(...args, '--json')
  const report = JSON.parse(printed) as Report
  const worse = report.findings.filter(({ level }) => level !== 'note').map(({ id }) => id)
  return { code, report, found: [...new Set(worse)].toSorted() }
}

interface Case extends RealDeploymentOptions {
  readonly what: string
  readonly found: readonly string[]
  /** What is changed at the authorization server. */
  readonly command?: (deployment: RealDeployment) => Readonly<Record<string, unknown>>
}

const vault = { topology: 'vault' } as const
const onOrigin = { topology: 'same-origin' } as const

const cases: readonly Case[] = [
  { what: 'on one origin, as it should be', ...onOrigin, found: [] },
  { what: 'with a vault, as it should be', ...vault, found: [] },
  {
    what: 'whose server takes pushed requests only',
    ...vault,
    server: { requirePushedRequests: true },
    found: [],
  },
  {
    what: 'with DPoP, form_post and UserInfo',
    ...vault,
    client: { dpop: 'required', responseMode: 'form_post', userInfo: true },
    server: { requireDpopNonce: true },
    found: [],
  },
  {
    what: 'with a page at the callback',
    ...onOrigin,
    protections: { callback: false },
    found: ['callback-serves-page'],
  },
  {
    what: 'without a policy',
    ...onOrigin,
    protections: { csp: false },
    found: ['csp-missing', 'error-page-policy'],
  },
  {
    what: 'that serves any worker script',
    ...onOrigin,
    protections: { workerGuard: false },
    found: ['foreign-worker-served'],
  },
  {
    what: 'whose vault has no headers',
    ...vault,
    vaultProtections: { headers: false },
    found:
      'vault-cached vault-embedding vault-opener vault-policy vault-process vault-referrer vault-sniffing'.split(
        ' ',
      ),
  },
  {
    what: 'whose vault serves any worker script',
    ...vault,
    vaultProtections: { workerGuard: false },
    found: ['vault-foreign-worker'],
  },
  {
    what: 'with another redirect URI',
    ...vault,
    command: () => ({ do: 'register', redirectUris: ['https://app.example/auth/callback'] }),
    found: ['redirect-uri-refused'],
  },
  {
    what: 'with a redirect URI on the app beside that of the vault',
    ...vault,
    command: ({ appUrl, config }) => ({
      do: 'register',
      redirectUris: [`${config.vaultOrigin}/auth/callback`, `${appUrl}auth/callback`],
    }),
    found: ['redirect-uri-on-app'],
  },
  {
    what: 'whose client the server does not know',
    ...vault,
    client: { clientId: 'somebody' },
    found: ['client-not-public', 'redirect-uri-refused'],
  },
  {
    what: 'whose server allows other origins',
    ...vault,
    server: { appOrigins: ['https://app.example'], clientRedirectUris: [] },
    found: ['redirect-uri-refused', 'revocation-cors', 'server-cors'],
  },
  {
    what: 'whose server hides nonces',
    ...vault,
    client: { dpop: 'required' },
    command: () => ({ do: 'dpop', hideNonce: true }),
    found: ['server-nonce-hidden'],
  },
  {
    what: 'whose API allows other origins',
    ...vault,
    apiOrigins: ['https://app.example'],
    found: ['api-cors'],
  },
  {
    what: 'with metadata that never comes',
    ...vault,
    command: () => ({ do: 'fault', path: '/.well-known', kind: 'hang' }),
    found: ['metadata-unreachable'],
  },
]

describe('npx token-guardian doctor, of the servers of the end-to-end tests', () => {
  test.each(cases)('finds what is wrong with a deployment $what', async (broken) => {
    const { found: wanted, command, what: _what, ...options } = broken
    const deployed = await deploy(options)
    if (command) await deployed.server.control.run(command(deployed))
    const { code, report, found } = await diagnose(deployed.appUrl, '--timeout', '3')
    expect(found).toEqual(wanted)
    expect(code).toBe(report.counts.error > 0 ? 1 : 0)
    expect(report).toMatchObject({ version: 1, app: deployed.appUrl, topology: options.topology })
    await deployed.server.control.run({ do: 'reset' })
  })

  test('prints for each finding what is wrong, why it matters and the line to change', async () => {
    const { appUrl } = await deploy({ ...onOrigin, protections: { callback: false } })
    const { code, printed } = await run(appUrl)
    expect(code).toBe(1)
    expect(printed).toContain(
      `ERROR  callback-serves-page  ${appUrl}auth/callback\n` +
        '  /auth/callback must answer 303 to "/#_", or 204, instead of 200\n' +
        '  Why: When no worker runs there, script of this origin can read the code from the page’s URL.\n' +
        '  Change: /auth/callback: 303 with Location: /#_, Referrer-Policy: no-referrer and Cache-Control: no-store',
    )
    expect(printed).toContain('Not checked\n')
    expect(printed).toMatch(/3 errors, 0 warnings, \d notes?, \d not checked$/)
  })

  test('ends with 1 for warnings if it is to be strict', async () => {
    const { appUrl } = await deploy({ ...vault, vaultProtections: { workerGuard: false } })
    expect((await run(appUrl)).code).toBe(0)
    expect((await run(appUrl, '--strict')).code).toBe(1)
  })

  test('takes its configuration from a file if it is told to', async () => {
    const { appUrl, config } = await deploy(vault)
    const folder = await mkdtemp(join(tmpdir(), 'doctor-'))
    const file = join(folder, 'config.json')
    await writeFile(file, JSON.stringify({ ...config, appOrigins: ['https://other.example'] }))
    const { found } = await diagnose(appUrl, '--config', file)
    await rm(folder, { recursive: true })
    expect(found).toContain('app-origin-unknown')
  })

  test('says which checks are left out without a browser', async () => {
    const { appUrl } = await deploy(vault)
    const { report } = await diagnose(appUrl)
    expect(report.notChecked).toContainEqual({
      check: 'browser',
      reason: expect.stringContaining('--browser'),
    })
  })
})

describe('npx token-guardian doctor', () => {
  test('looks for the file that the build and `bake` put beside the worker', () => {
    expect(CONFIG_FILE).toBe(CONFIG_JSON)
    expect(configUrls('https://app.example/', 'https://app.example/workers/sw.js')).toEqual([
      `https://app.example/workers/${CONFIG_JSON}`,
      `https://app.example/${CONFIG_JSON}`,
    ])
  })

  test.each([
    ['no URL', [], 'Say which app'],
    ['no URL of the web', ['file:///etc/passwd'], 'Say which app'],
    ['two URLs', ['https://a.example', 'https://b.example'], 'Say which app'],
    ['credentials in the URL', ['https://user:secret@app.example'], 'must not hold credentials'],
    ['an option that is not there', ['https://app.example', '--fast'], '--fast'],
    ['a worker elsewhere', ['https://app.example', '--worker', 'https://x.example/'], '--worker'],
    ['no time at all', ['https://app.example', '--timeout', '0'], '--timeout'],
    ['a file that is missing', ['http://localhost:1', '--config', '/none.json'], 'cannot be read'],
    ['a host that is not there', ['http://localhost:1'], 'cannot be reached: ECONNREFUSED'],
  ])('refuses %s with exit code 2', async (_what, args, words) => {
    const { code, printed, complaints } = await run(...args)
    expect(code).toBe(2)
    expect(printed).toBe('')
    expect(complaints).toContain(words)
    expect(complaints).not.toContain('secret@')
  })

  test.each([
    ['no file', undefined, 'Deploy the token-guardian.json of the build beside the worker'],
    ['a file that is no JSON', '{', 'It is no JSON'],
    ['a wrong configuration', '{"topology":"cloud"}', "must be 'vault' or 'same-origin'"],
  ])('says what to do where the app publishes %s', async (_what, text, words) => {
    const { appUrl, publish } = await deploy(onOrigin)
    await publish(text)
    const { code, complaints } = await run(appUrl)
    expect(code).toBe(2)
    expect(complaints).toContain(`${appUrl}token-guardian.json`)
    expect(complaints).toContain(words)
  })
})
