import { bytes, type SchemaFixture } from './restore.ts'

const byClient = { keyPath: 'client', autoIncrement: false, indexes: [] }
const byId = { keyPath: 'id', autoIncrement: false, indexes: [] }

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }
const point = {
  kty: 'EC',
  crv: 'P-256',
  x: 'F70QwZ9TRd1eQFxvWFxPrAzYXM-tT77AePB64QTZ6mc',
  y: 'AGC_auhPM2-0thFz1_RVIKj9R5Eo1d5V9VsqmAa5bsM',
}

/** The year 2100: what waits has not expired. */
const LATER = 4_102_444_800

/**
 * As the first guardian sealed a session (of the client `main`), and one with DPoP a bound one whose refresh was not answered (of
 * `bound`). Its transaction is sealed with the state `a-state-that-only-the-server-gives-back`.
 */
export const version1: SchemaFixture = {
  version: 1,
  stores: {
    errands: byId,
    journal: byClient,
    keys: { keyPath: null, autoIncrement: false, indexes: [] },
    landings: byId,
    marks: byClient,
    sessions: byClient,
    transactions: byId,
  },
  rows: async () => ({
    keys: [
      {
        key: 'sealing',
        value: await crypto.subtle.importKey(
          'raw',
          bytes('xaE0pMhHaPRH2uofv9LE3Ma4QkdpAHcwaMA2s0rucRE='),
          'AES-GCM',
          false,
          ['encrypt', 'decrypt'],
        ),
      },
    ],
    sessions: [
      {
        value: {
          client: 'main',
          generation: '8f14e45f-ceea-467f-a0e6-3f3a2c0b9c11',
          iv: bytes('D33KDmuxlE3oj47M'),
          sealed: bytes(
            'uUPFIpahe7rNc5PqFhc196NkdwSbYbdPF07otkEE2HLcGHs3/UJ013DCl1acN926lKjNo5Yobre4ywxMvKAjcWNfu9cBBBLkXHzwNpvjTnKUs6/p6TYQcMjPW4A1riHezI93Eldn7sihc75sqrgSVjsZPmGkuSg9BMkev7S0rgBmFCQ3TTiwKgaI4XS6vRGjBtAHJmVHw3NwCGgnduN+4VCybhch9rFLHWecJGwhiBk3j92Vbem6cA/IH0o761vXbqae4ASYNsorcg5AdO2gs44NMBDrAEYvuBlk4zcZswck3PcZHlZhUbBPkvniOgSvm62rhU6p79MhlqxgNLBc92K0',
          ).buffer,
        },
      },
      {
        value: {
          client: 'bound',
          generation: 'c9f0f895-fb98-4b91-a3c7-6d9f3b2d1a22',
          iv: bytes('Xll7Wg1e/0WiWy61'),
          sealed: bytes(
            'p6kAzZ3JVveLOoqgpY6/VvcRrlSihf0L3xuObafAIf+4He2bz7FjC5fSTxr3lhHcw+pTUvR+1hfojlDLV12ZkzcXC5vEqJR47k8wCfPg/GdkvEuQwt+kjia4DMFfZ2T/O+KTqCml/EDRFEj57idGYmnAITgj5lQZbFFRLGP6LKs/7O6eBrxLWJb5tq5gD0XkPmt/BSLNjg62P5IBmB7koMA+5dPix407mXen2hpXXpU2Itk8oGlSlSjG7aUWjFd3Lj0LO3JEjfZQpV9MME/wyfC+YqYu0pJJnc1EICeyhOS3gQ==',
          ).buffer,
          proofKey: {
            privateKey: await crypto.subtle.importKey(
              'jwk',
              { ...point, d: 'wHF0ui2MMvW-Mugw-xt9Al6jaQQjenWDz2JREDLen5g' },
              ES256,
              false,
              ['sign'],
            ),
            publicKey: await crypto.subtle.importKey('jwk', point, ES256, true, ['verify']),
          },
        },
      },
    ],
    journal: [
      {
        value: {
          client: 'bound',
          generation: 'c9f0f895-fb98-4b91-a3c7-6d9f3b2d1a22',
          startedAt: 1_799_999_000,
        },
      },
    ],
    transactions: [
      {
        value: {
          id: '005dd3b4e1a551b4d391b7107cecf759d021defb713b4503c83ccfc6ba88e115',
          iv: bytes('c37xactTowBwxBw8'),
          sealed: bytes(
            'Cr3tWYSHr+6bR9tKMxf7mJUU8D/m8zYldqJ6CL4XWbgd3ug6/JEXIW323I3ubp7HUqUxwLwsAqpqrzAR40y4thoXrrh139buzfCJmBxeh83QFDQJ4OKQTEb7oxdGgp7GM7xSe/du3ppcyM7ezoU0FgAIdKxy+2Qb3qT776mA42iGx3L4031DTGwlF8XDBxNZubz0RpEkZHNffT18XQ/mj2y4+vHbU72ONNtqSX+sjEyhMVaN9m3y34l18B99pZrQ0rEHU2J6x2W/7XrnGPg=',
          ).buffer,
          expiresAt: LATER,
        },
      },
    ],
    errands: [
      {
        value: {
          id: 'errand-of-1',
          kind: 'logout',
          client: 'main',
          returnTo: 'https://app.example/bye',
          expiresAt: LATER,
        },
      },
    ],
    landings: [{ value: { id: 'landing-of-1', client: 'main', expiresAt: LATER } }],
    marks: [
      { value: { client: 'main', mark: { status: 'signed-in' } } },
      {
        value: { client: 'other', mark: { status: 'interaction-required', code: 'session-ended' } },
      },
    ],
  }),
}
