// What a config can say of secrets: a reference, never the value. The commands
// that log in resolve it at the last moment.
{
  // secretEnv is an environment variable; its name begins with HOSTKIT_.
  secretEnv(name):: { '$secret': { env: name } },
  // secretFile is a file below --secret-dir.
  secretFile(path):: { '$secret': { file: path } },
  // secretCommand is what a command prints: a list of the command and its
  // arguments, run without a shell.
  secretCommand(argv):: { '$secret': { command: argv } },
}
