// An OpenID provider for the tests: npm oidc-provider with a login form of its own.
// Run as `node oidc_provider.mjs SETTINGS.json`; oidc_provider.py writes the settings.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));

// A clock that is wrong: all that the provider asks for the time is this.
const trueNow = Date.now;
Date.now = () => trueNow() + settings.clock_offset_sec * 1000;

function makeKey(kid, alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

function makeKeys() {
  return {
    keys: [
      makeKey('rs', 'RS256', 'rsa', { modulusLength: 2048 }),
      makeKey('ps', 'PS256', 'rsa', { modulusLength: 2048 }),
      makeKey('es', 'ES256', 'ec', { namedCurve: 'P-256' }),
      makeKey('ed', 'EdDSA', 'ed25519', {}),
    ],
  };
}

function loadKeys(path) {
  if (!existsSync(path)) writeFileSync(path, JSON.stringify(makeKeys()), { mode: 0o600 });
  return JSON.parse(readFileSync(path, 'utf8'));
}

function account(id) {
  const claims = {
    sub: id,
    name: `${id[0].toUpperCase()}${id.slice(1)} Example`,
    preferred_username: id,
    email: `${id}@example.org`,
    email_verified: true,
    groups: ['staff'],
    ...settings.accounts[id],
  };
  return { accountId: id, claims: async () => claims };
}

// Whoever signs in here has agreed to whatever the client asked for.
async function loadExistingGrant(ctx) {
  const { provider, session, client, params, resourceServers } = ctx.oidc;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope(params.scope ?? 'openid');
  for (const name of Object.keys(resourceServers ?? {})) grant.addResourceScope(name, params.scope ?? '');
  await grant.save();
  return grant;
}

const accessTokenAlg = (client) => settings.access_token_algs[client.clientId] ?? 'RS256';

const configuration = {
  clients: settings.clients,
  jwks: loadKeys(settings.keys),
  cookies: { keys: ['only for tests'] },
  findAccount: (ctx, id) => account(id),
  loadExistingGrant,
  conformIdTokenClaims: false,
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username', 'groups'],
    email: ['email', 'email_verified'],
  },
  scopes: ['openid', 'offline_access', ...settings.scopes],
  extraParams: ['audience'],
  extraTokenClaims: (ctx, token) => (token.accountId ? account(token.accountId).claims() : undefined),
  pkce: { required: () => true },
  enabledJWA: {
    idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx) => ctx.oidc.params?.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource, client) => ({
        scope: [...settings.scopes, 'openid', 'profile', 'email'].join(' '),
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: settings.ttl_sec,
        jwt: { sign: { alg: accessTokenAlg(client) } },
      }),
    },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: {
    AccessToken: settings.ttl_sec,
    AuthorizationCode: settings.code_ttl_sec,
    IdToken: settings.ttl_sec,
    Grant: 86400,
    Interaction: 3600,
    RefreshToken: 86400,
    Session: 86400,
  },
  // Its own fetch refuses loopback, where all the tests are.
  fetch: (url, options) => globalThis.fetch(url, { ...options, dispatcher: undefined }),
};

const provider = new Provider(settings.issuer, configuration);
// Every token that goes out is written down, so that the tests can look for it where it must not be.
provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route !== 'token') return;
  for (const name of ['access_token', 'id_token', 'refresh_token']) {
    if (ctx.body?.[name]) appendFileSync(settings.issued, `${JSON.stringify(ctx.body[name])}\n`);
  }
});
provider.on('server_error', (ctx, error) => console.error(error));

const FORM = `<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1>
<form method="post"><label>Name <input name="login" value="ada" autofocus></label>
<button name="action" value="login">Sign in</button>
<button name="action" value="refuse">Refuse</button></form></html>`;

async function readForm(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

async function interaction(req, res) {
  if (req.method !== 'POST') {
    await provider.interactionDetails(req, res);
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(FORM);
    return;
  }
  const form = await readForm(req);
  const result = form.get('action') === 'refuse'
    ? { error: 'access_denied', error_description: 'The visitor refused.' }
    : { login: { accountId: form.get('login') || 'ada' } };
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

let requests = [];

function book(req, res) {
  if (req.method === 'DELETE') requests = [];
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(requests));
}

const handle = provider.callback();
const server = createServer(async (req, res) => {
  const path = req.url.split('?')[0];
  if (path === '/_test/requests') {
    book(req, res);
    return;
  }
  requests.push([req.method, path]);
  if (!path.startsWith('/interaction/')) {
    handle(req, res);
    return;
  }
  try {
    await interaction(req, res);
  } catch (error) {
    res.writeHead(400, { 'content-type': 'text/plain' }).end(String(error.message));
  }
});
server.listen(settings.port, '127.0.0.1', () => console.log(`listening on ${settings.issuer}`));
