// What hosts should be, for HostKit. This is Jsonnet: JSON that may have comments,
// names without quotes, variables, functions and imports. See what it comes to:
//
//   hk-eval --check FILE
//   hk-eval FILE | hk-facts | hk-plan --out plan.json && hk-show plan.json
//   hk-apply --confirm < plan.json > report.json
//
// Nothing is changed before the last line. Lines behind // do nothing: take the
// slashes away from what you need, and remove what you do not.
local hostkit = import 'hostkit.libsonnet';

{
  schema: 'hostkit.config/v1',
  // A name for all of this; plans and reports carry it.
  project: 'example',

  hosts: {
    // The name is for you: --host, plans and messages use it.
    server: {
      // CHANGE THIS: the host's DNS name or IP address, or a Host of ~/.ssh/config.
      hostname: 'server.example.org',
      // Who logs in. ssh's own config, agent and keys are used, and the host's key
      // must be known: log in with ssh once before.
      user: 'root',
      // One who is not root needs this.
      // sudo: true,
      ssh: {
        // port: 22,
        // identity_file: '~/.ssh/id_ed25519',
        // A password is never written here: this reads a variable.
        // password: hostkit.secretEnv('HOSTKIT_SSH_PASSWORD'),
      },
    },
  },

  services: {
    // A service goes to every host, unless it says which: hosts: ['web-*'].
    base: {
      // Names that all distributions share; as: gives the one of yours.
      packages: [
        'ca_certificates',
        'curl',
        // { name: 'postgresql_client', as: 'postgresql-client-15' },
      ],
      directories: {
        '/srv/example': { mode: '0755' },
      },
      files: {
        '/srv/example/hello': { content: 'Hello from HostKit.\n', mode: '0644' },
        // from is a file beside this one.
        // '/srv/example/logo.png': { from: 'files/logo.png' },
        // What is secret in a file is not written here either.
        // '/srv/example/key': { content: hostkit.secretFile('example.key'), mode: '0600' },
      },
      symlinks: {
        '/srv/current': { to: '/srv/example' },
      },
      // What runs when one of these files changes.
      // triggers: {
      //   reload: { on: ['file:/srv/example/hello'], run: ['/bin/true'] },
      // },
    },
  },
}
