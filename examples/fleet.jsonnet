// Two kinds of hosts that share a service: what repeats is written once.
local hostkit = import 'hostkit.libsonnet';

local host(address) = {
  hostname: address,
  user: 'deploy',
  sudo: true,
  ssh: { password: hostkit.secretEnv('HOSTKIT_SSH_PASSWORD') },
};

{
  schema: 'hostkit.config/v1',
  project: 'shop',
  hosts: {
    ['web-%d' % n]: host('203.0.113.%d' % (10 + n))
    for n in [1, 2, 3]
  } + { db: host('203.0.113.20') },
  services: {
    // On every host.
    base: {
      packages: ['ca_certificates', 'curl', 'jq'],
      files: { '/etc/motd': { content: 'This host is kept by HostKit.\n' } },
    },
    // On the hosts whose name matches.
    web: {
      hosts: ['web-*'],
      packages: ['nginx'],
      directories: { '/srv/www': { mode: '0755' } },
      files: { '/srv/www/index.html': { content: '<h1>hello</h1>\n', mode: '0644' } },
    },
    database: {
      hosts: ['db'],
      packages: [{ name: 'postgresql', depends_on: ['package:ca_certificates'] }],
    },
  },
}
