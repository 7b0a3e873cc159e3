// Two kinds of hosts that share a service: what repeats is written once.
local host(address) = { hostname: address, user: 'root' };

{
  schema: 'hostkit.config/v1',
  project: 'shop',
  hosts: {
    ['web-%d' % n]: host('203.0.113.%d' % (9 + n))
    for n in [1, 2]
  } + { db: host('203.0.113.12') },
  services: {
    // On every host.
    base: {
      packages: ['ca_certificates', 'tree'],
      files: { '/etc/motd': { content: 'This host is kept by HostKit.\n' } },
    },
    // On the hosts whose name matches.
    web: {
      hosts: ['web-*'],
      packages: ['nginx'],
      directories: { '/srv/www': { mode: '0755' } },
      files: { '/srv/www/index.html': { content: '<h1>hello</h1>\n', mode: '0644' } },
    },
    cache: {
      hosts: ['db'],
      packages: [{ name: 'redis', depends_on: ['package:ca_certificates'] }],
    },
  },
}
