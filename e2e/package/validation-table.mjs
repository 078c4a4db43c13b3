// Writes docs/validation.md: the test of each client module of the OpenID Foundation's conformance suite, found by its name.
// `--check` fails when the file is not up to date. Names in tests that the suite does not have fail always.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'

const FILE = 'docs/validation.md'
const TESTS = ['sw', 'e2e/specs', 'e2e/specs-engines']

/** The suite's modules by what stands before their names; those that need no test by the reason. */
const SUITES = [
  {
    title: 'Relying parties (OpenID Connect Core, Discovery, RP-Initiated Logout)',
    prefix: 'oidcc-client-test',
    applicable: `
      -discovery-issuer-mismatch -discovery-jwks-uri-keys -discovery-openid-config -form-post-error -idtoken-sig-none
      -idtoken-sig-rs256 -invalid-athash -invalid-aud -invalid-iss -invalid-sig-es256 -invalid-sig-hs256 -invalid-sig-rs256
      -kid-absent-multiple-jwks -kid-absent-single-jwks -missing-aud -missing-iat -missing-sub -nonce-invalid -refresh-token
      -refresh-token-invalid-issuer -refresh-token-invalid-sub -rp-init-logout -rp-init-logout-no-state
      -rp-init-logout-other-state -signing-key-rotation -signing-key-rotation-just-before-signing`,
    plain: true,
    others: {
      'UserInfo is asked with the token in a header, for plain claims': `
        -aggregated-claims -distributed-claims -scope-userinfo-claims -userinfo-bearer-body -userinfo-bearer-header
        -userinfo-invalid-sub -userinfo-signed`,
      'For implicit and hybrid flows, which are refused': `
        -invalid-chash -missing-athash -missing-chash -nonce-unless-code-flow`,
      'For clients with a secret, a key or a certificate':
        '-client-secret-basic -mtls-endpoint-aliases',
      'Issuer and client are configured, not discovered': `
        -discovery-webfinger-acct -discovery-webfinger-url -dynamic-registration`,
      'Request objects by reference need a server of the client': `
        -request-uri-signed-none -request-uri-signed-rs256`,
      'Needs a server of the client, or storage in a frame of the server': `
        -rp-backchannel-rpinitlogout -rp-backchannel-rpinitlogout-alg-none -rp-backchannel-rpinitlogout-no-event
        -rp-backchannel-rpinitlogout-with-nonce -rp-backchannel-rpinitlogout-wrong-alg -rp-backchannel-rpinitlogout-wrong-aud
        -rp-backchannel-rpinitlogout-wrong-event -rp-backchannel-rpinitlogout-wrong-iss -rp-frontchannel-opinitlogout
        -rp-frontchannel-rpinitlogout -session-management`,
      'No other site can start a sign-in': '-3rd-party-init-login',
    },
  },
  {
    title: 'FAPI 2.0 Security Profile',
    prefix: 'fapi2-security-profile-final-client-test',
    applicable: `
      -discovery-issuer-mismatch -ensure-authorization-response-with-invalid-missing-state-fails
      -ensure-authorization-response-with-invalid-state-fails -invalid-alternate-alg -invalid-aud
      -invalid-authorization-response-iss -invalid-expired-exp -invalid-iss -invalid-missing-aud -invalid-missing-exp
      -invalid-missing-iss -invalid-missing-nonce -invalid-nonce -invalid-null-alg -invalid-secondary-aud
      -remove-authorization-response-iss -token-endpoint-response-without-expires_in -token-type-case-insensitivity
      -valid-aud-as-array`,
    others: {
      'The whole profile is for clients with a key or a certificate': '-happy-path',
      'The guardian sends no DPoP proofs': `
        -happy-path-no-dpop-nonce -rs-dpop-auth-scheme-case-insensitivity`,
      'Signed authorization responses (JARM) are refused': `
        -ensure-jarm-signature-is-not-none -ensure-jarm-with-expired-exp-fails -ensure-jarm-with-invalid-aud-fails
        -ensure-jarm-with-invalid-iss-fails -ensure-jarm-with-invalid-sig-fails -ensure-jarm-without-aud-fails
        -ensure-jarm-without-exp-fails -ensure-jarm-without-iss-fails`,
      'Part of a national profile': '-invalid-openbanking-intent-id',
    },
  },
]

const found = await findTests()
const page = [
  '# Validation of what servers send',
  '',
  '<!-- Written by `node e2e/package/validation-table.mjs` from the names of tests. -->',
  '',
  "The OpenID Foundation's [conformance suite](https://gitlab.com/openid/conformance-suite) tests clients by modules, in most of which the server misbehaves in one way. Those that apply to a public client with code and PKCE are unit tests here, by the same names: the suite itself was not run. (State of the suite: August 2026.)",
  ...SUITES.flatMap(sectionOf),
  '',
].join('\n')
if (found.size > 0) throw new Error(`The suite has no ${[...found.keys()].join(', ')}`)

if (!process.argv.includes('--check')) {
  await mkdir('docs', { recursive: true })
  await writeFile(FILE, page)
} else if (squeeze(page) !== squeeze(await readFile(FILE, 'utf8').catch(() => ''))) {
  console.error(`${FILE} is out of date: run \`node e2e/package/validation-table.mjs\``)
  process.exit(1)
}

function sectionOf({ title, prefix, plain, applicable, others }) {
  const names = (text) =>
    text
      .trim()
      .split(/\s+/)
      .map((name) => prefix + name)
  const expected = [...(plain ? [prefix] : []), ...names(applicable)]
  const rest = Object.entries(others).map(([reason, text]) => {
    // What was built since has a test, and needs no reason any more.
    const [tested, untested] = [true, false].map((has) =>
      names(text).filter((name) => found.has(name) === has),
    )
    expected.push(...tested)
    return [reason, untested]
  })
  const rows = expected.map((name) => {
    const file = found.get(name)
    if (file === undefined) throw new Error(`No test is named ${name}`)
    found.delete(name)
    return `| \`${name}\` | [${file}](../${file}) |`
  })
  const reasons = rest
    .filter(([, untested]) => untested.length > 0)
    .map(
      ([reason, untested]) => `- ${reason}: ${untested.map((name) => `\`${name}\``).join(', ')}.`,
    )
  return [
    '',
    `## ${title}`,
    '',
    '| Module | Passed by |',
    '|---|---|',
    ...rows,
    '',
    'Not applicable:',
    '',
    ...reasons,
  ]
}

/** The file of each test that is named after a module. */
async function findTests() {
  const prefixes = SUITES.map(({ prefix }) => prefix).join('|')
  const files = await Promise.all(
    TESTS.map(async (folder) =>
      (await readdir(folder, { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  )
  const tests = files.flat().filter((file) => /\.(test|spec)\.ts$/.test(file))
  const named = await Promise.all(
    tests
      .toSorted()
      .map(async (file) =>
        [
          ...(await readFile(file, 'utf8')).matchAll(new RegExp(`'((?:${prefixes})[\\w-]*)'`, 'g')),
        ].map(([, module]) => [module, file]),
      ),
  )
  return new Map(named.flat())
}

/** The formatter pads tables; the words are what counts. */
function squeeze(text) {
  return text.replaceAll(/[\s-]+/g, ' ')
}
