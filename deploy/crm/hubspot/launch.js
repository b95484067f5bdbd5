// App function: signs a launch of Touchline's panel for the contact whose card asks; the key is a secret of the project.
const { createHmac } = require('node:crypto');

const LIFE_SECONDS = 55;
const base64url = (value) => Buffer.from(value).toString('base64url');

exports.main = async (context) => {
  const { TOUCHLINE_KEY: key, TOUCHLINE_CONSOLE: consoleAddress, TOUCHLINE_TEAMS: teams } = context.secrets;
  const { hs_object_id: id } = context.propertiesToSend;
  const { userEmail } = context.parameters;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: 'touchline-embed',
    sub: `users/${userEmail.split('@')[0]}`,
    team: JSON.parse(teams || '{}')[userEmail] || '',
    system: 'hubspot',
    id: String(id),
    iat: now,
    exp: now + LIFE_SECONDS,
  };
  const body = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(JSON.stringify(claims))}`;
  const token = `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
  return { uri: `${consoleAddress}/embed/hubspot/${encodeURIComponent(id)}?launch=${token}` };
};
