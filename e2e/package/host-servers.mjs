// The servers that try-hosts.mjs starts, as an operator would set them up: a vault's folder, and the generated file included.
import { join } from 'node:path'

const root = process.getuid?.() === 0

/** How each server is started in the foreground, with a configuration around the generated file. */
export const hostServers = {
  nginx: {
    start: (dir) => ['nginx', '-p', dir, '-c', 'server.conf', '-e', join(dir, 'errors')],
    configuration: (dir, port) => `
${root ? 'user root;' : ''}
daemon off; master_process off; pid ${dir}/pid;
events {}
http {
  types { text/html html; text/javascript js; }
  access_log ${dir}/access;
  server { listen 127.0.0.1:${port}; root ${dir}/vault; include ${dir}/nginx.conf; }
}`,
  },
  caddy: {
    start: (dir) => [
      'caddy',
      'run',
      '--config',
      join(dir, 'server.conf'),
      '--adapter',
      'caddyfile',
    ],
    configuration: (dir, port) => `
{
  admin off
  auto_https off
}
http://localhost:${port} {
  bind 127.0.0.1
  log {
    output file ${dir}/access
  }
  root * ${dir}/vault
  import ${dir}/Caddyfile
}`,
  },
  apache2: {
    start: (dir) => ['apache2', '-X', '-d', dir, '-f', join(dir, 'server.conf')],
    configuration: (dir, port) => `
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${dir}/pid
ErrorLog ${dir}/errors
${['mpm_event', 'authz_core', 'dir', 'mime', 'headers', 'rewrite', 'setenvif', 'autoindex', 'alias']
  .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  .join('\n')}
${root ? 'User www-data\nGroup www-data' : ''}
TypesConfig /etc/mime.types
LogFormat "%r" line
CustomLog ${dir}/access line env=!token-guardian-flow
# What the files must get the better of.
Header set Referrer-Policy unsafe-url
DocumentRoot ${dir}/vault
<Directory ${dir}/vault>
  AllowOverride All
  Options +Indexes +MultiViews
  Require all granted
</Directory>`,
  },
}
