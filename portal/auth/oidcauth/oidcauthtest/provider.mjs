// SPDX-License-Identifier: Apache-2.0
//
// An OpenID provider with a sign-in form. It takes one JSON object a line on
// standard input, answers each with one on standard output, and ends when the
// input does: {"port"}, {"client"}, {"user"}, {"rotate"}.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import Provider from 'oidc-provider'

console.info = console.error // notices are no answers
const clients = new Map()
const users = new Map()
const cookieKeys = [randomUUID()]
let issuer, provider, answer
let jwks = newKeys()

function newKeys() {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  return { keys: [{ ...key, kid: randomUUID(), use: 'sig', alg: 'RS256' }] }
}

// rebuild makes a provider anew: it forgets its sessions, as after a restart.
function rebuild() {
  provider = new Provider(issuer, {
    clients: [...clients.values()],
    jwks,
    cookies: { keys: cookieKeys },
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = page('Sign out', `${form}<button autofocus type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>`)
        },
      },
    },
    pkce: { required: () => true },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, sub) => users.has(sub) && { accountId: sub, claims: () => ({ ...users.get(sub).claims, sub }) },
    loadExistingGrant: async (ctx) => {
      const known = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId)
      if (known) return ctx.oidc.provider.Grant.find(known)
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
      grant.addOIDCScope('openid offline_access profile email groups')
      await grant.save()
      return grant
    },
  })
  answer = provider.callback()
}

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text) => text.replace(/[&<>"]/g, (c) => escapes[c])
const page = (title, body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><main><h1>${title}</h1>${body}</main></html>`

function form(message = '') {
  return page('Sign in', `<p role="alert">${escape(message)}</p><form method="post">
<label>User <input name="login" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button> <button type="submit" name="refuse" value="yes" formnovalidate>Refuse</button></form>`)
}

async function interaction(req, res) {
  await provider.interactionDetails(req, res)
  if (req.method !== 'POST') return html(res, form())
  let body = ''
  for await (const chunk of req) body += chunk
  const fields = new URLSearchParams(body)
  if (fields.has('refuse')) {
    return provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'refused <b>here</b>' })
  }
  const user = users.get(fields.get('login'))
  if (!user || user.password !== fields.get('password')) return html(res, form('The user or the password is wrong.'))
  await provider.interactionFinished(req, res, { login: { accountId: fields.get('login') } })
}

function html(res, text) {
  res.setHeader('content-type', 'text/html; charset=utf-8')
  res.end(text)
}

const server = createServer((req, res) => {
  if (!req.url.startsWith('/interaction/')) return answer(req, res)
  interaction(req, res).catch((err) => {
    res.statusCode = 400
    res.end(String(err))
  })
})

const commands = {
  async port(port) {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    issuer = `http://127.0.0.1:${server.address().port}`
    rebuild()
    return { issuer }
  },
  async client(client) {
    clients.set(client.client_id, client)
    rebuild()
  },
  async user({ login, password, claims }) {
    users.set(login, { password, claims })
  },
  async rotate() {
    jwks = newKeys()
    rebuild()
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply = {}
  try {
    for (const [name, value] of Object.entries(JSON.parse(line))) reply = (await commands[name](value)) ?? {}
  } catch (err) {
    reply = { error: String(err) }
  }
  process.stdout.write(JSON.stringify(reply) + '\n')
}
process.exit(0)
